from _lists import listing
from wire import OTHER, case, page, sample

AT = "GET /api/spaces/semantic-search"


def one(number):
    return {"id": f"u/s{number}", "author": "u", "title": "é", "emoji": "🚀", "sdk": "gradio", "likes": number, "private": False, "tags": ["gradio"],
            "runtime": {"stage": "DANCING", "hardware": {"current": "quantum-x9", "requested": None}}, "ai_short_description": "d", "ai_category": "c",
            "semanticRelevancyScore": 0.5, "trendingScore": 3, "brandNew": 1}


CASES = listing({"query": "image generation"}, AT, one, paged=False) + [
    *[case(f"sample_{n}", {"query": "image generation"}, [sample(f"search_spaces.{n}", AT)]) for n in (1, 2)],
    case("all", {"query": "é & \"x\"", "filter": ["a b", "c"], "sdk": ["gradio", "docker"], "include_non_running": True, "token": OTHER}, [page(AT, [one(1)])]),
    case("single_values", {"query": "", "filter": "a", "sdk": "static", "include_non_running": False}, [page(AT, [])]),
    case("bare_answer", {"query": "x"}, [page(AT, [{"id": "u/s", "author": "u", "title": "t", "likes": 0, "private": False}])]),
]
