from wire import OTHER, body, case, error, forbidden, reply, sample

SLUG = "davanstrien/recent-models-64f9a55bb3115b4f513ec026"
ITEMS = f"POST /api/collections/{SLUG}/items"

CASES = [
    case("minimal", {"collection_slug": SLUG, "item_id": "gpt2", "item_type": "model"}, [sample("add_collection_item.1")]),
    case(
        "all",
        {"collection_slug": SLUG, "item_id": "u/d", "item_type": "dataset", "note": "why é \"so\"\nline", "exists_ok": True, "token": OTHER},
        [sample("add_collection_item.1")],
    ),
    *[
        case(f"type_{kind}", {"collection_slug": SLUG, "item_id": item, "item_type": kind}, [sample("add_collection_item.1")])
        for kind, item in (("space", "u/s"), ("paper", "2311.12983"), ("collection", "u/other-64f9a55bb3115b4f513ec026"), ("bucket", "u/b"))
    ],
    case("empty_note", {"collection_slug": SLUG, "item_id": "gpt2", "item_type": "model", "note": ""}, [sample("add_collection_item.1")]),
    case(
        "there_already_ok",
        {"collection_slug": SLUG, "item_id": "gpt2", "item_type": "model", "exists_ok": True},
        [error(ITEMS, 409, "Item already in collection"), sample("get_collection.1", f"GET /api/collections/{SLUG}")],
    ),
    case("there_already", {"collection_slug": SLUG, "item_id": "gpt2", "item_type": "model"}, [error(ITEMS, 409, "Item already in collection")]),
    case("forbidden", {"collection_slug": SLUG, "item_id": "gpt2", "item_type": "model"}, [forbidden(ITEMS)]),
    case("no_such_item", {"collection_slug": SLUG, "item_id": "u/none", "item_type": "model"}, [error(ITEMS, 404, "Item not found")]),
    case(
        "unknown_item_type_in_answer",
        {"collection_slug": SLUG, "item_id": "gpt2", "item_type": "model"},
        [reply(ITEMS, body=body("add_collection_item.1", brandNew={"a": 1}, items=[{"_id": "1", "id": "x", "type": "hologram", "position": 0}]))],
    ),
]
