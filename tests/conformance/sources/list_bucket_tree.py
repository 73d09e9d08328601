from _lists import listing, pages
from wire import OTHER, case, not_found, page, sample

ARGS = {"bucket_id": "user/bucket"}
AT = "GET /api/buckets/user/bucket/tree"


def one(number):
    if number % 2:
        return {"type": "directory", "path": f"é {number}", "uploadedAt": "2026-08-01T12:00:00Z"}
    return {"type": "file", "path": f"a/{number}.bin", "size": 2**53 + number, "xetHash": "f" * 64, "mtime": "2026-08-01T11:59:00.000Z", "brandNew": 1}


CASES = listing(ARGS, AT, one) + [
    case("documented", ARGS, [sample("list_bucket_tree.1")]),
    case("all", {**ARGS, "prefix": "a/é b#?", "recursive": True, "token": OTHER}, [page(AT + "/a%2F%C3%A9%20b%23%3F", [one(2)])]),
    case("not_recursive", {**ARGS, "prefix": "data/", "recursive": False}, [page(AT + "/data%2F", [])]),
    case("empty_prefix", {**ARGS, "prefix": ""}, [page(AT, [])]),
    case("recursive_pages", {**ARGS, "recursive": True}, pages(AT, [[one(1)], [one(2)]], "recursive=true&")),
    case("unknown_type", ARGS, [page(AT, [{"type": "hologram", "path": "h"}, one(2)])],
         ours=lambda made: {"result": [{"type": "hologram", "path": "h"}, *made["result"]]}, why="an entry of a type that we do not know is kept, Python leaves it out"),
    case("no_bucket", ARGS, [not_found(AT)]),
]
