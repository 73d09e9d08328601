"""Lists of access requests."""

from _lists import listing
from wire import OTHER, TYPES, case, gated, not_found, page, sample


def as_it_is(made):
    """Our result where Python has none: what the request has, without an id."""
    (found,) = made["replies"][0]["response"]["json"]
    user = found["user"]
    return {"result": [{"username": user["user"], "fullname": user["fullname"], "email": user["email"], "status": found["status"],
                        "timestamp": found["timestamp"].replace("Z", "+00:00"), "request_id": None}]}


without_id = {"ours": as_it_is, "why": "Python falls over a request without `requestId`"}


def requests(status, name, bare_sample=1):
    args = {"repo_id": "o/gated"}
    at = f"GET /api/models/o/gated/user-access-request/{status}"

    def one(number):
        return {"requestId": f"r{number}", "user": {"user": f"user-{number}", "fullname": "Zoë", "email": "user@example.com"}, "status": status,
                "timestamp": "2026-10-06T13:15:23.159Z", "fields": {"Why?": "é", "Agree": True}, "brandNew": number}

    bare = {"timestamp": "2026-10-06T13:15:23Z", "status": status, "requestId": "r9"}
    return listing(args, at, one) + [
        *[case(f"all_{kind}", {**args, "repo_type": kind, "token": OTHER}, [page(f"GET /api/{kind}s/o/gated/user-access-request/{status}", [one(1)])]) for kind in TYPES],
        *[case(f"sample_{n}", args, [sample(f"{name}.{n}", at)], **(without_id if n == bare_sample else {})) for n in (1, 2, 3)],
        case("bare_answer", args, [page(at, [bare])]),
        case("no_namespace", {"repo_id": "gated"}, [page(f"GET /api/models/gated/user-access-request/{status}", [])]),
        case("kernel_refused", {**args, "repo_type": "kernel"}),
        case("no_repo", args, [not_found(at)]),
        case("gated", args, [gated(at)]),
        case("not_gated", args, [sample("error.bad-request-validation.2", at)]),
        case("bad_repo_id", {"repo_id": "a/b/c"}),
    ]
