from _job_calls import on_job

CASES = on_job("POST", "scheduled_job_id", "scheduled-jobs", "resume", "resume_scheduled_job", answer=False)
