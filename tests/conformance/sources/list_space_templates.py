from _simple import by_id
from wire import body, case, reply

AT = "GET /api/spaces/templates"

CASES = by_id({}, AT, body("list_space_templates.1")) + [
    case("none", {}, [reply(AT, body={"templates": []})]),
    case("newer_answer", {}, [reply(AT, body={"templates": [{"sdk": "cobol", "name": "é", "repoId": "u/t", "preferredPrivate": False, "brandNew": 1}], "brandNew": 1})]),
]
