from wire import OTHER, TYPES, case, error, forbidden, not_found, reply, sample

AT = "POST /api/{}s/o/gated/user-access-request/grant"
ARGS = {"repo_id": "o/gated", "user": "ann"}

CASES = [
    case("minimal", ARGS, [sample("grant_access.1", AT.format("model"))]),
    *[case(f"all_{kind}", {**ARGS, "user": "Zoë / x", "repo_type": kind, "token": OTHER}, [reply(AT.format(kind), body={"status": "accepted", "brandNew": 1})]) for kind in TYPES],
    case("no_namespace", {**ARGS, "repo_id": "gated"}, [reply("POST /api/models/gated/user-access-request/grant", body={})]),
    case("empty_answer", ARGS, [reply(AT.format("model"), 204)], ours={"result": None}, why="Python falls over an empty answer; access is granted"),
    case("kernel_refused", {**ARGS, "repo_type": "kernel"}),
    case("bad_repo_id", {**ARGS, "repo_id": "a/b/c"}),
    case("already", ARGS, [sample("error.access-already-granted.1", AT.format("model"))]),
    case("unknown_user", ARGS, [sample("error.access-user-not-found.1", AT.format("model"))]),
    case("forbidden", ARGS, [forbidden(AT.format("model"))]),
    case("missing", ARGS, [not_found(AT.format("model"))]),
    case("refused", ARGS, [error(AT.format("model"), 400, body={"error": ["one", "two"]})]),
]
