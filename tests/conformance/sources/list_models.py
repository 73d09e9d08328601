from _lists import listing, pages
from wire import OTHER, case, page, sample

AT = "GET /api/models"


def one(number, **more):
    return {"_id": str(number), "id": f"u/m{number}", "modelId": f"u/m{number}", "private": False, "tags": ["pytorch"], "downloads": number, "likes": 1,
            "pipeline_tag": "text-generation", "library_name": "transformers", "createdAt": "2022-03-02T23:29:04.000Z", **more}


def emits(number, amount):
    return one(number, cardData={"co2_eq_emissions": amount} if amount is not None else {})


EXPAND = ["author", "baseModels", "cardData", "childrenModelCount", "config", "createdAt", "disabled", "downloads", "downloadsAllTime", "evalResults", "gated", "gguf",
          "inference", "inferenceProviderMapping", "lastModified", "library_name", "likes", "mask_token", "model-index", "pipeline_tag", "private", "safetensors", "sha",
          "siblings", "spaces", "tags", "transformersInfo", "trendingScore", "widgetData", "usedStorage", "resourceGroup"]

CASES = listing({}, AT, one) + [
    *[case(f"sample_{n}", {"limit": 2}, [sample(f"list_models.{n}", AT)]) for n in (1, 2, 3, 4, 5)],
    case("all", {"filter": ["a b", "pytorch"], "author": "u", "apps": ["vllm", "ollama"], "gated": True, "inference": "warm", "inference_provider": ["groq", "novita"],
                 "trained_dataset": ["common_voice", "dataset:squad"], "search": "é&x", "pipeline_tag": "summarization", "num_parameters": "min:6B,max:128B",
                 "sort": "trending_score", "limit": 5, "full": True, "cardData": True, "fetch_config": True, "token": OTHER}, [page(AT, [one(1)])]),
    case("single_values", {"filter": "x", "apps": "vllm", "gated": False, "inference_provider": "all", "trained_dataset": "squad", "sort": "last_modified"}, [page(AT, [])]),
    case("expand", {"expand": EXPAND, "sort": "created_at"}, [page(AT, [{"id": "u/m", "safetensors": {"parameters": {"F32": 2**60 + 1}, "total": 2**60 + 1},
        "inferenceProviderMapping": [{"provider": "brand-new", "providerId": "x", "status": "live", "task": "t", "brandNew": 1}], "gguf": {"total": 1},
        "evalResults": [], "childrenModelCount": 3, "baseModels": ["a/b"], "widgetData": [{"text": "é"}]}])]),
    case("expand_one", {"expand": ["likes"], "sort": "likes"}, [page(AT, [{"id": "u/m", "likes": 3}])]),
    case("emissions", {"emissions_thresholds": [1, 100], "cardData": True},
         [page(AT, [emits(1, 50), emits(2, 0.5), emits(3, 101), emits(4, {"emissions": 10.5, "source": "x"}), emits(5, None), emits(6, "12 kg"), emits(7, 100), one(8)])]),
    case("emissions_with_limit", {"emissions_thresholds": [0, 10], "cardData": True, "limit": 3}, [page(AT, [emits(1, 50), emits(2, 5), emits(3, 6), emits(4, 7)])],
         why="the limit counts before the filter"),
    case("emissions_without_card", {"emissions_thresholds": [0, 10]}),
    case("empty_arguments", {"filter": [], "author": "", "search": "", "apps": [], "pipeline_tag": "", "full": False, "expand": []}, [page(AT, [])]),
    case("limit_across_pages", {"limit": 3}, pages(AT, [[one(1), one(2)], [one(3), one(4)]], "limit=3&")),
    case("limit_on_page_end", {"limit": 2}, pages(AT, [[one(1), one(2)], [one(3)]], "limit=2&")[:1]),
    case("newer_answer", {}, [page(AT, [one(1, brandNew={"x": 1}, gated="sometimes", config={"é": [None]}, siblings=[{"rfilename": "a"}], inference="hot")])]),
    case("rate_limited", {}, [sample("error.rate-limited.1", AT, headers={"ratelimit": "\"api\";r=0;t=0", "retry-after": "0"}), page(AT, [one(1)])], why="the answer says when to try again"),
    case("expand_and_full", {"expand": ["likes"], "full": True}),
    case("expand_and_card", {"expand": ["likes"], "cardData": True}),
    case("expand_and_config", {"expand": ["likes"], "fetch_config": True}),
]
