from urllib.parse import quote

from wire import OTHER, REVISIONS, SHA, TYPES, case, error, gated, no_revision, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r"}
AT = "GET /api/models/u/r"
FOUND = {"id": "u/r", "sha": SHA}

CASES = [
    case("minimal", ARGS, [reply(AT, body=FOUND)]),
    case("recorded", {"repo_id": "wzshiming/gpt2", "revision": "main"}, [sample("resolve_revision.1")]),
    *[case(f"all_{kind}_{name}", {**ARGS, "repo_type": kind, "revision": r, "cache_dir": "cache", "token": OTHER, "local_files_only": False},
           [reply(f"GET /api/{kind}s/u/r/revision/{quote(r, safe='')}", body=FOUND)]) for kind in TYPES for name, r in list(REVISIONS.items())[:2]],
    case("commit", {**ARGS, "revision": SHA}, why="a commit is its own answer: no request"),
    case("cached", {**ARGS, "cache_dir": "cache", "local_files_only": True}, files={"cache/models--u--r/refs/main": SHA}),
    case("cached_branch", {**ARGS, "revision": "feature/x", "repo_type": "dataset", "cache_dir": "cache", "local_files_only": True}, files={"cache/datasets--u--r/refs/feature/x": SHA}),
    case("not_cached", {**ARGS, "cache_dir": "cache", "local_files_only": True}),
    case("server_down_cached", {**ARGS, "cache_dir": "cache"}, [error(AT, 503, "down")], files={"cache/models--u--r/refs/main": SHA}),
    case("server_down", {**ARGS, "cache_dir": "cache"}, [error(AT, 500, "down")]),
    case("offline_cached", {**ARGS, "cache_dir": "cache"}, env={"HF_HUB_OFFLINE": "1"}, files={"cache/models--u--r/refs/main": SHA}),
    case("offline", {**ARGS, "cache_dir": "cache"}, env={"HF_HUB_OFFLINE": "1"}),
    case("missing", ARGS, [not_found(AT)]),
    case("missing_though_cached", {**ARGS, "cache_dir": "cache"}, [not_found(AT)], files={"cache/models--u--r/refs/main": SHA}),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision(AT + "/revision/nope")]),
    case("gated", ARGS, [gated(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("unknown_type", {**ARGS, "repo_type": "bucket"}),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
]
