from _lists import listing
from wire import OTHER, case, page, sample

AT = "GET /api/papers/search"


def one(number):
    return {"paper": {"id": f"2607.{number}", "authors": [{"name": "Zoë", "hidden": True, "statusLastChangedAt": "2026-07-01T00:00:00Z", "status": "claimed_verified",
                                                             "user": {"user": "u", "fullname": "U", "avatarUrl": "/a.svg"}}],
                      "publishedAt": "2026-07-01T00:00:00.000Z", "title": f"T {number}", "summary": "S", "upvotes": number, "brandNew": 1},
            "publishedAt": "2026-07-01T10:00:00Z", "title": f"T {number}", "numComments": 0}


CASES = listing({}, AT, one, paged=False) + [
    case("recorded", {"query": "attention"}, [sample("list_papers.1")]),
    case("all", {"query": "é & \"x\"", "limit": 5, "token": OTHER}, [page(AT, [one(1)])]),
    case("limit_is_the_servers", {"limit": 1}, [page(AT, [one(1), one(2)])], why="Python does not cut the answer"),
    case("empty_query", {"query": "", "limit": 0}, [page(AT, [])]),
    case("bare_paper", {}, [page(AT, [{"id": "2607.1", "title": "T"}])]),
]
