from urllib.parse import quote

from _lists import listing, pages
from wire import OTHER, REVISIONS, TYPES, case, gated, no_revision, not_found, page, sample, unauthorized

ARGS = {"repo_id": "u/r"}
AT = "GET /api/models/u/r/commits/main"


def one(number):
    return {"id": f"{number:040}", "title": f"é {number}", "message": "m\n", "authors": [{"user": "u", "avatar": "/a"}, {"user": "v"}], "date": "2024-01-30T11:32:11Z", "brandNew": 1}


CASES = listing(ARGS, AT, one) + [
    *[
        case(f"all_{kind}_{name}", {**ARGS, "repo_type": kind, "revision": r, "formatted": True, "token": OTHER},
             [page(f"GET /api/{kind}s/u/r/commits/{quote(r, safe='')}", [{**one(1), "formatted": {"title": "<b>é</b>", "message": ""}}])])
        for kind in TYPES
        for name, r in REVISIONS.items()
    ],
    case("formatted_pages", {**ARGS, "formatted": True}, pages(AT, [[one(1)], [one(2)]], "expand%5B%5D=formatted&")),
    case("recorded", {"repo_id": "wzshiming/gpt2"}, [sample("list_repo_commits.2")]),
    case("recorded_pages", {"repo_id": "wzshiming/hello_world", "repo_type": "space"},
         [sample("list_repo_commits.3", headers={"link": "<{endpoint}/api/spaces/wzshiming/hello_world/commits/main?p=1&limit=50>; rel=\"next\""}), page("GET /api/spaces/wzshiming/hello_world/commits/main", [one(1)], query={"p": "1"})],
         stored=[sample("list_repo_commits.3"), page("GET /api/spaces/wzshiming/hello_world/commits/main", [one(1)], query={"p": "1"})],
         why="a recorded relative address of the next page, which Python does not understand"),
    case("recorded_link", {"repo_id": "openai-community/gpt2"}, [sample("list_repo_commits.1"), page("GET /api/models/openai-community/gpt2/commits/main", [], query={"p": "1"})]),
    case("kernel", {**ARGS, "repo_type": "kernel"}, [page("GET /api/kernels/u/r/commits/main", [])]),
    case("no_namespace", {"repo_id": "r"}, [page("GET /api/models/r/commits/main", [])]),
    case("no_repo", ARGS, [not_found(AT)]),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision("GET /api/models/u/r/commits/nope")]),
    case("gated", ARGS, [gated(AT)]),
    case("private", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
]
