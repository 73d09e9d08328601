from wire import OTHER, case, error, gated, reply, sample

AT = "GET /-/datasets-server/parquet"
ARGS = {"repo_id": "ibm/duorc"}

CASES = [
    case("minimal", ARGS, [sample("list_dataset_parquet_files.1", AT)]),
    case("all", {**ARGS, "config": "a é&b", "token": OTHER}, [sample("list_dataset_parquet_files.2", AT)]),
    case("no_namespace", {"repo_id": "squad"}, [reply(AT, body={"parquet_files": [], "pending": [], "failed": [], "partial": False})]),
    case("nothing", ARGS, [reply(AT, body={"pending": ["x"]})]),
    case("huge", ARGS, [reply(AT, body={"parquet_files": [{"config": "c", "split": "s", "url": "https://x/é", "size": 2**53 + 1, "brandNew": 1}]})]),
    case("missing", ARGS, [error(AT, 404, body={"error": "The dataset does not exist, or is not accessible without authentication."})]),
    case("gated", ARGS, [gated(AT)]),
    case("unauthorized", {**ARGS, "token": False}, [error(AT, 401, body={"error": "The dataset is gated."})]),
    case("other_endpoint", ARGS, env={"HF_DATASETS_SERVER_ENDPOINT": ""}, why="of another Hub there is no datasets server"),
]
