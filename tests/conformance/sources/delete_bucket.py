from _simple import by_id
from wire import case, error, forbidden, not_found

ARGS = {"bucket_id": "u/b"}
AT = "DELETE /api/buckets/u/b"

CASES = by_id(ARGS, AT) + [
    case("no_bucket", ARGS, [not_found(AT)]),
    case("missing_ok", {**ARGS, "missing_ok": True}, [not_found(AT)]),
    case("missing_ok_without_code", {**ARGS, "missing_ok": True}, [error(AT, 404, "Gone")]),
    case("missing_ok_forbidden", {**ARGS, "missing_ok": True}, [forbidden(AT)]),
]
