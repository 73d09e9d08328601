from _simple import by_id
from wire import body, case, reply, sample

AT = "GET /api/organizations/huggingface/overview"
ARGS = {"organization": "huggingface"}

CASES = by_id(ARGS, AT, body("get_organization_overview.2")) + [
    case("recorded", {"organization": "openai-community"}, [sample("get_organization_overview.1")]),
    case("bare_answer", ARGS, [reply(AT, body={"name": "huggingface", "fullname": "Hugging Face", "avatarUrl": "/a.svg", "brandNew": {"x": 2**53 + 1}})]),
    case("no_such_organization", {"organization": "nobody"}, [sample("error.org-not-found.1", "GET /api/organizations/nobody/overview")]),
]
