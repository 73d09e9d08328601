from _lists import listing, pages
from wire import OTHER, case, page, sample

AT = "GET /api/spaces"


def one(number, **more):
    return {"_id": str(number), "id": f"u/s{number}", "likes": 1, "private": False, "sdk": "gradio", "tags": ["gradio"], "createdAt": "2022-03-02T23:29:04.000Z", **more}


EXPAND = ["author", "cardData", "createdAt", "datasets", "disabled", "lastModified", "likes", "models", "private", "runtime", "sdk", "siblings", "sha", "subdomain", "tags",
          "trendingScore", "usedStorage", "resourceGroup"]

CASES = listing({}, AT, one) + [
    case("recorded", {"sort": "trending_score"}, [sample("list_spaces.1")]),
    case("full", {"full": True, "limit": 1}, [sample("list_spaces.2")]),
    case("all", {"filter": ["a b", "docker"], "author": "u", "search": "é&x", "datasets": ["u/d", "squad"], "models": ["u/m", "gpt2"], "linked": True, "sort": "last_modified",
                 "limit": 5, "full": True, "token": OTHER}, [page(AT, [one(1)])]),
    case("single_values", {"filter": "x", "datasets": "squad", "models": "gpt2", "linked": False, "sort": "created_at"}, [page(AT, [])]),
    case("expand", {"expand": EXPAND}, [page(AT, [{"id": "u/s", "runtime": {"stage": "DANCING", "hardware": {"current": "quantum-x9", "requested": None}, "gcTimeout": None, "storage": None},
                                                   "subdomain": "u-s", "models": ["gpt2"]}])]),
    case("empty_arguments", {"filter": [], "author": "", "search": "", "expand": []}, [page(AT, [])]),
    case("limit_across_pages", {"limit": 3}, pages(AT, [[one(1), one(2)], [one(3), one(4)]], "limit=3&")),
    case("newer_answer", {}, [page(AT, [one(1, brandNew={"x": 1}, sdk="cobol", cardData={"title": "é", "sdk_version": 4.1})])]),
    case("expand_and_full", {"expand": ["likes"], "full": True}),
]
