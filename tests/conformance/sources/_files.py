"""Answers of file routes."""

from urllib.parse import quote

from wire import SHA, reply

PREFIX = {None: "", "model": "", "dataset": "datasets/", "space": "spaces/", "kernel": "kernels/"}


def route(method, path, kind=None, revision="main", repo="u/r"):
    return f"{method} /{PREFIX[kind]}{repo}/resolve/{quote(revision, safe='')}/{quote(path)}"


def head(path, kind=None, revision="main", repo="u/r", *, size=6, etag="abc", **options):
    return reply(
        route("HEAD", path, kind, revision, repo),
        headers={"x-repo-commit": SHA, "etag": f"\"{etag}\"", "content-length": str(size), **options.pop("headers", {})},
        **options,
    )
