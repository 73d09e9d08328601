from wire import OTHER, case, error, forbidden, reply, sample

AT = "GET /api/spaces/zero-gpu/quota"

CASES = [
    case("minimal", {}, [sample("get_zero_gpu_quota.1")]),
    case("all", {"token": OTHER}, [reply(AT, body={"base": 1500, "current": 0.25, "resetsAt": "2026-08-01T12:00:00Z", "overquotaUsed": 12.5, "brandNew": 1})]),
    case("bare_answer", {}, [reply(AT, body={"base": 300, "current": 300, "resetsAt": None})]),
    case("bad_token", {}, [sample("error.invalid-credentials.1", AT)]),
    case("no_token", {"token": False}, [error(AT, 401, "Invalid username or password.")]),
    case("forbidden", {}, [forbidden(AT)]),
]
