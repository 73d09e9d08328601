from wire import OTHER, body, case, error, forbidden, reply, sample

AT = "GET /api/buckets/user/bucket"

CASES = [
    case("minimal", {"bucket_id": "user/bucket"}, [sample("bucket_info.1")]),
    case("all", {"bucket_id": "user/bucket", "token": OTHER}, [sample("bucket_info.1")]),
    case("second", {"bucket_id": "user/bucket"}, [sample("bucket_info.2", AT)]),
    case("huge_and_new", {"bucket_id": "user/bucket"}, [reply(AT, body=body("bucket_info.1", size=2**60 + 1, totalFiles=2**53 + 1, brandNew=[1]))],
         why="numbers beyond 2^53 stay exact, unknown members are kept"),
    case("no_milliseconds", {"bucket_id": "user/bucket"}, [reply(AT, body=body("bucket_info.1", createdAt="2026-08-01T12:00:00Z"))]),
    case("missing", {"bucket_id": "user/bucket"}, [sample("error.bucket-not-found.1", AT)]),
    case("forbidden", {"bucket_id": "user/bucket"}, [forbidden(AT)]),
    case("unauthorized", {"bucket_id": "user/bucket", "token": False}, [error(AT, 401, "Invalid username or password.")]),
]
