from wire import OTHER, body, case, error, forbidden, reply, sample

AT = "POST /api/buckets/user/bucket"

CASES = [
    case("minimal", {"bucket_id": "user/bucket"}, [sample("create_bucket.1")]),
    case("all", {"bucket_id": "user/bucket", "visibility": "private", "resource_group_id": "66670e5163145ca562cb1988", "region": "eu",
                 "exist_ok": True, "token": OTHER}, [sample("create_bucket.1")]),
    case("private", {"bucket_id": "user/bucket", "private": True}, [sample("create_bucket.1")]),
    case("public", {"bucket_id": "user/bucket", "private": False}, [sample("create_bucket.1")]),
    case("own_namespace", {"bucket_id": "bucket"}, [reply("POST /api/buckets/me/bucket", body=body("create_bucket.1"))]),
    case("uri", {"bucket_id": "hf://buckets/user/bucket"}, [sample("create_bucket.1")]),
    case("uri_with_path", {"bucket_id": "hf://buckets/user/bucket/sub/x"}),
    case("too_many_parts", {"bucket_id": "user/bucket/x"}),
    case("private_and_visibility", {"bucket_id": "user/bucket", "private": True, "visibility": "private"}),
    case("protected", {"bucket_id": "user/bucket", "visibility": "protected"}),
    case("exists", {"bucket_id": "user/bucket"}, [sample("error.already-exists.2", AT)]),
    case("exists_ok", {"bucket_id": "user/bucket", "exist_ok": True},
         [error(AT, 409, body={"error": "You already created this bucket repo", "url": "https://huggingface.co/buckets/user/bucket"})]),
    case("exists_ok_read_only", {"bucket_id": "user/bucket", "exist_ok": True}, [forbidden(AT), sample("bucket_info.1")]),
    case("not_there_read_only", {"bucket_id": "user/bucket", "exist_ok": True},
         [forbidden(AT), sample("error.bucket-not-found.1", "GET /api/buckets/user/bucket")]),
    case("forbidden", {"bucket_id": "user/bucket"}, [forbidden(AT)]),
    case("no_such_organization", {"bucket_id": "user/bucket"}, [sample("error.org-not-found.1", AT)]),
    case("payment", {"bucket_id": "user/bucket", "private": True}, [error(AT, 402, "Storage limit reached")]),
]
