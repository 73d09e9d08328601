from _simple import by_id
from wire import OTHER, case, not_found, reply, sample

AT = "GET /api/datasets/cais/hle/leaderboard"
ARGS = {"repo_id": "cais/hle"}
ENTRY = {"rank": 1, "modelId": "u/m", "value": 0.5, "filename": ".eval_results/x.yaml", "verified": True, "author": {"name": "u", "fullname": "U", "avatarUrl": "/a.svg", "type": "user"}}

CASES = by_id(ARGS, AT, []) + [
    case("documented", ARGS, [sample("get_dataset_leaderboard.1")]),
    case("with_arguments", {**ARGS, "base_model_only": True, "timeout": 2.5, "token": OTHER}, [reply(AT, body=[ENTRY])]),
    case("not_base_models", {**ARGS, "base_model_only": False}, [reply(AT, body=[{**ENTRY, "author": {"name": "o", "fullname": "O", "avatarUrl": "/o.svg", "type": "org"}, "notes": "é", "pullRequest": 4, "brandNew": 1}])]),
    case("no_dataset", ARGS, [not_found(AT)]),
    case("no_leaderboard", ARGS, [reply(AT, 404, {"error": "This dataset has no leaderboard"})]),
    case("bad_repo_id", {"repo_id": "u/d/x"}),
]
