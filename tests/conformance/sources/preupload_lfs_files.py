from _commits import modes
from create_commit import BIG, HELLO, LFS, UPLOAD, lfs_batch
from wire import OTHER, TYPES, case, error, forbidden, gated, not_found, reply, unauthorized

AT = "POST /api/models/u/r/preupload/main"
ARGS = {"repo_id": "u/r", "additions": [HELLO]}
LARGE = {"repo_id": "u/r", "additions": [BIG]}
MADE = [lfs_batch(UPLOAD), reply("PUT /put/w", host="storage"), reply("POST /u/r.git/info/lfs/verify")]

CASES = [
    case("minimal", ARGS, [modes({"hello.txt": "regular"})]),
    *[case(f"all_{kind}", {**ARGS, "repo_type": kind, "revision": "feature/x", "create_pr": True, "num_threads": 2, "free_memory": False, "gitignore_content": "*.é\n", "token": OTHER},
           [modes({"hello.txt": "regular"}, kind, "feature%2Fx", query={"create_pr": "1"})]) for kind in TYPES],
    case("pull_request_revision", {**ARGS, "revision": "refs/pr/1"}, [modes({"hello.txt": "regular"}, revision="refs%2Fpr%2F1")]),
    case("gitignore_among_files", {**ARGS, "additions": [HELLO, {"op": "add", "path_in_repo": ".gitignore", "content": "*.log\n"}]}, [modes({"hello.txt": "regular", ".gitignore": "regular"})]),
    case("gitignore_given_and_among_files", {**ARGS, "gitignore_content": "given", "additions": [{"op": "add", "path_in_repo": ".gitignore", "content": "*.log\n"}]}, [modes({".gitignore": "regular"})]),
    case("nothing", {**ARGS, "additions": []}),
    case("large", LARGE, [modes({"w/model.bin": "lfs"}), *MADE]),
    case("large_pull_request", {**LARGE, "create_pr": True}, [modes({"w/model.bin": "lfs"}), *MADE], why="the pull request has no name yet: the batch names no branch"),
    case("large_and_small", {**LARGE, "additions": [HELLO, BIG]}, [modes({"hello.txt": "regular", "w/model.bin": "lfs"}), *MADE]),
    case("large_there_already", LARGE, [modes({"w/model.bin": "lfs"}), lfs_batch()]),
    case("large_ignored", LARGE, [modes({"w/model.bin": {"uploadMode": "lfs", "shouldIgnore": True}})]),
    case("batches", {**ARGS, "additions": [{**HELLO, "path_in_repo": f"f/{n}"} for n in range(300)]},
         [modes({f"f/{n}": "regular" for n in range(300)}, times=0)], unordered=True),
    case("upload_refused", LARGE, [modes({"w/model.bin": "lfs"}), lfs_batch(UPLOAD), error("PUT /put/w", 501, text="not implemented", host="storage")],
         ours={"error": {"kind": "Lfs", "status": 501, "messages": ["not implemented"]}}, why="Python wraps it into a RuntimeError"),
    case("verify_refused", LARGE, [modes({"w/model.bin": "lfs"}), lfs_batch(UPLOAD), reply("PUT /put/w", host="storage"), error("POST /u/r.git/info/lfs/verify", 404, "not found")],
         ours={"error": {"kind": "Lfs", "status": 404, "messages": ["not found"]}}, why="Python wraps it into a RuntimeError"),
    case("batch_forbidden", LARGE, [modes({"w/model.bin": "lfs"}), forbidden(LFS)]),
    case("missing", ARGS, [not_found(AT)]),
    case("gated", ARGS, [gated(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("unknown_type", {**ARGS, "repo_type": "bucket"}),
    case("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
]
