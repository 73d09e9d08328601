from wire import OTHER, TYPES, case, forbidden, gated, not_found, refused, reply, sample, unauthorized

CASES = [
    case("minimal", {"repo_id": "openai-community/gpt2"}, [sample("auth_check.2")]),
    *[
        case(f"all_{kind}", {"repo_id": "u/r", "repo_type": kind, "write": True, "token": OTHER},
             [reply(f"GET /api/{kind}s/u/r/auth-check/write", text="OK")])
        for kind in TYPES
    ],
    case("no_namespace", {"repo_id": "gpt2"}, [reply("GET /api/models/gpt2/auth-check", text="OK")]),
    case("read_dataset", {"repo_id": "u/r", "repo_type": "dataset", "write": False}, [reply("GET /api/datasets/u/r/auth-check")]),
    case("kernel_refused", {"repo_id": "u/r", "repo_type": "kernel"}),
    case("bad_repo_id", {"repo_id": "u//r"}, **refused("Python asks for /api/models/u//r/auth-check")),
    case("missing", {"repo_id": "u/r"}, [not_found("GET /api/models/u/r/auth-check")]),
    case("anonymous", {"repo_id": "u/r", "token": False}, [unauthorized("GET /api/models/u/r/auth-check")]),
    case("bad_token", {"repo_id": "u/r"}, [sample("error.invalid-credentials.1", "GET /api/models/u/r/auth-check")]),
    case("gated", {"repo_id": "u/r", "repo_type": "dataset"}, [gated("GET /api/datasets/u/r/auth-check")]),
    case("gated_pending", {"repo_id": "u/r"}, [sample("error.gated-repo-pending.1", "GET /api/models/u/r/auth-check")]),
    case("gated_anonymous", {"repo_id": "u/r", "token": False}, [sample("error.gated-repo-anonymous.1", "GET /api/models/u/r/auth-check")]),
    case("disabled", {"repo_id": "u/r"}, [sample("error.disabled-repo.1", "GET /api/models/u/r/auth-check")]),
    case("no_write", {"repo_id": "u/r", "write": True}, [forbidden("GET /api/models/u/r/auth-check/write")]),
    case(
        "moved",
        {"repo_id": "old/r"},
        [
            reply("GET /api/models/old/r/auth-check", 307, headers={"location": "/api/models/new/r/auth-check"}),
            reply("GET /api/models/new/r/auth-check", text="OK"),
        ],
    ),
]
