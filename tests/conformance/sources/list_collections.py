from _lists import listing, pages
from wire import OTHER, case, page, sample

AT = "GET /api/collections"


def one(number, **more):
    return {"slug": f"u/c-{number}", "title": f"é {number}", "lastUpdated": "2026-09-17T21:06:21.356Z", "owner": {"name": "u", "type": "user"}, "items": [],
            "theme": "green", "private": False, "upvotes": number, **more}


CASES = listing({}, AT, one) + [
    case("recorded", {"owner": "prism-ml"}, [sample("list_collections.1")]),
    case("documented", {"limit": 1}, [sample("list_collections.2")],
         ours=lambda made: {"result": [{"slug": "davanstrien/recent-models-64f9a55bb3115b4f513ec026"}]} if "error" in made else {},
         why="Python falls over a collection that has a position"),
    case("all", {"owner": "u", "item": "models/u/m", "sort": "trending", "limit": 3, "token": OTHER}, [page(AT, [one(1), one(2)])]),
    case("several_owners", {"owner": ["a", "b c"], "item": ["models/u/m", "papers/2311.12983", "datasets/é/d"], "sort": "lastModified"}, [page(AT, [])]),
    case("sort_upvotes", {"sort": "upvotes"}, [page(AT, [])]),
    case("limit_across_pages", {"limit": 3}, pages(AT, [[one(1), one(2)], [one(3), one(4)], [one(5)]], "limit=3&")[:2]),
    case("limit_on_page_end", {"limit": 2}, pages(AT, [[one(1), one(2)], [one(3)]], "limit=2&")[:1], why="no page is asked that is not needed"),
    case("limit_zero", {"limit": 0}, [page(AT, [])], unused=True),
    case("position", {}, [page(AT, [one(1, position=7, brandNew=1, description="d")])],
         ours={"result": [{"slug": "u/c-1", "title": "é 1", "upvotes": 1}]}, why="Python falls over an item with `position`"),
]
