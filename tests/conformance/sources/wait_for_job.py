from wire import OTHER, body, case, forbidden, me, reply, sample

ARGS = {"job_id": "1", "namespace": "org", "poll_interval": 0.001}
JOB = body("wait_for_job.1")


def stage(name, job="1", **options):
    return reply(f"GET /api/jobs/org/{job}", body={**JOB, "id": job, "status": {"stage": name, "message": None}}, **options)


CASES = [
    case("minimal", {"job_id": "687f911eaea852de79c4a50a"}, [me("lhoestq"), sample("wait_for_job.1")]),
    case("all", {**ARGS, "timeout": 20, "stages": ["RUNNING"], "token": OTHER}, [stage("SCHEDULING"), stage("RUNNING")]),
    case("to_the_end", ARGS, [stage("SCHEDULING"), stage("RUNNING"), stage("COMPLETED")]),
    case("stage_that_does_not_come", {**ARGS, "stages": ["RUNNING"]}, [stage("SCHEDULING"), stage("ERROR")]),
    case("several", {**ARGS, "job_id": ["1", "2"]}, [stage("RUNNING"), stage("COMPLETED"), stage("CANCELED", "2")],
         unordered=True, why="several jobs may be asked about at once"),
    case("list_of_one", {**ARGS, "job_id": ["1"]}, [stage("DELETED")]),
    case("no_jobs", {**ARGS, "job_id": []}),
    case("unknown_stage", ARGS, [stage("DANCING"), stage("COMPLETED")]),
    case("no_time", {**ARGS, "timeout": 0}, [stage("RUNNING")]),
    case("negative_timeout", {**ARGS, "timeout": -1}),
    case("zero_interval", {**ARGS, "poll_interval": 0}),
    case("missing", ARGS, [sample("error.job-not-found.1", "GET /api/jobs/org/1")]),
    case("fails_later", ARGS, [stage("RUNNING"), forbidden("GET /api/jobs/org/1")]),
]
