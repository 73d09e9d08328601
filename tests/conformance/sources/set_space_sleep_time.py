from _space import runtime
from wire import case, sample

AT = "POST /api/spaces/u/s/sleeptime"

CASES = runtime({"sleep_time": 3600}, AT, "set_space_sleep_time") + [
    case("never", {"repo_id": "u/s", "sleep_time": -1}, [sample("set_space_sleep_time.1", AT)]),
    case("zero", {"repo_id": "u/s", "sleep_time": 0}, [sample("set_space_sleep_time.1", AT)]),
]
