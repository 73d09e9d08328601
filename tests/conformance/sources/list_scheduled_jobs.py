from _lists import listing
from wire import OTHER, body, case, me, page, sample

ARGS = {"namespace": "lhoestq"}
AT = "GET /api/scheduled-jobs/lhoestq"
JOB = body("inspect_scheduled_job.1")


def one(number, **labels):
    return {**JOB, "id": str(number), "jobSpec": {**JOB["jobSpec"], "labels": labels}, "brandNew": 1}


CASES = listing(ARGS, AT, one, paged=False) + [
    case("own_namespace", {}, [me("lhoestq"), sample("list_scheduled_jobs.1", AT)]),
    case("all", {"labels": {"a": "b c", "é": "x"}, "timeout": 5, "namespace": "org", "token": OTHER},
         [page("GET /api/scheduled-jobs/org", [one(1, a="b c", é="x"), one(2, a="b c"), one(3, a="b c", é="y"), one(4, a="b c", é="x", z="")])],
         why="the server knows one label: the others are looked at here"),
    case("empty_labels", {**ARGS, "labels": {}}, [page(AT, [one(1)])]),
]
