from _space import runtime
from wire import OTHER, case, sample

AT = "POST /api/spaces/u/s/restart"

CASES = runtime({}, AT, "restart_space") + [
    case("factory", {"repo_id": "u/s", "factory_reboot": True, "token": OTHER}, [sample("restart_space.1", AT, query={"factory": "true"})]),
    case("no_factory", {"repo_id": "u/s", "factory_reboot": False}, [sample("restart_space.1", AT)]),
]
