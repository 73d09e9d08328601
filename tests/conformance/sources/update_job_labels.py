from _job_calls import on_job
from wire import body, case, reply

AT = "PUT /api/jobs/org/1/labels"
FOUND = body("update_job_labels.1")

CASES = on_job("PUT", "job_id", "jobs", "labels", "update_job_labels", {"labels": {"a": "b"}}) + [
    case("no_labels", {"job_id": "1", "namespace": "org", "labels": {}}, [reply(AT, body=FOUND)]),
    case("odd_labels", {"job_id": "1", "namespace": "org", "labels": {"é b": "", "name": "x/y"}}, [reply(AT, body=FOUND)]),
]
