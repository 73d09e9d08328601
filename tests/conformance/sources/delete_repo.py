from wire import OTHER, TYPES, case, error, forbidden, not_found, reply, sample

AT = "DELETE /api/repos/delete"
ARGS = {"repo_id": "u/r"}

CASES = [
    case("minimal", ARGS, [reply(AT, text="OK")]),
    *[case(f"all_{t}", {**ARGS, "repo_type": t, "missing_ok": True, "token": OTHER}, [reply(AT, text="OK")]) for t in TYPES],
    case("kernel", {**ARGS, "repo_type": "kernel"}, [reply(AT)]),
    case("no_namespace", {"repo_id": "r"}, [reply(AT)]),
    case("recorded", {"repo_id": "user/tmp_test_space", "repo_type": "space"}, [sample("delete_repo.1")]),
    case("unknown_type", {**ARGS, "repo_type": "bucket"}),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
    case("missing", ARGS, [not_found(AT)]),
    case("missing_ok", {**ARGS, "missing_ok": True}, [not_found(AT)]),
    case("missing_ok_other_404", {**ARGS, "missing_ok": True}, [error(AT, 404, "Organization not found")]),
    case("missing_ok_forbidden", {**ARGS, "missing_ok": True}, [forbidden(AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("unauthorized", {**ARGS, "token": False}, [error(AT, 401, "Invalid username or password.")]),
]
