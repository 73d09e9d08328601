from _commits import PARENT, committed, failures, head, modes
from create_commit import LFS, SHA256, UPLOAD, WEIGHTS, git_oid, lfs_batch
from wire import OTHER, case, error, gated, not_found, reply, unauthorized

import base64

COMMIT = "POST /api/models/u/r/commit/main"
ARGS = {"repo_id": "u/r", "path_or_fileobj": {"content": "Hello\n"}, "path_in_repo": "hello.txt"}
MODES = modes({"hello.txt": "regular"})
FULL = {"commit_message": "é \"T\"", "commit_description": "Body\n", "parent_commit": PARENT, "create_pr": False, "token": OTHER}
LARGE = {**ARGS, "path_or_fileobj": {"base64": base64.b64encode(WEIGHTS).decode()}, "path_in_repo": "w/model.bin"}

CASES = [
    case("minimal", ARGS, [MODES, committed()]),
    *[
        case(f"all_{kind}_{name}", {**ARGS, **FULL, "repo_type": kind, "revision": revision}, [modes({"hello.txt": "regular"}, kind, quoted), committed(kind, quoted)])
        for kind in ("model", "dataset", "space", "kernel")
        for name, revision, quoted in (("pr", "refs/pr/1", "refs%2Fpr%2F1"), ("slash", "feature/x", "feature%2Fx"))
    ],
    case("from_path", {**ARGS, "path_or_fileobj": "local é.txt", "path_in_repo": "sub/é b#?.txt"}, [modes({"sub/é b#?.txt": "regular"}), committed()],
         files={"local é.txt": {"repeat": "0123456789", "times": 60}}),
    case("base64", {**ARGS, "path_or_fileobj": {"base64": "AAEC/w=="}}, [MODES, committed()]),
    case("empty", {**ARGS, "path_or_fileobj": {"content": ""}}, [MODES, committed()]),
    case("pull_request", {**ARGS, "create_pr": True}, [modes({"hello.txt": "regular"}, query={"create_pr": "1"}), committed(pr=4, query={"create_pr": "1"})]),
    case("hot_reload", {**ARGS, "repo_type": "space", "parent_commit": PARENT, "_hot_reload": True},
         [modes({"hello.txt": "regular"}, "space"), committed("space", query={"hot_reload": "1"})]),
    case("no_hot_reload", {**ARGS, "repo_type": "space", "_hot_reload": False}, [modes({"hello.txt": "regular"}, "space"), committed("space")]),
    case("unchanged", ARGS, [modes({"hello.txt": {"uploadMode": "regular", "oid": git_oid(b"Hello\n")}}), head()]),
    case("ignored", ARGS, [modes({"hello.txt": {"uploadMode": "regular", "shouldIgnore": True}}), committed()]),
    case("large", LARGE, [modes({"w/model.bin": "lfs"}), lfs_batch(UPLOAD), reply("PUT /put/w", host="storage"), reply("POST /u/r.git/info/lfs/verify"), committed()]),
    case("large_unchanged", LARGE, [modes({"w/model.bin": {"uploadMode": "lfs", "oid": SHA256}}), lfs_batch(), head()], optional=[1],
         why="what is not committed need not be there"),
    case("large_forbidden", LARGE, [modes({"w/model.bin": "lfs"}), error(LFS, 403, "No write access")]),
    case("readme", {**ARGS, "path_in_repo": "README.md"}, [reply("POST /api/validate-yaml", body={"errors": [], "warnings": []}), modes({"README.md": "regular"}), committed()]),
    case("missing_file", {**ARGS, "path_or_fileobj": "no-such-file"}),
    case("a_folder", {**ARGS, "path_or_fileobj": "d"}, files={"d/x": "1"}),
    case("parent_path", {**ARGS, "path_in_repo": "a/../b"}, [modes({"a/../b": "regular"}), committed()], python=False,
         ours={"requests": [], "error": {"kind": "Validation", "status": None, "messages": []}}, why="Python looks only at the beginning of a path"),
    case("empty_message", {**ARGS, "commit_message": ""}),
    case("bad_parent", {**ARGS, "parent_commit": "x"}),
    case("unknown_type", {**ARGS, "repo_type": "bucket"}),
    case("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
    case("missing", ARGS, [not_found("POST /api/models/u/r/preupload/main")]),
    case("gated", ARGS, [gated("POST /api/models/u/r/preupload/main")]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized("POST /api/models/u/r/preupload/main")]),
    *[case(f"commit_{name}", ARGS, [MODES, *replies]) for name, replies in failures(COMMIT).items()],
]
