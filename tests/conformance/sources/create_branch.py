from wire import OTHER, SHA, TYPES, case, error, forbidden, no_revision, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r", "branch": "dev"}
AT = "POST /api/models/u/r/branch/dev"


def refs(*names):
    return {"branches": [{"name": n, "ref": f"refs/heads/{n}", "targetCommit": SHA} for n in names], "converts": [], "tags": []}


CASES = [
    case("minimal", {"repo_id": "user/repo", "branch": "dev"}, [sample("create_branch.1")]),
    *[
        case(
            f"all_{kind}",
            {"repo_id": "u/r", "branch": "feature/x", "revision": "refs/pr/1", "repo_type": kind, "exist_ok": True, "token": OTHER},
            [reply(f"POST /api/{kind}s/u/r/branch/feature%2Fx", body={})],
        )
        for kind in TYPES
    ],
    case("kernel", {**ARGS, "repo_type": "kernel"}, [reply("POST /api/kernels/u/r/branch/dev", body={})]),
    case("no_namespace", {"repo_id": "r", "branch": "dev", "revision": SHA}, [reply("POST /api/models/r/branch/dev")]),
    case("odd_name", {"repo_id": "u/r", "branch": "v1.0+é #2?"}, [reply("POST /api/models/u/r/branch/v1.0%2B%C3%A9%20%232%3F")]),
    case("exists", ARGS, [sample("error.already-exists.4", AT)]),
    case("exists_ok", {**ARGS, "exist_ok": True}, [sample("error.already-exists.4", AT)]),
    case("exists_ok_read_only", {**ARGS, "exist_ok": True}, [forbidden(AT), reply("GET /api/models/u/r/refs", body=refs("main", "dev"))],
         why="without the right to write, a branch that is there counts as made"),
    case("not_there_read_only", {**ARGS, "exist_ok": True}, [forbidden(AT), reply("GET /api/models/u/r/refs", body=refs("main"))]),
    case("refs_fail_read_only", {**ARGS, "exist_ok": True}, [forbidden(AT), forbidden("GET /api/models/u/r/refs", "no refs for you")],
         why="the first error is told"),
    case(
        "exists_ok_read_only_slash",
        {"repo_id": "u/r", "branch": "feature/x", "exist_ok": True},
        [forbidden("POST /api/models/u/r/branch/feature%2Fx"), reply("GET /api/models/u/r/refs", body=refs("main", "feature/x"))],
        ours={"result": None},
        why="Python compares the percent-encoded name with the refs and never finds it",
    ),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("missing", ARGS, [not_found(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("no_such_start", {**ARGS, "revision": "nope"}, [no_revision(AT)]),
    case("reserved", {"repo_id": "u/r", "branch": "refs/pr/5"},
         [error("POST /api/models/u/r/branch/refs%2Fpr%2F5", 400, "Invalid reference for a branch: refs/pr/5")]),
    case("bad_repo_id", {"repo_id": "-r", "branch": "dev"}),
]
