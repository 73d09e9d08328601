from _commits import committed
from create_commit import SHA256, file_info
from wire import OTHER, case, error, forbidden, not_found, reply

HASH = "6" * 64
INFO = "POST /api/buckets/u/b/paths-info"
TREE = "GET /api/buckets/u/b/tree"
BATCH = "POST /api/buckets/u/b/batch"
DONE = {"success": True, "processed": 1, "succeeded": 1, "failed": []}
LFS = {"lfs": {"oid": SHA256, "size": 6, "pointerSize": 134}, "xetHash": HASH}
PATHS = "POST /api/{}/paths-info/{}".format

TREE_WHY = "paths-info tells of folders too: the tree need not be asked"


def bucket_file(path):
    return {"type": "file", "path": path, "size": 5, "xetHash": HASH, "mtime": "2026-08-01T11:59:00.000Z", "uploadedAt": "2026-08-01T12:00:00.000Z"}


def none(at, times=1):
    return reply(at, body=[], times=times)


CASES = [
    case("minimal", {"source": "hf://buckets/u/a/x.bin", "destination": "hf://buckets/u/b/y.bin"},
         [none(INFO), none(TREE + "/y.bin"), reply("POST /api/buckets/u/a/paths-info", body=[bucket_file("x.bin")]), reply(BATCH, body=DONE)]),
    case("all", {"source": "hf://buckets/u/a/dir é", "destination": "hf://buckets/u/b/to/", "token": OTHER},
         [none(INFO), none(TREE + "/to"), none("POST /api/buckets/u/a/paths-info"),
          reply("GET /api/buckets/u/a/tree/dir%20%C3%A9", body=[bucket_file("dir é/1"), bucket_file("dir é/sub/2"), {"type": "directory", "path": "dir é/sub", "uploadedAt": "2026-08-01T12:00:00.000Z"}, bucket_file("dir é2/3")]),
          reply(BATCH, body=DONE)]),
    case("contents", {"source": "hf://buckets/u/a/dir/", "destination": "hf://buckets/u/b"},
         [none("POST /api/buckets/u/a/paths-info"), reply("GET /api/buckets/u/a/tree/dir", body=[bucket_file("dir/1"), bucket_file("dir/sub/2")]), reply(BATCH, body=DONE)]),
    case("folder_into_existing", {"source": "hf://buckets/u/a/dir", "destination": "hf://buckets/u/b/to"},
         [none(INFO), reply(TREE + "/to", body=[bucket_file("to/old")]), none("POST /api/buckets/u/a/paths-info"), reply("GET /api/buckets/u/a/tree/dir", body=[bucket_file("dir/1")]), reply(BATCH, body=DONE)]),
    case("file_onto_file", {"source": "hf://buckets/u/a/x", "destination": "hf://buckets/u/b/y"},
         [reply(INFO, body=[bucket_file("y")]), reply("POST /api/buckets/u/a/paths-info", body=[bucket_file("x")]), reply(BATCH, body=DONE)]),
    case("nothing_there", {"source": "hf://buckets/u/a/none", "destination": "hf://buckets/u/b"},
         [none("POST /api/buckets/u/a/paths-info"), none("GET /api/buckets/u/a/tree/none")]),
    case("model_to_bucket", {"source": "hf://u/m/w.bin", "destination": "hf://buckets/u/b/w.bin"},
         [none(INFO), none(TREE + "/w.bin"), reply(PATHS("models/u/m", "main"), body=[file_info("w.bin", "1" * 40, **LFS)]), reply(BATCH, body=DONE)]),
    case("dataset_revision_to_bucket", {"source": "hf://datasets/u/d@refs/pr/1/data", "destination": "hf://buckets/u/b/"},
         [none(PATHS("datasets/u/d", "refs%2Fpr%2F1")),
          reply("GET /api/datasets/u/d/tree/refs%2Fpr%2F1/data", body=[{**file_info("data/1.bin", "1" * 40, **LFS)}, {"type": "directory", "path": "data/sub", "oid": "2" * 40, "size": 0}]),
          reply(BATCH, body=DONE)]),
    case("repo_to_repo", {"source": "hf://o/m/w.bin", "destination": "hf://datasets/u/d/in/w.bin"},
         [none(PATHS("datasets/u/d", "main")), error("GET /api/datasets/u/d/tree/main/in%2Fw.bin", 404, "no", "EntryNotFound"),
          reply(PATHS("models/o/m", "main"), body=[file_info("w.bin", "1" * 40, **LFS)], times=2), none(PATHS("datasets/u/d", "main")),
          reply("POST /api/models/o/m/lfs-files/duplicate", body=DONE), committed("dataset", repo="u/d")],
         unordered=True, free=["GET"], why=TREE_WHY),
    case("same_repo", {"source": "hf://u/r@feature%2Fx/w.bin", "destination": "hf://u/r/copy/"},
         [none(PATHS("models/u/r", "main")), none("GET /api/models/u/r/tree/main/copy"),
          reply(PATHS("models/u/r", "feature%2Fx"), body=[file_info("w.bin", "1" * 40, **LFS)], times=2), none(PATHS("models/u/r", "main")), committed()],
         unordered=True, free=["GET"], why=TREE_WHY),
    case("bucket_to_repo", {"source": "hf://buckets/u/a/x", "destination": "hf://u/r"}),
    case("bad_uri", {"source": "u/r/x", "destination": "hf://buckets/u/b"}),
    case("bad_destination", {"source": "hf://buckets/u/a/x", "destination": "hf://"}),
    case("missing_destination", {"source": "hf://buckets/u/a/x", "destination": "hf://buckets/u/b/y"}, [not_found(INFO)]),
    case("missing_source", {"source": "hf://buckets/u/a/x", "destination": "hf://buckets/u/b"}, [not_found("POST /api/buckets/u/a/paths-info")]),
    case("batch_forbidden", {"source": "hf://buckets/u/a/x", "destination": "hf://buckets/u/b"}, [reply("POST /api/buckets/u/a/paths-info", body=[bucket_file("x")]), forbidden(BATCH)]),
    case("batch_refused", {"source": "hf://buckets/u/a/x", "destination": "hf://buckets/u/b"},
         [reply("POST /api/buckets/u/a/paths-info", body=[bucket_file("x")]), reply(BATCH, 422, {"success": False, "processed": 1, "succeeded": 0, "failed": [{"path": "x", "error": "unknown hash"}]})]),
]
