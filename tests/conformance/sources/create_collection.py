from wire import OTHER, case, error, forbidden, me, reply, sample

AT = "POST /api/collections"
SLUG = "davanstrien/recent-models-64f9a55bb3115b4f513ec026"

CASES = [
    case("minimal", {"title": "Recent models"}, [me("davanstrien"), sample("create_collection.1")]),
    case("all", {"title": "Recent é \"models\" 😀", "namespace": "davanstrien", "description": "of this\nweek", "private": True,
                 "resource_group_id": "66670e5163145ca562cb1988", "exists_ok": True, "token": OTHER}, [sample("create_collection.1")]),
    case("empty_description", {"title": "x", "namespace": "org", "description": ""}, [sample("create_collection.1")]),
    case("other_token", {"title": "x", "token": OTHER}, [me("davanstrien"), sample("create_collection.1")]),
    case("exists", {"title": "x", "namespace": "davanstrien"}, [error(AT, 409, body={"error": "Collection already exists", "slug": SLUG})]),
    case("exists_ok", {"title": "x", "namespace": "davanstrien", "exists_ok": True},
         [error(AT, 409, body={"error": "Collection already exists", "slug": SLUG}), sample("get_collection.2")]),
    case("too_long", {"title": "x" * 70, "namespace": "org"}, [error(AT, 400, body={"error": "Title is too long"})]),
    case("forbidden", {"title": "x", "namespace": "org"}, [forbidden(AT)]),
    case("bad_token", {"title": "x"}, [sample("error.invalid-credentials.1", "GET /api/whoami-v2")]),
]
