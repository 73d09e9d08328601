from _job_calls import on_job

CASES = on_job("POST", "job_id", "jobs", "duplicate", "rerun_job")
