from _simple import by_id
from wire import body, case, not_found, reply

AT = "GET /api/spaces/u/s/secrets"
ARGS = {"repo_id": "u/s"}

CASES = by_id(ARGS, AT, body("get_space_secrets.1")) + [
    case("none", ARGS, [reply(AT, body={})]),
    case("odd_answer", ARGS, [reply(AT, body={"é B": {"updatedAt": "2026-08-01T12:00:00Z", "brandNew": 1}, "C": {}})]),
    case("no_namespace", {"repo_id": "s"}, [reply("GET /api/spaces/s/secrets", body={})]),
    case("no_space", ARGS, [not_found(AT)]),
    case("bad_repo_id", {"repo_id": "u/s/t"}),
]
