from _lists import users
from wire import OTHER, TYPES, case, not_found, page

ARGS = {"repo_id": "u/r"}
AT = "GET /api/models/u/r/likers"

CASES = users(ARGS, AT, "list_repo_likers") + [
    *[case(f"all_{kind}", {**ARGS, "repo_type": kind, "token": OTHER}, [page(f"GET /api/{kind}s/u/r/likers", [])]) for kind in TYPES],
    case("no_namespace", {"repo_id": "gpt2"}, [page("GET /api/models/gpt2/likers", [])]),
    case("no_repo", ARGS, [not_found(AT)]),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
]
