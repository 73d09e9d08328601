from _simple import by_id
from wire import case, not_found, reply

AT = "DELETE /api/spaces/u/s/volumes"
ARGS = {"repo_id": "u/s"}

CASES = by_id(ARGS, AT, {}) + [
    case("no_namespace", {"repo_id": "s"}, [reply("DELETE /api/spaces/s/volumes", 204)]),
    case("no_space", ARGS, [not_found(AT)]),
    case("bad_repo_id", {"repo_id": "u/s/t"}),
]
