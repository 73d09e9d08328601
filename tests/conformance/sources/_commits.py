"""What cases of commits share."""

from wire import error, forbidden, not_found, reply

OID = "eff8e0eb38c673ede5f5d4c4d106255900fa39e2"
PREFIX = {"model": "", "dataset": "datasets/", "space": "spaces/", "kernel": "kernels/"}
PARENT = "a7da7deb2eb2b6e9cb3a5d2f1f8a5b3c9d0e1f2a"


def committed(kind="model", revision="main", *, repo="u/r", pr=None, **options):
    """The answer to a commit. revision: as in the path, percent-encoded."""
    url = f"https://huggingface.co/{PREFIX[kind]}{repo}"
    body = {"success": True, "commitOid": OID, "commitUrl": f"{url}/commit/{OID}", "hookOutput": ""}
    if pr:
        body["pullRequestUrl"] = f"{url}/discussions/{pr}"
    return reply(f"POST /api/{kind}s/{repo}/commit/{revision}", body=body, **options)


def modes(files, kind="model", revision="main", *, repo="u/r", **options):
    """The answer to preupload. files: path -> "regular", "lfs", or more members."""
    made = []
    for path, mode in files.items():
        mode = mode if isinstance(mode, dict) else {"uploadMode": mode}
        made.append({"path": path, "shouldIgnore": False, **mode})
    return reply(f"POST /api/{kind}s/{repo}/preupload/{revision}", body={"files": made, "commitOid": PARENT}, **options)


def head(kind="model", revision="main", *, repo="u/r"):
    """The repository at a revision: asked when there is nothing to commit."""
    return reply(f"GET /api/{kind}s/{repo}/revision/{revision}", body={"id": repo, "sha": PARENT})


def failures(at):
    """Replies of a commit that fails, by name."""
    return {
        "missing": [not_found(at)],
        "forbidden": [forbidden(at, "You need write access to this repo")],
        "conflict": [error(at, 412, "A commit has happened since. Please refresh and try again.")],
        "gone": [error(at, 404, "A file with this name doesn't exist", "EntryNotFound")],
        "refused": [error(at, 400, body={"error": "Invalid commit", "errors": [{"message": "\"license\" must be a string"}]})],
        "no_revision": [error(at, 404, "Invalid rev id: main", "RevisionNotFound")],
    }
