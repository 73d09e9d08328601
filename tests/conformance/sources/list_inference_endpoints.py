from _simple import by_id
from wire import body, case, me, reply, sample

AT = "GET /-/endpoints/v2/endpoint/{}"
ITEMS = body("list_inference_endpoints.1")

CASES = by_id({"namespace": "Wauplin"}, AT.format("Wauplin"), ITEMS) + [
    case("own_namespace", {}, [me("Wauplin"), sample("list_inference_endpoints.2", AT.format("Wauplin"))]),
    case("token_of_organization", {}, [reply("GET /api/whoami-v2", body={"type": "org", "name": "org"})]),
    case("newer_answer", {"namespace": "o"}, [reply(AT.format("o"), body={"items": [{**ITEMS["items"][0], "type": "x", "brandNew": 2**60 + 1}]})]),
]
