from wire import OTHER, REVISIONS, SHA, TYPES, case, error, forbidden, no_revision, not_found, reply, sample, unauthorized

from urllib.parse import quote

ARGS = {"repo_id": "u/r", "tag": "v1.0"}
AT = "POST /api/models/u/r/tag/main"

CASES = [
    case("minimal", {"repo_id": "user/repo", "tag": "v1.0"}, [sample("create_tag.1")]),
    *[
        case(
            f"all_{kind}_{name}",
            {"repo_id": "u/r", "tag": "release/é 1", "tag_message": "One\n\ntwo \"é\"", "revision": revision, "repo_type": kind,
             "exist_ok": True, "token": OTHER},
            [reply(f"POST /api/{kind}s/u/r/tag/{quote(revision, safe='')}", body={})],
        )
        for kind in TYPES
        for name, revision in REVISIONS.items()
    ],
    case("kernel", {**ARGS, "repo_type": "kernel"}, [reply("POST /api/kernels/u/r/tag/main")]),
    case("at_commit", {**ARGS, "revision": SHA, "tag_message": ""}, [reply(f"POST /api/models/u/r/tag/{SHA}")]),
    case("exists", ARGS, [error(AT, 409, "Tag reference exists already: v1.0")]),
    case("exists_ok", {**ARGS, "exist_ok": True}, [error(AT, 409, "Tag reference exists already: v1.0")]),
    case("exists_ok_forbidden", {**ARGS, "exist_ok": True}, [forbidden(AT)]),
    case("no_such_revision", ARGS, [no_revision(AT)]),
    case("missing", ARGS, [not_found(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("bad_repo_id", {**ARGS, "repo_id": "a--b"}),
]
