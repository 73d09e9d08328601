from _job_calls import on_job
from wire import OTHER, body, case, reply

AT = "PUT /api/jobs/org/1/expose"
FOUND = body("update_job_expose.1")

CASES = on_job("PUT", "job_id", "jobs", "expose", "update_job_expose") + [
    case("both", {"job_id": "1", "namespace": "org", "expose": [80, 81, 80], "expose_public": [90, 81], "token": OTHER}, [reply(AT, body=FOUND)]),
    case("private_only", {"job_id": "1", "namespace": "org", "expose": [80]}, [reply(AT, body=FOUND)]),
    case("none", {"job_id": "1", "namespace": "org", "expose": [], "expose_public": []}, [reply(AT, body=FOUND)]),
]
