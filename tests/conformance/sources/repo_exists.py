from wire import OTHER, case, error, forbidden, gated, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r"}
AT = "GET /api/models/u/r"

CASES = [
    case("minimal", ARGS, [reply(AT, body={"id": "u/r"})]),
    *[case(f"all_{kind}", {**ARGS, "repo_type": kind, "token": OTHER}, [reply(f"GET /api/{kind}s/u/r", body={"id": "u/r"})]) for kind in ("model", "dataset", "space")],
    case("kernel", {**ARGS, "repo_type": "kernel"}, [sample("kernel_info.1", "GET /api/kernels/u/r")]),
    case("kernel_missing", {**ARGS, "repo_type": "kernel"}, [not_found("GET /api/kernels/u/r")]),
    case("recorded", {"repo_id": "akariasai/PopQA", "repo_type": "dataset"}, [sample("repo_exists.1")]),
    case("recorded_missing", {"repo_id": "openai-community/no-such-model-repoing-x9", "token": False}, [sample("repo_exists.2")]),
    case("no_namespace", {"repo_id": "r"}, [reply("GET /api/models/r", body={"id": "r"})]),
    case("missing", ARGS, [not_found(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("gated", ARGS, [gated(AT)], why="a gated repository exists"),
    case("gated_anonymous", {**ARGS, "token": False}, [sample("error.gated-repo-anonymous.1", AT)]),
    case("disabled", ARGS, [sample("error.disabled-repo.1", AT)]),
    case("bad_token", ARGS, [sample("error.invalid-credentials.1", AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("other_404", ARGS, [error(AT, 404, "Page not found")]),
    case("unknown_type", {**ARGS, "repo_type": "bucket"}),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
]
