"""Cases that secrets and variables of a Space share."""

from wire import OTHER, case, error, forbidden, not_found, reply


def add(resource, answer):
    where = f"POST /api/spaces/u/s/{resource}"
    pair = {"repo_id": "u/s", "key": "API_KEY", "value": "s3cret"}
    return [
        case("minimal", pair, [reply(where, body=answer)]),
        case("all", {**pair, "description": "for the API é", "token": OTHER}, [reply(where, body=answer)]),
        case("empty_value", {**pair, "value": "", "description": ""}, [reply(where, body=answer)]),
        case("odd_value", {**pair, "value": "a=b&c \"d\"\n😀\\", "key": "K-1"}, [reply(where, body=answer)]),
        case("no_namespace", {**pair, "repo_id": "s"}, [reply(f"POST /api/spaces/s/{resource}", body=answer)]),
        case("anonymous", {**pair, "token": False}, [error(where, 401, "Invalid username or password.")]),
        case("bad_repo_id", {**pair, "repo_id": "u/s/x"}),
        case("missing", pair, [not_found(where)]),
        case("forbidden", pair, [forbidden(where)]),
        case("refused", pair, [error(where, 400, body={"error": ["Key is too long", "Key is reserved"]})]),
    ]
