from _simple import by_id
from wire import case, not_found, sample

AT = "PUT /api/buckets/user/bucket/settings"
ARGS = {"bucket_id": "user/bucket", "private": True}

CASES = by_id(ARGS, AT, {"private": True}) + [
    case("sample", {**ARGS, "private": False}, [sample("update_bucket_settings.1")]),
    case("no_bucket", ARGS, [not_found(AT)]),
]
