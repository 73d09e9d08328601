from wire import OTHER, body, case, forbidden, not_found, reply, sample

AT = "GET /api/spaces/u/s/runtime"
ARGS = {"repo_id": "u/s", "poll_interval": 0.001}
RUNTIME = body("wait_for_space.1")


def stage(name, **options):
    return reply(AT, body={**RUNTIME, "stage": name}, **options)


CASES = [
    case("minimal", {"repo_id": "user/space"}, [sample("wait_for_space.1")]),
    case("all", {**ARGS, "timeout": 20, "token": OTHER}, [stage("BUILDING"), stage("APP_STARTING"), stage("RUNNING")]),
    case("from_the_start", ARGS, [stage("RUNNING_BUILDING"), stage("RUNNING_APP_STARTING"), stage("BUILDING"), stage("RUNTIME_ERROR")]),
    case("paused", ARGS, [stage("PAUSED")]),
    case("unknown_stage", ARGS, [stage("DANCING")]),
    case("no_time", {**ARGS, "timeout": 0}, [stage("BUILDING")]),
    case("negative_timeout", {**ARGS, "timeout": -1}),
    case("zero_interval", {**ARGS, "poll_interval": 0}),
    case("negative_interval", {**ARGS, "poll_interval": -0.5}),
    case("missing", ARGS, [not_found(AT)]),
    case("fails_later", ARGS, [stage("BUILDING"), forbidden(AT)]),
    case("bad_repo_id", {**ARGS, "repo_id": "u/s/t"}),
]
