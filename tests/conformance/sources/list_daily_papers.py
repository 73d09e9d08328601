from _lists import listing
from wire import OTHER, case, error, page, sample

AT = "GET /api/daily_papers"


def one(number):
    return {"paper": {"id": f"2607.{number}", "authors": [{"name": "Zoë", "hidden": False, "_id": "1"}], "publishedAt": "2026-07-01T00:00:00.000Z", "title": f"T {number}",
                      "summary": "S", "upvotes": number, "discussionId": "d"},
            "publishedAt": "2026-07-01T10:00:00Z", "title": f"T {number}", "numComments": 2, "submittedBy": {"user": "u", "fullname": "U", "avatarUrl": "/a.svg", "type": "user"}}


CASES = listing({}, AT, one, paged=False) + [
    case("recorded", {}, [sample("list_daily_papers.1")]),
    case("all", {"date": "2026-07-01", "week": "2026-W27", "month": "2026-07", "submitter": "a b", "sort": "trending", "p": 2, "limit": 10, "token": OTHER}, [page(AT, [one(1)])]),
    case("zero", {"p": 0, "limit": 0}, [page(AT, [])]),
    case("by_date", {"date": "2026-07-01", "sort": "publishedAt"}, [page(AT, [])]),
    case("bad_date", {"date": "yesterday"}, [error(AT, 400, body={"error": "Invalid date"})]),
]
