from wire import OTHER, TYPES, case, error, forbidden, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r"}
AT = "DELETE /api/models/u/r/like"

CASES = [
    case("minimal", {"repo_id": "openai-community/gpt2"}, [sample("unlike.1")]),
    *[case(f"all_{kind}", {**ARGS, "repo_type": kind, "token": OTHER}, [reply(f"DELETE /api/{kind}s/u/r/like", body={})]) for kind in (*TYPES, "kernel")],
    case("no_namespace", {"repo_id": "r"}, [reply("DELETE /api/models/r/like", 204)]),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
    case("missing", ARGS, [not_found(AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("not_liked", ARGS, [error(AT, 400, "Not liked")]),
]
