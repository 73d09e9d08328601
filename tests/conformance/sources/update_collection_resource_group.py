from _simple import by_id
from wire import case, reply, sample

SLUG = "davanstrien/recent-models-64f9a55bb3115b4f513ec026"
AT = f"POST /api/collections/{SLUG}/resource-group"
ARGS = {"collection_slug": SLUG, "resource_group_id": "66670e5163145ca562cb1988"}

CASES = by_id(ARGS, AT, {}) + [
    case("sample", ARGS, [sample("update_collection_resource_group.1")]),
    case("none", {**ARGS, "resource_group_id": None}, [reply(AT)], why="null is sent: it takes the collection out of its group"),
    case("not_given", {"collection_slug": SLUG}),
]
