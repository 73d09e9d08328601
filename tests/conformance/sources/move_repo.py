from wire import OTHER, case, error, forbidden, not_found, reply, sample

AT = "POST /api/repos/move"
ARGS = {"from_id": "u/old", "to_id": "org/new"}

CASES = [
    case("minimal", ARGS, [sample("move_repo.1", AT)]),
    case("empty_answer", ARGS, [reply(AT)]),
    case("from_without_namespace", {**ARGS, "from_id": "old"}),
    case("to_without_namespace", {**ARGS, "to_id": "new"}),
    case("too_many_parts", {**ARGS, "to_id": "a/b/c"}),
    case("missing", ARGS, [not_found(AT)]),
    case("exists", ARGS, [error(AT, 409, "org/new exists already")]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("unauthorized", {**ARGS, "token": False}, [error(AT, 401, "Invalid username or password.")]),
    case("refused", ARGS, [error(AT, 400, body={"error": "No", "errors": [{"message": "reserved name"}]})]),
    *[case(f"all_{kind}", {**ARGS, "repo_type": kind, "token": OTHER}, [reply(AT, text="OK")]) for kind in ("model", "dataset", "space", "kernel")],
]
