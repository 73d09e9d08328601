from urllib.parse import quote

from wire import OTHER, REVISIONS, TYPES, case, gated, no_revision, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r"}
AT = "GET /api/models/u/r"

CASES = [
    case("minimal", {"repo_id": "OwnerOfTheGatedModel/tiny-gated-model"}, [sample("repo_info.2")]),
    case("recorded_dataset", {"repo_id": "akariasai/PopQA", "repo_type": "dataset"}, [sample("repo_info.1")]),
    *[case(f"all_{kind}_{name}", {**ARGS, "revision": r, "repo_type": kind, "timeout": 5, "files_metadata": True, "token": OTHER},
           [reply(f"GET /api/{kind}s/u/r/revision/{quote(r, safe='')}", body={"id": "u/r", "sha": "a" * 40, "siblings": [{"rfilename": "é", "size": 2**53 + 1, "blobId": "b"}]})])
      for kind in TYPES for name, r in REVISIONS.items()],
    *[case(f"expand_{kind}", {**ARGS, "repo_type": kind, "expand": ["likes", "sha"]}, [reply(f"GET /api/{kind}s/u/r", body={"id": "u/r", "likes": 2})]) for kind in TYPES],
    case("kernel", {**ARGS, "repo_type": "kernel", "revision": "refs/pr/1"}, [sample("kernel_info.1", "GET /api/kernels/u/r/revision/refs%2Fpr%2F1")]),
    case("kernel_ignores_expand", {**ARGS, "repo_type": "kernel", "expand": ["likes"], "files_metadata": True}, [sample("kernel_info.1", "GET /api/kernels/u/r")]),
    case("expand_and_files", {**ARGS, "expand": ["likes"], "files_metadata": True}),
    case("missing", {**ARGS, "repo_type": "space"}, [not_found("GET /api/spaces/u/r")]),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision(AT + "/revision/nope")]),
    case("gated", ARGS, [gated(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("unknown_type", {**ARGS, "repo_type": "bucket"}),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
]
