from _space import runtime
from wire import OTHER, case, sample

AT = "POST /api/spaces/u/s/hardware"

CASES = runtime({"hardware": "t4-medium"}, AT, "request_space_hardware") + [
    case("second", {"repo_id": "u/s", "hardware": "cpu-upgrade"}, [sample("request_space_hardware.2", AT)]),
    case("sleep", {"repo_id": "u/s", "hardware": "quantum-x9", "sleep_time": -1, "token": OTHER}, [sample("request_space_hardware.1", AT)]),
    case("sleep_on_basic", {"repo_id": "u/s", "hardware": "cpu-basic", "sleep_time": 0}, [sample("request_space_hardware.1", AT)]),
]
