from _commits import PARENT, committed, failures, head, modes
from create_commit import git_oid
from delete_files import tree
from wire import OTHER, case, not_found, reply

COMMIT = "POST /api/models/u/r/commit/main"
FILES = {"up/a.txt": "A\n", "up/sub/é b.bin": "B", "up/sub/c.log": "C", "up/.git/config": "no", "up/.cache/huggingface/x": "no", "up/.hidden": "h"}
ARGS = {"repo_id": "u/r", "folder_path": "up"}
NAMES = [".hidden", "a.txt", "sub/c.log", "sub/é b.bin"]
FULL = {"path_in_repo": "in/é", "commit_message": "é \"T\"", "commit_description": "Body", "parent_commit": PARENT, "create_pr": False, "allow_patterns": ["*.txt", "sub/*"],
        "ignore_patterns": ["*.log"], "token": OTHER}


def regular(names, kind="model", revision="main", prefix="", **options):
    return modes({prefix + n: "regular" for n in names}, kind, revision, **options)


def folder(name, args, replies=(), **options):
    return case(name, args, replies, **{"files": FILES, **options})


CASES = [
    folder("minimal", ARGS, [regular(NAMES), committed()]),
    *[
        folder(f"all_{kind}_{name}", {**ARGS, **FULL, "repo_type": kind, "revision": revision},
               [regular(["a.txt", "sub/é b.bin"], kind, quoted, "in/é/"), committed(kind, quoted)])
        for kind in ("model", "dataset", "space", "kernel")
        for name, revision, quoted in (("pr", "refs/pr/1", "refs%2Fpr%2F1"), ("slash", "feature/x", "feature%2Fx"))
    ],
    folder("delete_patterns", {**ARGS, "delete_patterns": ["*.txt", "*.old"]}, [tree("a.txt", "b.txt", "x.old", ".gitattributes", "keep.md"), regular(NAMES), committed()],
           why="what is uploaded again is not deleted"),
    folder("delete_patterns_in_folder", {**ARGS, "path_in_repo": "in", "delete_patterns": "*", "revision": "feature/x", "token": OTHER},
           [tree("in/a.txt", "in/old.bin", "out.txt", revision="feature%2Fx"), regular(NAMES, revision="feature%2Fx", prefix="in/"), committed(revision="feature%2Fx")]),
    folder("single_patterns", {**ARGS, "allow_patterns": "sub/", "ignore_patterns": "*.log"}, [regular(["sub/é b.bin"]), committed()]),
    folder("nothing_matches", {**ARGS, "allow_patterns": "*.zip"}, [head()]),
    folder("path_dot", {**ARGS, "path_in_repo": "."}, [regular(NAMES, prefix=""), committed()]),
    folder("path_slashes", {**ARGS, "path_in_repo": "/in/"}, [regular(NAMES, prefix="in/"), committed()]),
    folder("pull_request", {**ARGS, "create_pr": True}, [regular(NAMES, query={"create_pr": "1"}), committed(pr=6, query={"create_pr": "1"})]),
    folder("pull_request_on_branch", {**ARGS, "create_pr": True, "revision": "feature/x"}),
    folder("unchanged", {**ARGS, "allow_patterns": "a.txt"}, [modes({"a.txt": {"uploadMode": "regular", "oid": git_oid(b"A\n")}}), head()]),
    folder("readme", {**ARGS, "allow_patterns": "README.md"}, [reply("POST /api/validate-yaml", body={"errors": [], "warnings": []}, times=0), regular(["README.md"]), committed()],
           files={**FILES, "up/README.md": "---\nlicense: mit\n---\n"}, optional=[1], why="the card is checked once, Python checks it twice"),
    case("not_a_folder", ARGS, files={"up": "file"}),
    case("missing_folder", ARGS),
    case("empty_folder", {**ARGS, "folder_path": "."}, [head()]),
    folder("unknown_type", {**ARGS, "repo_type": "bucket"}),
    folder("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
    folder("missing", ARGS, [not_found("POST /api/models/u/r/preupload/main")]),
    *[folder(f"commit_{name}", ARGS, [regular(NAMES), *replies]) for name, replies in failures(COMMIT).items()],
]
