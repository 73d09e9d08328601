from wire import OTHER, case, error, forbidden, me, reply, sample

CASES = [
    case("minimal", {"job_id": "687f911eaea852de79c4a50a"}, [me(), reply("POST /api/jobs/me/687f911eaea852de79c4a50a/cancel", body={})]),
    case("all", {"job_id": "687f911eaea852de79c4a50a", "namespace": "org", "token": OTHER},
         [reply("POST /api/jobs/org/687f911eaea852de79c4a50a/cancel")]),
    case("recorded", {"job_id": "687f911eaea852de79c4a50a", "namespace": "lhoestq"}, [sample("cancel_job.1")]),
    case("missing", {"job_id": "1", "namespace": "org"}, [sample("error.job-not-found.1", "POST /api/jobs/org/1/cancel")]),
    case("forbidden", {"job_id": "1", "namespace": "org"}, [forbidden("POST /api/jobs/org/1/cancel")]),
    case("done_already", {"job_id": "1", "namespace": "org"}, [error("POST /api/jobs/org/1/cancel", 400, "Job is already completed")]),
    case("who_am_i_fails", {"job_id": "1"}, [sample("error.invalid-credentials.1", "GET /api/whoami-v2")]),
]
