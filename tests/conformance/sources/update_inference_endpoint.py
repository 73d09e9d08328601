from _endpoint_calls import on_endpoint
from wire import OTHER, case, sample

AT = "PUT /-/endpoints/v2/endpoint/Wauplin/my-endpoint-name"
ARGS = {"name": "my-endpoint-name", "namespace": "Wauplin"}
IMAGE = {"vLLM": {"url": "vllm/vllm-openai:latest", "healthRoute": "/health"}}
MADE = sample("update_inference_endpoint.1", AT)

CASES = on_endpoint("update_inference_endpoint", "PUT", args={"min_replica": 0}) + [
    case("all", {**ARGS, "accelerator": "gpu", "instance_size": "x1", "instance_type": "nvidia-l4", "min_replica": 0, "max_replica": 2, "scale_to_zero_timeout": 30,
                 "scaling_metric": "pendingRequests", "scaling_threshold": 1.5, "repository": "u/m", "framework": "pytorch", "revision": "refs/pr/1", "task": "t",
                 "custom_image": IMAGE, "container_command": ["x"], "container_args": ["y"], "tensor_parallel_size": 2, "data_parallel_size": 4, "env": {"A": "é"},
                 "secrets": {"S": "x"}, "domain": "d.example.com", "path": "/v1", "cache_http_responses": True, "tags": ["a"], "token": OTHER}, [MADE]),
    case("nothing", ARGS, [MADE]),
    case("falsy_values", {**ARGS, "env": {}, "secrets": {}, "tags": [], "container_args": [], "cache_http_responses": False, "path": "", "scale_to_zero_timeout": 0}, [MADE]),
    case("custom_image", {**ARGS, "custom_image": {"url": "ghcr.io/x", "port": 80}}, [MADE]),
    case("parallel_of_current_image", {**ARGS, "tensor_parallel_size": 2}, [sample("get_inference_endpoint.1", AT.replace("PUT", "GET")), MADE], unused=True),
]
CASES = [c if c["name"] != "all" or "tags" in c["args"] else {**c, "name": "other_token"} for c in CASES]
