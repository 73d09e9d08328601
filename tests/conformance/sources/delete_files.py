from _commits import PARENT, committed, failures, head
from _deletions import COMMIT, FULL
from wire import AMBIENT, OTHER, TYPES, case, error, forbidden, no_revision, not_found, reply, with_token

BASE = {"repo_id": "u/r", "delete_patterns": ["*.txt"]}


def tree(*paths, kind="model", revision="main", **options):
    files = [{"type": "file", "path": p, "size": 1, "oid": "1" * 40} for p in paths]
    return reply(f"GET /api/{kind}s/u/r/tree/{revision}", body=files + [{"type": "directory", "path": "a", "oid": "2" * 40, "size": 0}], **options)


FILES = tree("a.txt", "a/b.txt", "a/é c.txt", "keep.md")

CASES = [
    case("minimal", BASE, [FILES, committed()]),
    *[
        case(f"all_{kind}_{name}", {**BASE, **FULL, "delete_patterns": ["a/", "*.md"], "repo_type": kind, "revision": revision, "create_pr": False},
             [tree("a/b.txt", "k.md", "z", kind=kind, revision=quoted), committed(kind, quoted)],
             ours=with_token(OTHER), why="Python lists the tree with the ambient token")
        for kind in TYPES
        for name, revision, quoted in (("pr", "refs/pr/1", "refs%2Fpr%2F1"), ("slash", "feature/x", "feature%2Fx"))
    ],
    case("pull_request", {**BASE, "create_pr": True}, [FILES, committed(pr=2, query={"create_pr": "1"})]),
    case("several_patterns", {**BASE, "delete_patterns": ["a/*", "keep.?d", "[xyz].bin"]}, [FILES, committed()]),
    case("odd_characters", {**BASE, "delete_patterns": ["*é*"]}, [FILES, committed()]),
    case("pages", BASE, [tree("a.txt", headers={"link": "<{endpoint}/api/models/u/r/tree/main?recursive=true&cursor=Zm9v%3D%3D>; rel=\"next\""}),
                         tree("b.txt", query={"cursor": "Zm9v=="}), committed()]),
    case("no_match", {**BASE, "delete_patterns": ["*.zip"]}, [FILES, head()], why="nothing to commit: the head is told"),
    case("no_pattern", {**BASE, "delete_patterns": []}, [FILES, head()], optional=[0]),
    case("tree_missing", BASE, [not_found("GET /api/models/u/r/tree/main")]),
    case("tree_no_revision", {**BASE, "revision": "nope"}, [no_revision("GET /api/models/u/r/tree/nope")]),
    case("bad_repo_id", {**BASE, "repo_id": "u/r/x"}),
    *[case(f"commit_{name}", BASE, [FILES, *replies]) for name, replies in failures(COMMIT).items()],
]
