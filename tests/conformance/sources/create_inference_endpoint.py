from wire import OTHER, case, error, forbidden, me, sample

AT = "POST /-/endpoints/v2/endpoint/Wauplin"
MADE = sample("create_inference_endpoint.1", AT)
NEEDED = {
    "name": "my-endpoint-name", "repository": "gpt2", "framework": "pytorch", "accelerator": "cpu", "instance_size": "x2",
    "instance_type": "intel-icl", "region": "us-east-1", "vendor": "aws",
}
ARGS = {**NEEDED, "namespace": "Wauplin"}
IMAGE = {"healthRoute": "/health", "env": {"MAX": "2048"}, "url": "ghcr.io/huggingface/text-generation-inference:1.1.0"}


def odd(body):
    body["status"]["state"] = "dancing"
    body["type"] = "telepathic"
    body["status"]["url"] = "https://x.endpoints.huggingface.cloud"
    body["compute"]["ticks"] = 2**60 + 1


CASES = [
    case("minimal", NEEDED, [me("Wauplin"), MADE]),
    case(
        "all",
        {**ARGS, "private_link_account_id": "123456789012", "private_link_region": "eu-west-1", "min_replica": 0, "max_replica": 3,
         "scaling_metric": "pendingRequests", "scaling_threshold": 2.5, "scale_to_zero_timeout": 15, "revision": "refs/pr/1", "task": "text-generation",
         "custom_image": IMAGE, "container_registry_username": "user", "container_registry_password": "pass", "container_command": ["serve", "--x"],
         "container_args": ["--max", "2"], "env": {"A": "é"}, "secrets": {"S": "x"}, "type": "public", "domain": "api.example.com", "path": "/v1",
         "cache_http_responses": True, "tags": ["a", "b"], "token": OTHER},
        [MADE],
    ),
    case("account_id_is_ignored", {**ARGS, "account_id": "123"}, [MADE]),
    case("hardware_metric", {**ARGS, "scaling_metric": "hardwareUsage", "scaling_threshold": 80}, [MADE]),
    case("metric_without_threshold", {**ARGS, "scaling_metric": "hardwareUsage"}, [MADE]),
    case("unknown_metric", {**ARGS, "scaling_metric": "vibes", "scaling_threshold": 0.1}, [MADE]),
    case("image_variant", {**ARGS, "custom_image": {"vLLM": {"url": "vllm/vllm-openai:latest", "tensorParallelSize": 8}}}, [MADE]),
    case("empty_maps", {**ARGS, "env": {}, "secrets": {}, "tags": [], "container_args": [], "cache_http_responses": False, "path": ""}, [MADE]),
    case("unknown_in_answer", ARGS, [sample("create_inference_endpoint.1", AT, edit=odd)]),
    case("protected", {**ARGS, "type": "protected"}),
    case("password_without_user", {**ARGS, "container_registry_password": "pass"}),
    case("credentials_without_image", {**ARGS, "container_registry_username": "user"}),
    case("credentials_for_variant", {**ARGS, "custom_image": {"vLLM": {"url": "x"}}, "container_registry_username": "user"}),
    case("private_link_without_region", {**ARGS, "private_link_account_id": "123456789012"}),
    case("exists", ARGS, [error(AT, 409, body={"error": "Endpoint already exists"})]),
    case("refused", ARGS, [error(AT, 400, body={"error": "instance type not available"})]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("unauthorized", {**ARGS, "token": False}, [error(AT, 401, "Invalid username or password.")]),
]
