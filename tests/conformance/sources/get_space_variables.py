from _simple import by_id
from wire import body, case, not_found, reply, sample

AT = "GET /api/spaces/u/s/variables"
ARGS = {"repo_id": "u/s"}

CASES = by_id(ARGS, AT, body("get_space_variables.2")) + [
    case("recorded_none", {"repo_id": "user/tmp_test_space"}, [sample("get_space_variables.1")]),
    case("odd_answer", ARGS, [reply(AT, body={"é B": {"value": "x\ny", "updatedAt": "2026-08-01T12:00:00Z", "brandNew": 1}, "C": {"value": ""}})]),
    case("no_namespace", {"repo_id": "s"}, [reply("GET /api/spaces/s/variables", body={})]),
    case("no_space", ARGS, [not_found(AT)]),
    case("bad_repo_id", {"repo_id": "u/s/t"}),
]
