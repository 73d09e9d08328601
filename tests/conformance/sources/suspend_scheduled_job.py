from _job_calls import on_job

CASES = on_job("POST", "scheduled_job_id", "scheduled-jobs", "suspend", "suspend_scheduled_job", answer=False)
