from _job_calls import on_job
from wire import body, case, reply

CASES = on_job("PUT", "scheduled_job_id", "scheduled-jobs", "labels", "update_scheduled_job_labels", {"labels": {"a": "b"}}) + [
    case("no_labels", {"scheduled_job_id": "1", "namespace": "org", "labels": {}}, [reply("PUT /api/scheduled-jobs/org/1/labels", body=body("update_scheduled_job_labels.1"))]),
]
