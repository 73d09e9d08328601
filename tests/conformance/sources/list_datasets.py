from _lists import listing, pages
from wire import OTHER, case, page, sample

AT = "GET /api/datasets"


def one(number, **more):
    return {"_id": str(number), "id": f"u/d{number}", "author": "u", "private": False, "gated": False, "tags": ["language:en"], "downloads": number, "likes": 1,
            "lastModified": "2024-03-04T13:55:27.000Z", "createdAt": "2022-03-02T23:29:22Z", "key": "", **more}


EXPAND = ["author", "cardData", "citation", "createdAt", "disabled", "description", "downloads", "downloadsAllTime", "gated", "lastModified", "likes", "mainSize",
          "paperswithcode_id", "private", "siblings", "sha", "tags", "trendingScore", "usedStorage", "resourceGroup"]

CASES = listing({}, AT, one) + [
    case("recorded", {"search": "squad"}, [sample("list_datasets.1")]),
    case("full", {"full": True, "limit": 2}, [sample("list_datasets.2")]),
    case("all", {"filter": ["a b", "task_categories:x"], "author": "u", "benchmark": "official", "dataset_name": "name é", "gated": False, "language_creators": "crowdsourced",
                 "language": ["en", "language:fr"], "multilinguality": "monolingual", "size_categories": ["100K<n<1M"], "task_categories": ["audio-classification"],
                 "task_ids": "paraphrase", "search": "s&t", "sort": "last_modified", "limit": 5, "full": True, "token": OTHER}, [page(AT, [one(1)])]),
    case("expand", {"expand": EXPAND, "sort": "trending_score"}, [page(AT, [{"_id": "1", "id": "u/d", "trendingScore": 3, "mainSize": 2**53 + 1}])]),
    case("expand_one", {"expand": ["likes"], "sort": "created_at"}, [page(AT, [{"id": "u/d", "likes": 3}])]),
    case("benchmark_true", {"benchmark": True, "gated": True}, [page(AT, [])]),
    case("filter_text", {"filter": "x", "full": False, "sort": "downloads"}, [page(AT, [])]),
    case("unknown_sort", {"sort": "brandNew"}, [page(AT, [])]),
    case("empty_arguments", {"filter": [], "author": "", "search": "", "language": [], "expand": []}, [page(AT, [])]),
    case("limit_across_pages", {"limit": 3}, pages(AT, [[one(1), one(2)], [one(3), one(4)]], "limit=3&")),
    case("limit_on_page_end", {"limit": 2}, pages(AT, [[one(1), one(2)], [one(3)]], "limit=2&")[:1]),
    case("newer_answer", {}, [page(AT, [one(1, brandNew={"x": 1}, gated="sometimes", cardData={"license": ["mit"], "configs": [{"a": None}], "é": 1.5})])]),
    case("expand_and_full", {"expand": ["likes"], "full": True}),
]
