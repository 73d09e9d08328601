from _simple import by_id
from wire import case, not_found, reply, sample

AT = "DELETE /api/spaces/u/s/variables"
ARGS = {"repo_id": "u/s", "key": "API_KEY"}

CASES = by_id(ARGS, AT, {"B": {"value": "2", "description": None, "updatedAt": "2025-03-07T12:24:18.657Z"}}) + [
    case("recorded", {"repo_id": "user/tmp_test_space", "key": "foo"}, [sample("delete_space_variable.1")]),
    case("recorded_last", {"repo_id": "user/tmp_test_space", "key": "foo"}, [sample("delete_space_variable.2", "DELETE /api/spaces/user/tmp_test_space/variables")]),
    case("odd_key", {**ARGS, "key": "é \"/?"}, [reply(AT, body={})]),
    case("no_space", ARGS, [not_found(AT)]),
    case("bad_repo_id", {**ARGS, "repo_id": "u/s/t"}),
]
