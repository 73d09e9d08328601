from _simple import by_id
from wire import case, me, reply

AT = "DELETE /-/endpoints/v2/endpoint/org/my-endpoint"
ARGS = {"name": "my-endpoint", "namespace": "org"}

CASES = by_id(ARGS, AT) + [
    case("own_namespace", {"name": "my-endpoint"}, [me(), reply("DELETE /-/endpoints/v2/endpoint/me/my-endpoint", 202)]),
]
