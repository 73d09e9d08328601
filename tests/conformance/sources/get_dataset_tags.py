from wire import case, error, reply, sample

AT = "GET /api/datasets-tags-by-type"

CASES = [
    case("minimal", {}, [sample("get_dataset_tags.1", AT)]),
    case("no_token", {}, [sample("get_dataset_tags.1", AT)], token=None),
    case("newer_answer", {}, [reply(AT, body={"region": [{"type": "region", "label": "🇪🇺 é", "id": "region:eu", "count": 2**53 + 1, "brandNew": {"a": [None]}}], "brandNew": []})]),
    case("empty", {}, [reply(AT, body={})]),
    case("failed", {}, [error(AT, 404, "Not here")]),
    case("forbidden", {}, [error(AT, 403, "Not for you")]),
]
