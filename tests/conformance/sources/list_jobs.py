from _lists import listing, pages
from wire import OTHER, body, case, me, page, sample

ARGS = {"namespace": "lhoestq"}
AT = "GET /api/jobs/lhoestq"
JOB = body("inspect_job.1")


def one(number):
    return {**JOB, "id": str(number), "brandNew": 1}


CASES = listing(ARGS, AT, one) + [
    case("own_namespace", {}, [me("lhoestq"), sample("list_jobs.1", AT)]),
    case("documented", {"namespace": "example-user"}, [sample("list_jobs.2")]),
    case("all", {"status": ["running", "ERROR"], "labels": {"a": "b c", "é": ""}, "timeout": 5, "namespace": "org", "token": OTHER}, [page("GET /api/jobs/org", [one(1)])]),
    case("one_status", {**ARGS, "status": "Completed"}, [page(AT, [])]),
    case("unknown_status", {**ARGS, "status": "dancing"}, [page(AT, [])]),
    case("empty_lists", {**ARGS, "status": [], "labels": {}}, [page(AT, [])]),
    case("filtered_pages", {**ARGS, "labels": {"k": "v"}}, pages(AT, [[one(1)], [one(2)]], "label=k%3Dv&")),
]
