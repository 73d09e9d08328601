from _simple import by_id
from wire import OTHER, body, case, reply, sample

SLUG = "davanstrien/recent-models-64f9a55bb3115b4f513ec026"
AT = f"PATCH /api/collections/{SLUG}"
ARGS = {"collection_slug": SLUG}
DONE = body("update_collection_metadata.1")

CASES = by_id({**ARGS, "title": "T"}, AT, DONE) + [
    case("every_argument", {**ARGS, "title": "é \"T\"", "description": "d\n", "position": 0, "private": False, "theme": "plaid", "token": OTHER}, [sample("update_collection_metadata.1")]),
    case("nothing", ARGS, [reply(AT, body=DONE)]),
    case("empty_texts", {**ARGS, "title": "", "description": ""}, [reply(AT, body=DONE)]),
    case("newer_answer", ARGS, [reply(AT, body={"data": {**DONE["data"], "theme": "plaid", "brandNew": 1}, "brandNew": 1})]),
]
