from _simple import by_id
from wire import OTHER, case, reply

AT = "PATCH /api/collections/u/c-64f9a55bb3115b4f513ec026/items/65f0c1d2e3a4b5c6d7e8f901"
ARGS = {"collection_slug": "u/c-64f9a55bb3115b4f513ec026", "item_object_id": "65f0c1d2e3a4b5c6d7e8f901"}

CASES = by_id({**ARGS, "note": "n"}, AT, {"success": True}) + [
    case("both", {**ARGS, "note": "é \"x\"\n", "position": 3, "token": OTHER}, [reply(AT, body={"success": True})]),
    case("first", {**ARGS, "position": 0}, [reply(AT)]),
    case("nothing", ARGS, [reply(AT)]),
    case("empty_note", {**ARGS, "note": ""}, [reply(AT)]),
]
