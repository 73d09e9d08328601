"""Answers to downloads, and files of a cache."""

from _files import head, route
from create_commit import git_oid
from wire import SHA, reply

TEXT = "Hello é\n"


def text_of(path):
    """The content of a file in a snapshot: no two are the same."""
    return f"{path} é\n"


def oid(path):
    return git_oid(text_of(path).encode())


def get(path, kind=None, revision="main", repo="u/r", *, text=TEXT, etag="abc", **options):
    return reply(route("GET", path, kind, revision, repo), text=text, headers={"x-repo-commit": SHA, "etag": f"\"{etag}\""}, **options)


def both(path, kind=None, revision="main", repo="u/r", *, text=TEXT, etag="abc"):
    return [head(path, kind, revision, repo, size=len(text.encode()), etag=etag), get(path, kind, revision, repo, text=text, etag=etag)]


def cached(path, kind="model", repo="u--r", revision="main", text=TEXT, cache="cache"):
    """A cache folder in which a file lies."""
    root = f"{cache}/{kind}s--{repo}"
    return {f"{root}/refs/{revision}": SHA, f"{root}/snapshots/{SHA}/{path}": text}
