from urllib.parse import quote

from wire import OTHER, REVISIONS, SHA, TYPES, case, forbidden, gated, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r", "revision": "main"}
AT = "GET /api/models/u/r/revision/main"

CASES = [
    case("minimal", ARGS, [reply(AT, body={"id": "u/r"})]),
    *[case(f"all_{kind}_{name}", {"repo_id": "u/r", "revision": r, "repo_type": kind, "token": OTHER}, [reply(f"GET /api/{kind}s/u/r/revision/{quote(r, safe='')}", body={"id": "u/r"})])
      for kind in TYPES for name, r in REVISIONS.items()],
    case("commit", {**ARGS, "revision": SHA}, [reply(f"GET /api/models/u/r/revision/{SHA}", body={"id": "u/r"})]),
    case("kernel", {**ARGS, "repo_type": "kernel"}, [sample("kernel_info.1", "GET /api/kernels/u/r/revision/main")]),
    case("recorded", {"repo_id": "wzshiming/gpt2", "revision": "main"}, [sample("revision_exists.1")]),
    case("recorded_missing", {"repo_id": "wzshiming/gpt2", "revision": "does-not-exist"}, [sample("revision_exists.2")]),
    case("missing", ARGS, [not_found(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("gated", ARGS, [gated(AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("unknown_type", {**ARGS, "repo_type": "bucket"}),
    case("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
]
