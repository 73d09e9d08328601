from _job_calls import on_job
from wire import body, case, reply

CASES = on_job("POST", "scheduled_job_id", "scheduled-jobs", "schedule", "update_scheduled_job_schedule", {"schedule": "@daily"}) + [
    case("cron", {"scheduled_job_id": "1", "namespace": "org", "schedule": "*/5 0 * * MON-FRI"},
         [reply("POST /api/scheduled-jobs/org/1/schedule", body=body("update_scheduled_job_schedule.1"))]),
]
