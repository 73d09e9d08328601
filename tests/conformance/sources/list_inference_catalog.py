from wire import OTHER, case, error, reply, sample

AT = "GET /-/catalog/list"

CASES = [
    case("minimal", {}, [sample("list_inference_catalog.1", AT)]),
    case("all", {"accelerator": "gpu", "engine": "vllm", "license": "Apache 2.0", "task": "text-generation", "search": "é&x", "limit": 3, "token": OTHER}, [sample("list_inference_catalog.1", AT)]),
    case("zero", {"limit": 0, "search": "", "engine": "brand-new"}, [reply(AT, body={"items": []})]),
    case("newer_answer", {}, [reply(AT, body={"brandNew": 1, "items": [{"repoId": "u/m", "modelName": "m", "authorName": "u", "license": "x", "task": "t", "createdAt": "2026-03-02T10:11:12Z",
        "brandNew": 1, "recipes": [{"publicId": "p", "accelerator": "abacus", "engineType": "brand-new", "ggufFile": "a.gguf", "revision": None, "brandNew": 1}]}]})]),
    case("anonymous", {"token": False}, [error(AT, 401, "Invalid username or password.")]),
    case("refused", {}, [error(AT, 400, body={"error": "Unknown accelerator"})]),
]
