from _streams import stage, stream
from wire import OTHER, case, error, forbidden, me, sample

AT = "GET /api/jobs/org/1/metrics"
ARGS = {"job_id": "1", "namespace": "org"}
ONE = 'event: metric\ndata: {"cpu_usage_pct":0,"cpu_millicores":3500,"memory_used_bytes":1306624,"memory_total_bytes":15032385536,"rx_bps":0.5,"tx_bps":0,"gpus":{},"replica":"57vr7"}\n\n'
TWO = 'event: metric\ndata: {"cpu_usage_pct":12.5,"memory_total_bytes":1152921504606846977,"gpus":{"0":{"utilization":90,"memory_used_bytes":9007199254740993}},"replica":"57vr7"}\n\n'

CASES = [
    case("minimal", {"job_id": "1"}, [me("org"), stream(AT, ONE + TWO)], why="without follow only the first event is told"),
    case("recorded", {"job_id": "687f911eaea852de79c4a50a", "namespace": "lhoestq"}, [sample("fetch_job_metrics.1")]),
    case("all", {**ARGS, "follow": True, "token": OTHER}, [stream(AT, ONE + TWO), stage("COMPLETED")]),
    case("follow_reconnects", {**ARGS, "follow": True}, [stream(AT, ONE), stage("RUNNING", times=2), stream(AT, TWO), stage("COMPLETED")],
         why="events are not skipped: each stream is the present"),
    case("follow_not_yet", {**ARGS, "follow": True}, [error(AT, 406, "not running yet"), stage("SCHEDULING", times=2), stream(AT, ONE), stage("COMPLETED")]),
    case("none", ARGS, [stream(AT, ": nothing\n\n")]),
    case("missing", ARGS, [sample("error.job-not-found.1", AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
]
