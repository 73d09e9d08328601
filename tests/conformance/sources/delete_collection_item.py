from _simple import by_id
from wire import case, error, forbidden

ARGS = {"collection_slug": "u/my-title-64f9a55bb3115b4f513ec026", "item_object_id": "651597f66c7a9ff1a0d5e4d2"}
AT = "DELETE /api/collections/u/my-title-64f9a55bb3115b4f513ec026/items/651597f66c7a9ff1a0d5e4d2"

CASES = by_id(ARGS, AT, {"success": True}) + [
    case("missing_ok", {**ARGS, "missing_ok": True}, [error(AT, 404, "Not found")]),
    case("missing_ok_forbidden", {**ARGS, "missing_ok": True}, [forbidden(AT)]),
]
