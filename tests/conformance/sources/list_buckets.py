from _lists import listing, pages
from wire import OTHER, case, not_found, page, sample

ARGS = {"namespace": "user"}
AT = "GET /api/buckets/user"


def one(number):
    return {"id": f"user/b{number}", "private": number % 2 == 0, "createdAt": "2026-08-01T12:00:00Z", "size": 2**53 + number, "totalFiles": number, "brandNew": [number]}


CASES = listing(ARGS, AT, one) + [
    case("documented", ARGS, [sample("list_buckets.1")]),
    case("own", {}, [page("GET /api/buckets/me", [one(1)])]),
    case("all", {"namespace": "org", "search": "a é&b", "token": OTHER}, [page("GET /api/buckets/org", [one(1)])]),
    case("search_pages", {**ARGS, "search": ""}, pages(AT, [[one(1)], [one(2)]], "search=&")),
    case("no_namespace_there", ARGS, [not_found(AT)]),
]
