from wire import OTHER, case, error, forbidden, me, sample

MODEL = "POST /-/catalog/model/meta-llama/Llama-3.2-3B-Instruct/deploy"
RECIPE = "POST /-/catalog/recipe/64f0c1d2/deploy"
MADE = "create_inference_endpoint_from_catalog.1"
ARGS = {"repo_id": "meta-llama/Llama-3.2-3B-Instruct", "namespace": "Wauplin"}

CASES = [
    case("minimal", {"repo_id": "meta-llama/Llama-3.2-3B-Instruct"}, [me("Wauplin"), sample(MADE, MODEL)]),
    case("all_model", {**ARGS, "name": "my-name", "accelerator": "gpu", "gguf_file": "a b/q4.gguf", "token": OTHER}, [sample(MADE, MODEL)]),
    case("all_recipe", {"recipe_id": "64f0c1d2", "name": "n", "namespace": "Wauplin", "token": OTHER}, [sample(MADE, RECIPE)]),
    case("odd_accelerator", {**ARGS, "accelerator": "abacus"}, [sample(MADE, MODEL)]),
    case("neither", {"namespace": "Wauplin"}),
    case("both", {**ARGS, "recipe_id": "1"}),
    case("recipe_with_accelerator", {"recipe_id": "1", "accelerator": "gpu"}),
    case("recipe_with_gguf", {"recipe_id": "1", "gguf_file": "x.gguf"}),
    case("no_token", {**ARGS, "token": False}),
    case("not_in_catalog", ARGS, [error(MODEL, 404, body={"error": "Model not in catalog"})]),
    case("forbidden", ARGS, [forbidden(MODEL)]),
]
