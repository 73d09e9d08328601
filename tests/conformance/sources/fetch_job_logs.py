from _streams import events, stage, stream
from wire import OTHER, case, forbidden, me, sample, unauthorized

AT = "GET /api/jobs/org/1/logs"
ARGS = {"job_id": "1", "namespace": "org"}
NOISE = ": keep-alive\n\nevent: ping\ndata: not json\n\ndata: [1]\n\nretry: 5\n\n"

CASES = [
    case("minimal", {"job_id": "1"}, [me("org"), stream(AT, events("one", "two"))]),
    case("recorded", {"job_id": "687f911eaea852de79c4a50a", "namespace": "lhoestq"}, [sample("fetch_job_logs.1")]),
    case("all", {**ARGS, "follow": True, "tail": 2, "token": OTHER}, [stream(AT, events("é one\n", "two \"x\"")), stage("COMPLETED")]),
    case("started_line_is_dropped", ARGS, [stream(AT, events("===== Job started at 2025-07-22 13:24:05 =====", "one", "===== Job started", "x ===== Job started"))]),
    case("noise", ARGS, [stream(AT, NOISE + events("one") + NOISE + events("two"))]),
    case("crlf_lines", ARGS, [stream(AT, events("one", "two").replace("\n", "\r\n"))]),
    case("empty", ARGS, [stream(AT, "")]),
    case("no_end_of_line", ARGS, [stream(AT, events("one", "two").rstrip("\n"))]),
    case("tail", {**ARGS, "tail": 100}, [stream(AT, events("one"))]),
    case("tail_zero", {**ARGS, "tail": 0}, [stream(AT, events("one"))]),
    case("replay_ends_at_date", ARGS, [stream(AT, events("one", "two", "three", "four", "five"), date="Tue, 22 Jul 2025 13:24:02 GMT")],
         why="without follow, what happens after the answer's date (and a second) is not part of the replay"),
    case("follow_reconnects", {**ARGS, "follow": True},
         [stream(AT, events("one", "two")), stage("RUNNING", times=2), stream(AT, events("one", "two", "three")), stage("COMPLETED")],
         why="what was seen is not repeated"),
    case("follow_ends_between", {**ARGS, "follow": True}, [stream(AT, events("one")), stage("RUNNING"), stage("ERROR")]),
    case("follow_unknown_stage", {**ARGS, "follow": True}, [stream(AT, events("one")), stage("DANCING"), stage("CANCELED")]),
    case("follow_tail_reconnects", {**ARGS, "follow": True, "tail": 1},
         [stream(AT, events("three", start=3), query={"tail": "1"}), stage("RUNNING", times=2), stream(AT, events("one", "two", "two b", "three", "four")), stage("COMPLETED")],
         why="the second time the whole log comes: it goes on after the last event"),
    case("missing", ARGS, [sample("error.job-not-found.1", AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("unauthorized", {**ARGS, "token": False}, [unauthorized(AT)]),
]
