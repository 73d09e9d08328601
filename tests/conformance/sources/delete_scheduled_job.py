from _simple import by_id
from wire import case, me, reply, sample

AT = "DELETE /api/scheduled-jobs/org/687f911eaea852de79c4a50c"
ARGS = {"scheduled_job_id": "687f911eaea852de79c4a50c", "namespace": "org"}

CASES = by_id(ARGS, AT) + [
    case("own_namespace", {"scheduled_job_id": "1"}, [me(), reply("DELETE /api/scheduled-jobs/me/1", 204)]),
    case("no_such_job", ARGS, [sample("error.job-not-found.1", AT)]),
]
