from _simple import by_id
from wire import body, case, me, reply, sample

AT = "GET /-/endpoints/v2/endpoint/Wauplin/my-endpoint-name"
ARGS = {"name": "my-endpoint-name", "namespace": "Wauplin"}
RUNNING = body("get_inference_endpoint.2")


def odd(body):
    body["status"]["state"] = "dancing"
    body["brandNew"] = 2**60 + 1
    body["model"].pop("task", None)


CASES = by_id(ARGS, AT, RUNNING) + [
    case("documented", ARGS, [sample("get_inference_endpoint.1", AT)]),
    case("own_namespace", {"name": "my-endpoint-name"}, [me("Wauplin"), sample("get_inference_endpoint.1", AT)]),
    case("token_of_organization", {"name": "my-endpoint-name"}, [reply("GET /api/whoami-v2", body={"type": "org", "name": "org"})],
         why="which namespace is meant cannot be known"),
    case("newer_answer", ARGS, [sample("get_inference_endpoint.1", AT, edit=odd)],
         ours={"result": {"name": "my-endpoint-name", "status": "dancing", "task": None}}, why="Python falls over an endpoint without `task`"),
]
