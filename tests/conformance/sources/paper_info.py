from wire import case, error, reply, sample

AT = "GET /api/papers/2607.07673"
ARGS = {"id": "2607.07673"}

CASES = [
    case("minimal", ARGS, [sample("paper_info.2", AT)]),
    case("documented", ARGS, [sample("paper_info.1", AT)]),
    case("no_token", ARGS, [sample("paper_info.2", AT)], token=None),
    case("newer_answer", ARGS, [reply(AT, body={"id": "2607.07673", "brandNew": {"x": 2**53 + 1}, "upvotes": 2**53 + 1, "publishedAt": "2026-07-01T00:00:00Z",
        "authors": [{"name": "Zoë", "brandNew": 1}], "organization": {"name": "o", "fullname": "O", "avatar": "/a.svg"}})]),
    case("bare_answer", ARGS, [reply(AT, body={"id": "2607.07673"})]),
    case("missing", {"id": "0000.00000"}, [error("GET /api/papers/0000.00000", 404, "Paper not found")]),
    case("forbidden", ARGS, [error(AT, 403, "Not for you")]),
]
