from _simple import by_id
from wire import body, case, me, reply, sample

AT = "GET /-/endpoints/v2/provider/Wauplin"

CASES = by_id({"namespace": "Wauplin"}, AT, body("list_inference_endpoints_hardware.1")) + [
    case("own_namespace", {}, [me("Wauplin"), sample("list_inference_endpoints_hardware.1", AT)]),
    case("none", {"namespace": "Wauplin"}, [reply(AT, body={"vendors": [{"name": "aws", "regions": []}]})]),
    case("token_of_organization", {}, [reply("GET /api/whoami-v2", body={"type": "org", "name": "org"})]),
]
