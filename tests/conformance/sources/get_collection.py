from _simple import by_id
from wire import body, case, reply, sample

SLUG = "davanstrien/recent-models-64f9a55bb3115b4f513ec026"
AT = f"GET /api/collections/{SLUG}"
ARGS = {"collection_slug": SLUG}
EMPTY = body("get_collection.2", items=[], description=None)

CASES = by_id(ARGS, AT, EMPTY) + [
    case("recorded", {"collection_slug": "prism-ml/bonsai-2-6aab292b9fa72a78652429df"}, [sample("get_collection.1")], why="a collection of many kinds of items"),
    case("documented", ARGS, [sample("get_collection.2")]),
    case("short_slug", {"collection_slug": "davanstrien/64f9a55bb3115b4f513ec026"}, [reply("GET /api/collections/davanstrien/64f9a55bb3115b4f513ec026", body=EMPTY)]),
    case("newer_answer", ARGS, [reply(AT, body={**EMPTY, "brandNew": {"x": 1}, "theme": "plaid", "items": [
        {"_id": "1", "position": 0, "type": "hologram", "id": "u/h", "note": {"text": "n", "html": "<p>n</p>"}},
        {"_id": "2", "position": 1, "type": "bucket", "id": "u/b"}]})]),
    case("no_position", ARGS, [reply(AT, body={k: v for k, v in EMPTY.items() if k not in ("position", "theme")})],
         ours=lambda made: {"result": {"slug": SLUG, "items": []}} if "error" in made else {}, why="list answers have no `position`"),
    case("missing_page", ARGS, [sample("error.page-not-found.1", AT)]),
]
