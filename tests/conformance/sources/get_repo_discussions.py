from wire import OTHER, TYPES, case, forbidden, gated, not_found, reply, sample, unauthorized

AT = "GET /api/models/u/r/discussions"
ARGS = {"repo_id": "u/r"}


def one(num, **more):
    return {"num": num, "author": {"name": "ann", "type": "user"}, "repo": {"name": "u/r", "type": "model"}, "title": f"T é {num}", "status": "open",
            "createdAt": "2026-09-12T04:23:39.000Z", "isPullRequest": num % 2 == 0, **more}


def page(number, discussions, count, start, at=AT, **options):
    return reply(at, body={"discussions": discussions, "count": count, "start": start}, query={"p": str(number)}, **options)


CASES = [
    case("minimal", ARGS, [page(0, [one(2), one(1)], 2, 0)]),
    *[
        case(f"all_{kind}", {**ARGS, "author": "ann b", "discussion_type": "pull_request", "discussion_status": "closed", "repo_type": kind, "token": OTHER},
             [page(0, [one(2)], 1, 0, f"GET /api/{kind}s/u/r/discussions")])
        for kind in TYPES
    ],
    case("type_all", {**ARGS, "discussion_type": "all", "discussion_status": "all"}, [page(0, [], 0, 0)]),
    case("open_discussions", {**ARGS, "discussion_type": "discussion", "discussion_status": "open"}, [page(0, [one(1)], 1, 0)]),
    case("pages", ARGS, [page(0, [one(5), one(4)], 5, 0), page(1, [one(3), one(2)], 5, 2), page(2, [one(1)], 5, 4)]),
    case("recorded", {"repo_id": "openai-community/gpt2"}, [sample("get_repo_discussions.2", query={"p": "0"}, edit=lambda b: b.update(count=len(b["discussions"])))]),
    case("author_deleted", ARGS, [page(0, [{k: v for k, v in one(1).items() if k != "author"}], 1, 0)]),
    case("newer_answer", ARGS, [page(0, [one(1, status="frozen", brandNew=1, createdAt="2026-09-12T04:23:39Z")], 1, 0)]),
    case("count_too_high", ARGS, python=False, why="Python asks for ever when `count` is more than the pages hold: an empty page ends the list",
         replies=[page(0, [one(2)], 9, 0), page(1, [], 9, 1)],
         ours={"requests": [{"method": "GET", "path": "/api/models/u/r/discussions", "query": [["p", str(p)]], "authorization": "Bearer hf_ambient",
                             "content_type": None, "body": None} for p in (0, 1)], "result": [{"num": 2, "title": "T é 2"}]}),
    case("second_page_fails", ARGS, [page(0, [one(2)], 2, 0), reply(AT, 404, {"error": "gone"}, query={"p": "1"})]),
    case("unknown_type", {**ARGS, "discussion_type": "chat"}),
    case("unknown_status", {**ARGS, "discussion_status": "merged"}),
    case("kernel_refused", {**ARGS, "repo_type": "kernel"}),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
    case("disabled", ARGS, [forbidden(AT, "Discussions are disabled for this repo")]),
    case("missing", ARGS, [not_found(AT)]),
    case("gated", ARGS, [gated(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
]
