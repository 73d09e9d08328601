from _simple import by_id
from wire import body, case, me, reply, sample

AT = "GET /api/scheduled-jobs/lhoestq/687f911eaea852de79c4a50c"
ARGS = {"scheduled_job_id": "687f911eaea852de79c4a50c", "namespace": "lhoestq"}
JOB = body("inspect_scheduled_job.1")

CASES = by_id(ARGS, AT, JOB) + [
    case("own_namespace", {"scheduled_job_id": "687f911eaea852de79c4a50c"}, [me("lhoestq"), sample("inspect_scheduled_job.1", AT)]),
    case("documented", {"scheduled_job_id": "65f0c1d2e3a4b5c6d7e8f902", "namespace": "example-user"}, [sample("inspect_scheduled_job.2")]),
    case("newer_answer", ARGS, [reply(AT, body={**JOB, "brandNew": 1, "suspend": None, "jobSpec": {**JOB["jobSpec"], "brandNew": 1, "flavor": "quantum-x9"}})]),
    case("no_such_job", ARGS, [sample("error.job-not-found.1", AT)]),
]
