from _simple import by_id
from wire import body, case, not_found, reply, sample

AT = "POST /api/spaces/u/s/dev-mode"
ARGS = {"repo_id": "u/s"}
RUNTIME = body("disable_space_dev_mode.1")

CASES = by_id(ARGS, AT, RUNTIME) + [
    case("recorded", ARGS, [sample("disable_space_dev_mode.1", AT)]),
    case("unknown_in_answer", ARGS, [reply(AT, body={**RUNTIME, "stage": "DANCING", "hardware": {"current": "quantum-x9", "requested": "cpu-basic"}, "brandNew": 2**60 + 1})]),
    case("bare_answer", ARGS, [reply(AT, body={"stage": "RUNNING", "hardware": {}, "gcTimeout": None, "storage": None})]),
    case("no_namespace", {"repo_id": "s"}, [reply("POST /api/spaces/s/dev-mode", body=RUNTIME)]),
    case("no_space", ARGS, [not_found(AT)]),
    case("bad_repo_id", {"repo_id": "u/s/t"}),
]
