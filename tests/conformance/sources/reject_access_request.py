from _access import handle
from wire import case, reply

AT = "POST /api/models/o/gated/user-access-request/handle"
CASES = [{**made, "args": {"rejection_reason": None, **made["args"]}} for made in handle()] + [
    case("reason", {"repo_id": "o/gated", "user": "ann", "rejection_reason": "No é \"x\""}, [reply(AT, body={})]),
    case("empty_reason", {"repo_id": "o/gated", "user": "ann", "rejection_reason": ""}, [reply(AT, body={})]),
    case("no_reason_given", {"repo_id": "o/gated", "user": "ann"}),
]
