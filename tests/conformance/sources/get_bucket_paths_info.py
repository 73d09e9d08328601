from wire import OTHER, case, error, forbidden, not_found, reply, sample

AT = "POST /api/buckets/user/bucket/paths-info"
ARGS = {"bucket_id": "user/bucket", "paths": ["data/train.parquet", "config.json"]}
FILE = {"type": "file", "path": "a", "size": 2**53 + 1, "xetHash": "6" * 64, "mtime": None, "uploadedAt": "2026-08-01T12:00:00Z", "brandNew": 1}

CASES = [
    case("minimal", ARGS, [sample("get_bucket_paths_info.1")]),
    case("all", {"bucket_id": "user/bucket", "paths": ["é b#?.txt", "a"], "token": OTHER}, [reply(AT, body=[FILE])]),
    case("none_there", ARGS, [reply(AT, body=[])]),
    case("no_paths", {"bucket_id": "user/bucket", "paths": []}, why="no paths: no request"),
    case("batches", {"bucket_id": "user/bucket", "paths": [f"f/{i}" for i in range(2100)]}, [reply(AT, body=[FILE], times=0)]),
    case("missing", ARGS, [not_found(AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("refused", ARGS, [error(AT, 400, body={"error": "Too many paths"})]),
]
