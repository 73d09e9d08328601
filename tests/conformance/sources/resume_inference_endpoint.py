from _endpoint_calls import on_endpoint
from wire import OTHER, case, error, sample

AT = "POST /-/endpoints/v2/endpoint/Wauplin/my-endpoint-name/resume"
ARGS = {"name": "my-endpoint-name", "namespace": "Wauplin"}
RUNNING = error(AT, 400, body={"error": "Endpoint is already running"})

CASES = on_endpoint("resume_inference_endpoint", suffix="/resume") + [
    case("running_ok", {**ARGS, "running_ok": True, "token": OTHER}, [RUNNING, sample("get_inference_endpoint.2", AT.replace("POST", "GET").removesuffix("/resume"))]),
    case("running_not_ok", {**ARGS, "running_ok": False}, [RUNNING]),
    case("running_ok_text", ARGS, [error(AT, 400, text="the endpoint is already running"), sample("get_inference_endpoint.2", AT.replace("POST", "GET").removesuffix("/resume"))]),
]
