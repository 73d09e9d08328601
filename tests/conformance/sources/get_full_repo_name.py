from wire import OTHER, case, me, sample

CASES = [
    case("minimal", {"model_id": "my-model"}, [me()]),
    case("organization", {"model_id": "my-model", "organization": "org", "token": OTHER}),
    case("other_token", {"model_id": "my-model", "token": OTHER}, [me("other")]),
    case("recorded", {"model_id": "x"}, [sample("get_full_repo_name.1")]),
    case("has_namespace", {"model_id": "u/my-model"}, ours={"result": "u/my-model"}, why="Python answers u/u/my-model"),
    case("bad_token", {"model_id": "my-model"}, [sample("error.invalid-credentials.1", "GET /api/whoami-v2")]),
    case("no_token", {"model_id": "my-model"}, token=None),
]
