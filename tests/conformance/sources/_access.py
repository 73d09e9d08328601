"""Cases that accepting and cancelling an access request share."""

from wire import OTHER, TYPES, case, error, forbidden, not_found, reply, sample


def handle():
    where = "POST /api/{}s/o/gated/user-access-request/handle"
    cases = [case("minimal", {"repo_id": "o/gated", "user": "ann"}, [sample("accept_access_request.1", where.format("model"))])]
    cases += [
        case(
            f"all_{kind}",
            {"repo_id": "o/gated", "request_id": "66f0c1d2e3a4b5c6d7e8f901", "repo_type": kind, "token": OTHER},
            [reply(where.format(kind), body={})],
        )
        for kind in TYPES
    ]
    return cases + [
        case("odd_user", {"repo_id": "o/gated", "user": "Zoë \"x\" / 😀"}, [reply(where.format("model"), body={})]),
        case("no_namespace", {"repo_id": "gated", "user": "ann"}, [reply("POST /api/models/gated/user-access-request/handle")],
             why="an empty body is a success"),
        case("neither", {"repo_id": "o/gated"}),
        case("both", {"repo_id": "o/gated", "user": "ann", "request_id": "66f0"}),
        case("kernel_refused", {"repo_id": "o/gated", "user": "ann", "repo_type": "kernel"}),
        case("bad_repo_id", {"repo_id": "a/b/c", "user": "ann"}),
        case("already", {"repo_id": "o/gated", "user": "ann"}, [sample("error.access-already-granted.1", where.format("model"))]),
        case("unknown_request", {"repo_id": "o/gated", "user": "ann"}, [sample("error.access-request-not-found.1", where.format("model"))]),
        case("unknown_user", {"repo_id": "o/gated", "user": "nobody"}, [sample("error.access-user-not-found.1", where.format("model"))]),
        case("forbidden", {"repo_id": "o/gated", "user": "ann"}, [forbidden(where.format("model"))]),
        case("missing", {"repo_id": "o/gated", "user": "ann", "repo_type": "dataset"}, [not_found(where.format("dataset"))]),
        case("not_gated", {"repo_id": "o/gated", "user": "ann"}, [error(where.format("model"), 400, "Repository is not gated")]),
    ]
