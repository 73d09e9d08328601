"""Deletions and switches: a path, no arguments, little to answer."""

from wire import OTHER, TYPES, case, error, forbidden, no_revision, not_found, reply, unauthorized


def delete_ref(kind, noun):
    args = {"repo_id": "u/r", noun: "v1"}
    at = f"DELETE /api/models/u/r/{kind}/v1"
    return [
        case("minimal", args, [reply(at)]),
        *[
            case(f"all_{t}", {"repo_id": "u/r", noun: "feature/x", "repo_type": t, "token": OTHER}, [reply(f"DELETE /api/{t}s/u/r/{kind}/feature%2Fx", body={})])
            for t in TYPES
        ],
        case("kernel", {**args, "repo_type": "kernel"}, [reply(f"DELETE /api/kernels/u/r/{kind}/v1")]),
        case("odd_name", {"repo_id": "u/r", noun: "v1.0+é #2?%"}, [reply(f"DELETE /api/models/u/r/{kind}/v1.0%2B%C3%A9%20%232%3F%25")]),
        case("pull_request", {"repo_id": "u/r", noun: "refs/pr/1"}, [reply(f"DELETE /api/models/u/r/{kind}/refs%2Fpr%2F1")]),
        case("no_namespace", {"repo_id": "r", noun: "v1"}, [reply(f"DELETE /api/models/r/{kind}/v1", 204)]),
        case("bad_repo_id", {"repo_id": "r/", noun: "v1"}),
        case("missing_repo", args, [not_found(at)]),
        case("missing_ref", args, [no_revision(at)]),
        case("anonymous", {**args, "token": False}, [unauthorized(at)]),
        case("forbidden", args, [forbidden(at)]),
        case("refused", args, [error(at, 400, "Cannot delete refs/heads/main")]),
    ]


def by_id(args, at, answer=None, odd=None):
    """A call on a thing with an id: minimal, other token, empty answers, failures. odd: (args, at) of an unusual id."""
    cases = [
        case("minimal", args, [reply(at, body=answer)]),
        case("all", {**args, "token": OTHER}, [reply(at, body=answer)]),
        case("missing", args, [error(at, 404, "Not found")]),
        case("forbidden", args, [forbidden(at)]),
        case("anonymous", {**args, "token": False}, [error(at, 401, "Invalid username or password.")]),
        case("refused", args, [error(at, 400, body={"error": "No", "errors": [{"message": "one"}, {"message": "two"}]})]),
        case("text_error", args, [error(at, 409, text="In use")]),
    ]
    if odd:
        cases.append(case("odd_id", odd[0], [reply(odd[1], body=answer)]))
    return cases
