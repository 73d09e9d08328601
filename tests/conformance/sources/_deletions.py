"""Cases of deleting files by a commit."""

from _commits import PARENT, committed, failures
from wire import OTHER, TYPES, case, unauthorized

COMMIT = "POST /api/models/u/r/commit/main"
FULL = {"commit_message": "Gone é", "commit_description": "Because\n\"so\"", "parent_commit": PARENT, "token": OTHER}


def cases(base):
    made = [
        case("minimal", base, [committed()]),
        *[
            case(f"all_{kind}_{name}", {**base, **FULL, "repo_type": kind, "revision": revision, "create_pr": False}, [committed(kind, quoted)])
            for kind in TYPES
            for name, revision, quoted in (("pr", "refs/pr/1", "refs%2Fpr%2F1"), ("slash", "feature/x", "feature%2Fx"))
        ],
        case("pull_request", {**base, "create_pr": True, "repo_type": "dataset"}, [committed("dataset", pr=7, query={"create_pr": "1"})]),
        case("no_namespace", {**base, "repo_id": "r"}, [committed(repo="r")],
             ours={"result": {"oid": "eff8e0eb38c673ede5f5d4c4d106255900fa39e2", "pr_url": None}},
             why="Python cannot parse the address of a repository without a namespace; the commit is made"),
        case("odd_path", {**base, "path_in_repo": "a/é b#?%2F.txt"}, [committed()]),
        case("parent_path", {**base, "path_in_repo": "../x"}),
        case("empty_message", {**base, "commit_message": ""}),
        case("bad_parent", {**base, "parent_commit": "zz"}),
        case("bad_repo_id", {**base, "repo_id": "u/r/x"}),
        case("anonymous", {**base, "token": False}, [unauthorized(COMMIT)]),
    ]
    return made + [case(name, base, replies) for name, replies in failures(COMMIT).items()]
