from _simple import by_id
from wire import body, case, not_found, reply, sample

AT = "GET /api/spaces/u/s/runtime"
ARGS = {"repo_id": "u/s"}
VOLUMES = [{"type": "bucket", "source": "u/b", "mountPath": "/data", "readOnly": False, "path": "x"}, {"type": "hologram", "source": "u/h", "mountPath": "/h"}]

CASES = by_id(ARGS, AT, body("get_space_runtime.1")) + [
    case("recorded_static", {"repo_id": "victor/static-space"}, [sample("get_space_runtime.2")]),
    case("runtime_error", {"repo_id": "wzshiming/hello_world"}, [sample("get_space_runtime.3")]),
    case("unknown_in_answer", ARGS, [reply(AT, body={"stage": "DANCING", "hardware": {"current": "quantum-x9", "requested": "cpu-basic"}, "storage": "enormous",
                                                     "gcTimeout": -1, "devMode": True, "volumes": VOLUMES, "brandNew": 2**60 + 1})]),
    case("hot_reloading", ARGS, [reply(AT, body={"stage": "RUNNING", "hardware": {"current": "cpu-basic", "requested": "cpu-basic"}, "gcTimeout": None,
                                                 "hotReloading": {"status": "created", "replicaStatuses": [["57vr7", "fully_matching"], ["x", None]]}})]),
    case("no_hardware", ARGS, [reply(AT, body={"stage": "NO_APP_FILE"})], ours=lambda made: {"result": {"stage": "NO_APP_FILE"}} if "error" in made else {},
         why="a Space that never ran has no hardware"),
    case("no_namespace", {"repo_id": "s"}, [sample("get_space_runtime.2", "GET /api/spaces/s/runtime")]),
    case("no_space", ARGS, [not_found(AT)]),
    case("bad_repo_id", {"repo_id": "u/s/t"}),
]
