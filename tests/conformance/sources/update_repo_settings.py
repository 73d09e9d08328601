from wire import OTHER, TYPES, case, error, forbidden, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r"}
AT = "PUT /api/{}s/u/r/settings"
MODEL = AT.format("model")

CASES = [
    case("minimal", {"repo_id": "OwnerOfTheGatedModel/tiny-gated-model", "gated": "auto"}, [sample("update_repo_settings.1")]),
    case("not_gated", {"repo_id": "OwnerOfTheGatedModel/tiny-gated-model", "gated": False}, [sample("update_repo_settings.2")]),
    *[case(f"all_{kind}", {**ARGS, "gated": "manual", "visibility": "private", "repo_type": kind, "token": OTHER}, [reply(AT.format(kind), body={})]) for kind in TYPES],
    case("private", {**ARGS, "private": True}, [reply(MODEL)]),
    case("public", {**ARGS, "private": False}, [reply(MODEL)]),
    case("protected_space", {**ARGS, "visibility": "protected", "repo_type": "space"}, [reply(AT.format("space"))]),
    case("protected_model", {**ARGS, "visibility": "protected"}),
    case("private_and_visibility", {**ARGS, "private": True, "visibility": "private"}),
    case("nothing", ARGS),
    case("unknown_gated", {**ARGS, "gated": "sometimes"}),
    case("gated_true", {**ARGS, "gated": True}),
    case("kernel_refused", {**ARGS, "repo_type": "kernel", "private": True}),
    case("no_namespace", {"repo_id": "r", "private": True}, [reply("PUT /api/models/r/settings")]),
    case("bad_repo_id", {"repo_id": "u/r/x", "private": True}),
    case("missing", {**ARGS, "private": True}, [not_found(MODEL)]),
    case("forbidden", {**ARGS, "private": True}, [forbidden(MODEL)]),
    case("anonymous", {**ARGS, "private": True, "token": False}, [unauthorized(MODEL)]),
    case("refused", {**ARGS, "private": True}, [error(MODEL, 400, body={"error": "No", "errors": [{"message": "quota"}]})]),
]
