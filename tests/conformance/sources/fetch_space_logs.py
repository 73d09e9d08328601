from _streams import events, stream
from wire import OTHER, case, forbidden, not_found, sample, unauthorized

RUN = "GET /api/spaces/u/s/logs/run"
BUILD = "GET /api/spaces/u/s/logs/build"
ARGS = {"repo_id": "u/s"}

CASES = [
    case("minimal", ARGS, [stream(RUN, events("one\n", "two\n"))]),
    case("recorded", {"repo_id": "user/space"}, [sample("fetch_space_logs.1")]),
    case("all", {**ARGS, "build": True, "follow": True, "token": OTHER}, [stream(BUILD, events("é \"one\"\n", ""))]),
    case("follow_run", {**ARGS, "follow": True}, [stream(RUN, events("one"))]),
    case("job_started_is_kept", ARGS, [stream(RUN, events("===== Job started", "one"))]),
    case("noise", ARGS, [stream(RUN, ": hello\n\nevent: x\ndata: plain\n\n" + events("one"))]),
    case("replay_ends_at_date", ARGS, [stream(RUN, events("one", "two", "three", "four"), date="Tue, 22 Jul 2025 13:24:01 GMT")]),
    case("empty", ARGS, [stream(RUN, "")]),
    case("no_namespace", {"repo_id": "s"}, [stream("GET /api/spaces/s/logs/run", events("one"))]),
    case("missing", ARGS, [not_found(RUN)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(RUN)]),
    case("forbidden", ARGS, [forbidden(RUN)]),
    case("bad_repo_id", {"repo_id": "u/s/t"}),
]
