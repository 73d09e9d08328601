from urllib.parse import quote

from wire import OTHER, REVISIONS, TYPES, case, forbidden, no_revision, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r"}
AT = "POST /api/models/u/r/super-squash/main"

CASES = [
    case("minimal", {"repo_id": "user/repo"}, [sample("super_squash_history.1")]),
    *[case(f"all_{kind}_{name}", {**ARGS, "branch": r, "commit_message": "é \"x\"", "repo_type": kind, "token": OTHER}, [reply(f"POST /api/{kind}s/u/r/super-squash/{quote(r, safe='')}")])
      for kind in TYPES for name, r in REVISIONS.items()],
    case("branch_in_message", {**ARGS, "branch": "feature/x"}, [reply("POST /api/models/u/r/super-squash/feature%2Fx", body={})]),
    case("empty_message", {**ARGS, "commit_message": ""}, [reply(AT)]),
    case("kernel_refused", {**ARGS, "repo_type": "kernel"}),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
    case("missing", ARGS, [not_found(AT)]),
    case("no_revision", {**ARGS, "branch": "nope"}, [no_revision("POST /api/models/u/r/super-squash/nope")]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
]
