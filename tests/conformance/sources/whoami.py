from wire import OTHER, case, error, forbidden, reply, sample

AT = "GET /api/whoami-v2"

CASES = [
    case("minimal", {}, [sample("whoami.1")]),
    *[case(f"sample_{n}", {"token": OTHER}, [sample(f"whoami.{n}")]) for n in (2, 3)],
    case("all", {"token": OTHER, "cache": True}, [sample("whoami.1")]),
    case("token_true", {"token": True, "cache": False}, [sample("whoami.1")]),
    case("newer_answer", {}, [reply(AT, body={"type": "robot", "name": "é", "brandNew": [2**60 + 1, 1.5, None], "orgs": [{"name": "o", "roleInOrg": "x"}]})]),
    case("token_false", {"token": False}),
    case("no_token", {}, token=None),
    case("bad_token", {}, [sample("error.invalid-credentials.1", AT)], why="Python's own text replaces the server's: both are told"),
    case("bad_given_token", {"token": OTHER}, [sample("error.invalid-credentials.1", AT)]),
    case("forbidden", {}, [forbidden(AT)]),
    case("gone", {}, [error(AT, 404, "Not here")]),
]
