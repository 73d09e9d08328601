"""Failures that all changes of a discussion share."""

from wire import case, error, forbidden, not_found, unauthorized


def failures(args, resource, method="POST"):
    where = f"{method} /api/models/u/r/discussions/2/{resource}".rstrip("/")
    args = {"repo_id": "u/r", "discussion_num": 2, **args}
    return [
        case("kernel_refused", {**args, "repo_type": "kernel"}),
        case("number_zero", {**args, "discussion_num": 0}),
        case("number_negative", {**args, "discussion_num": -3}),
        case("bad_repo_id", {**args, "repo_id": "u r"}),
        case("missing_repo", args, [not_found(where)]),
        case("missing_discussion", args, [error(where, 404, "Discussion not found")]),
        case("forbidden", args, [forbidden(where)]),
        case("anonymous", {**args, "token": False}, [unauthorized(where)]),
        case("refused", args, [error(where, 400, body={"error": "Invalid", "errors": [{"message": "too long"}, {"message": "no markup"}]})]),
    ]
