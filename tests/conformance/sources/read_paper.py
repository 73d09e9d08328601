from wire import case, error, reply, sample

ARGS = {"id": "2607.07673"}
AT = "GET /papers/2607.07673.md"

CASES = [
    case("minimal", ARGS, [sample("read_paper.1", AT)]),
    case("unicode", ARGS, [reply(AT, text="# Título é\r\n\n😀 `x`\n", headers={"content-type": "text/markdown; charset=utf-8"})]),
    case("empty", ARGS, [reply(AT, text="")]),
    case("no_token", ARGS, [reply(AT, text="# T")], token=None),
    case("missing", {"id": "0000.00000"}, [error("GET /papers/0000.00000.md", 404, "Paper not found")]),
    case("text_error", ARGS, [error(AT, 404, text="No such paper")]),
]
