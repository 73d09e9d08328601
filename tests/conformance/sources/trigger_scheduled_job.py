from _job_calls import on_job

CASES = on_job("POST", "scheduled_job_id", "scheduled-jobs", "run", "trigger_scheduled_job")
