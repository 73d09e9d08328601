from _jobs import VOLUMES
from _simple import by_id
from wire import OTHER, case, not_found, reply, sample

AT = "PUT /api/spaces/u/s/volumes"
ARGS = {"repo_id": "u/s", "volumes": VOLUMES}

CASES = by_id(ARGS, AT, {}) + [
    case("sample", {**ARGS, "repo_id": "user/space"}, [sample("set_space_volumes.1")]),
    case("none", {**ARGS, "volumes": [], "token": OTHER}, [reply(AT)]),
    case("default_type", {**ARGS, "volumes": [{"source": "u/m", "mount_path": "/m"}]}, [reply(AT)]),
    case("no_namespace", {**ARGS, "repo_id": "s"}, [reply("PUT /api/spaces/s/volumes")]),
    case("no_space", ARGS, [not_found(AT)]),
    case("bad_repo_id", {**ARGS, "repo_id": "u/s/t"}),
]
