from _lists import listing
from wire import body, case, page, sample

AT = "GET /api/settings/webhooks"
HOOK = body("list_webhooks.1")[0]


def one(number):
    return {**HOOK, "id": str(number), "brandNew": 1, "domains": ["repo", "weather"]}


CASES = listing({}, AT, one, paged=False) + [
    case("documented", {}, [sample("list_webhooks.1")]),
    case("of_a_job", {}, [sample("list_webhooks.2")]),
]
