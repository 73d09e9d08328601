from urllib.parse import quote

from wire import OTHER, REVISIONS, body, case, gated, no_revision, not_found, reply, sample, unauthorized

AT = "GET /api/kernels/u/k"
ARGS = {"repo_id": "u/k"}

CASES = [
    case("minimal", ARGS, [sample("kernel_info.1", AT)]),
    case("all", {**ARGS, "revision": "main", "timeout": 3.5, "token": OTHER}, [sample("kernel_info.1", f"{AT}/revision/main")]),
    *[case(f"revision_{name}", {**ARGS, "revision": r}, [sample("kernel_info.1", f"{AT}/revision/{quote(r, safe='')}")]) for name, r in REVISIONS.items()],
    case("no_namespace", {"repo_id": "k"}, [sample("kernel_info.1", "GET /api/kernels/k")]),
    case("newer_answer", ARGS, [reply(AT, body=body("kernel_info.1", brandNew={"x": 2**53 + 1}, gated="manual", lastModified="2026-08-01T12:00:00Z"))]),
    case("missing", ARGS, [not_found(AT)]),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision(f"{AT}/revision/nope")]),
    case("gated", ARGS, [gated(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)], why="Python takes a 401 for a missing repository only for models, datasets and spaces",
         ours={"error": {"kind": "RepositoryNotFound", "status": 401, "messages": ["Invalid username or password."]}}),
    case("bad_repo_id", {"repo_id": "u/k/x"}),
]
