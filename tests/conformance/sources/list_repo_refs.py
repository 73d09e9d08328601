from wire import OTHER, SHA, TYPES, case, error, forbidden, gated, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r"}
AT = "GET /api/models/u/r/refs"


def ref(name, full):
    return {"name": name, "ref": full, "targetCommit": SHA, "brandNew": 1}


FULL = {"branches": [ref("main", "refs/heads/main"), ref("feature/é x", "refs/heads/feature/é x")], "converts": [ref("parquet", "refs/convert/parquet")],
        "tags": [ref("v1.0", "refs/tags/v1.0")], "pullRequests": [ref("pr/1", "refs/pr/1")], "brandNew": []}

CASES = [
    case("minimal", ARGS, [reply(AT, body=FULL)]),
    *[case(f"all_{kind}", {**ARGS, "repo_type": kind, "include_pull_requests": True, "token": OTHER}, [reply(f"GET /api/{kind}s/u/r/refs", body=FULL)]) for kind in TYPES],
    case("no_pull_requests", {**ARGS, "include_pull_requests": False}, [reply(AT, body=FULL)]),
    case("recorded_1", {"repo_id": "Genentech/compbiobench-data-v1", "repo_type": "dataset"}, [sample("list_repo_refs.1")]),
    case("recorded_2", {"repo_id": "wzshiming/gpt2"}, [sample("list_repo_refs.2")]),
    case("documented", {"repo_id": "user/repo", "repo_type": "dataset", "include_pull_requests": True}, [sample("list_repo_refs.3")]),
    case("kernel", {**ARGS, "repo_type": "kernel"}, [reply("GET /api/kernels/u/r/refs", body=FULL)]),
    case("no_namespace", {"repo_id": "r"}, [reply("GET /api/models/r/refs", body=FULL)]),
    case("no_converts", ARGS, [reply(AT, body={"branches": [], "tags": []})],
         ours={"result": {"branches": [], "converts": [], "tags": [], "pull_requests": None}}, why="Python needs all lists; a list that is missing is empty"),
    case("missing", ARGS, [not_found(AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("gated", ARGS, [gated(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("refused", ARGS, [error(AT, 400, body={"error": "No"})]),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
]
