from wire import OTHER, case, error, forbidden, not_found, reply, sample

HASH = "63bed80836ee0758c8fd4f8975d59bb0b864263ee2753547c358e8a37cde8758"
AT = "HEAD /buckets/user/bucket/resolve/config.json"
ARGS = {"bucket_id": "user/bucket", "remote_path": "config.json"}


def found(at=AT, status=302, **headers):
    made = {"location": "{storage}/blob", "x-linked-size": "665", "x-xet-hash": HASH,
            "link": "<https://huggingface.co/api/buckets/user/bucket/xet-read-token>; rel=\"xet-auth\""}
    made.update({k.replace("_", "-"): v for k, v in headers.items()})
    return reply(at, status, headers={k: v for k, v in made.items() if v is not None})


CASES = [
    case("minimal", ARGS, [found()], why="a refresh route on huggingface.co is moved to the endpoint"),
    case("all", {"bucket_id": "user/bucket", "remote_path": "a/é b#?%.json", "token": OTHER}, [found("HEAD /buckets/user/bucket/resolve/a%2F%C3%A9%20b%23%3F%25.json")]),
    case("relative_link", ARGS, [sample("get_bucket_file_metadata.1")],
         ours={"result": {"size": 665, "xet_file_data": {"file_hash": HASH, "refresh_route": "{endpoint}/api/buckets/user/bucket/xet-read-token"}}},
         why="Python leaves a relative route relative, and cannot use it then"),
    case("refresh_header", ARGS, [found(link=None, x_xet_refresh_route="{endpoint}/api/buckets/user/bucket/xet-read-token")]),
    case("huge", ARGS, [found(x_linked_size=str(2**53 + 1))]),
    case("not_redirected", ARGS, [found(status=200, location=None, x_linked_size=None, content_length="665")]),
    case("no_xet_hash", ARGS, [found(x_xet_hash=None)]),
    case("no_size", ARGS, [found(x_linked_size=None)]),
    case("no_file", ARGS, [error(AT, 404, "Entry not found", "EntryNotFound")]),
    case("no_bucket", ARGS, [not_found(AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
]
