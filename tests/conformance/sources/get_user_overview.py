from _simple import by_id
from wire import body, case, reply, sample

AT = "GET /api/users/julien-c/overview"
ARGS = {"username": "julien-c"}

CASES = by_id(ARGS, AT, body("get_user_overview.2")) + [
    case("recorded", {"username": "TheBloke"}, [sample("get_user_overview.1")]),
    case("bare_answer", ARGS, [reply(AT, body={"user": "julien-c", "fullname": "J", "avatarUrl": "/a.svg", "type": "robot", "brandNew": [1]})]),
    case("no_such_user", {"username": "nobody"}, [sample("error.user-not-found.1", "GET /api/users/nobody/overview")]),
]
