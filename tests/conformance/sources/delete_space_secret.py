from _simple import by_id
from wire import case, not_found, reply

AT = "DELETE /api/spaces/u/s/secrets"
ARGS = {"repo_id": "u/s", "key": "API_KEY"}

CASES = by_id(ARGS, AT) + [
    case("odd_key", {**ARGS, "key": "é \"/?"}, [reply(AT, body={})]),
    case("no_namespace", {**ARGS, "repo_id": "s"}, [reply("DELETE /api/spaces/s/secrets")]),
    case("no_space", ARGS, [not_found(AT)]),
    case("bad_repo_id", {**ARGS, "repo_id": "u/s/t"}),
]
