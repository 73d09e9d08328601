from _space_pairs import add
from wire import case, reply

CASES = add("secrets", None) + [
    case("json_answer", {"repo_id": "u/s", "key": "K", "value": "v"}, [reply("POST /api/spaces/u/s/secrets", body={})]),
]
