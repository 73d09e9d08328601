from _simple import by_id
from wire import body, case, me, reply, sample

AT = "GET /api/jobs/lhoestq/687f911eaea852de79c4a50a"
ARGS = {"job_id": "687f911eaea852de79c4a50a", "namespace": "lhoestq"}
JOB = body("inspect_job.1")

CASES = by_id(ARGS, AT, JOB) + [
    case("own_namespace", {"job_id": "687f911eaea852de79c4a50a"}, [me("lhoestq"), sample("inspect_job.1", AT)]),
    case("running", ARGS, [sample("inspect_job.2", AT)]),
    case("third", ARGS, [sample("inspect_job.3", AT)]),
    case("unknown_in_answer", ARGS, [reply(AT, body={**JOB, "brandNew": 2**60 + 1, "flavor": "quantum-x9", "createdAt": "2025-07-22T13:23:58Z",
        "status": {"stage": "DANCING", "message": "é", "exposeUrls": ["https://x"], "sshUrl": "ssh://y", "brandNew": 1},
        "volumes": [{"type": "hologram", "source": "u/h", "mountPath": "/h", "readOnly": True}],
        "network": {"group": "g", "aliases": ["a"]}, "durations": {"schedulingSecs": 1, "runningSecs": 2, "totalSecs": 3}, "retry": 2,
        "labels": {"name": "x"}, "expose": {"ports": [80, 90], "portsPublic": [90]}, "initiator": {"type": "scheduled-job", "id": "1"}})]),
    case("bare_answer", ARGS, [reply(AT, body={"id": "1", "status": {"stage": "RUNNING"}, "owner": {"id": "1", "name": "lhoestq", "type": "user"}})]),
    case("no_such_job", ARGS, [sample("error.job-not-found.1", AT)]),
]
