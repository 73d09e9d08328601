from _files import head, route
from wire import OTHER, REVISIONS, TYPES, case, error, gated, no_revision, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r", "filename": "config.json"}
AT = route("HEAD", "config.json")

CASES = [
    case("minimal", ARGS, [head("config.json")]),
    *[
        case(f"all_{kind}_{name}", {**ARGS, "filename": "sub/é b#?%2F.json", "repo_type": kind, "revision": revision, "token": OTHER},
             [head("sub/é b#?%2F.json", kind, revision)])
        for kind in TYPES
        for name, revision in REVISIONS.items()
    ],
    case("kernel", {**ARGS, "repo_type": "kernel"}, [head("config.json", "kernel")]),
    case("recorded", {"repo_id": "OwnerOfTheGatedModel/tiny-gated-model", "filename": ".gitattributes"}, [sample("file_exists.1")]),
    case("recorded_missing", {"repo_id": "wzshiming/gpt2", "filename": "does-not-exist.txt"}, [sample("file_exists.2")]),
    case("no_namespace", {"repo_id": "gpt2", "filename": "config.json"}, [head("config.json", repo="gpt2")]),
    case("small_file_redirect", ARGS,
         [reply(AT, 307, headers={"location": "/api/resolve-cache/models/u/r/abc/config.json?x=&etag=%22e%22"}),
          reply("HEAD /api/resolve-cache/models/u/r/abc/config.json", headers={"etag": "\"e\"", "content-length": "6"})]),
    case("large_file_redirect", ARGS, [reply(AT, 302, headers={"location": "{storage}/blob", "x-linked-size": "10", "x-linked-etag": "\"e\""})],
         why="the storage host is not asked"),
    case("no_file", ARGS, [error(AT, 404, "Entry not found", "EntryNotFound")]),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision(route("HEAD", "config.json", revision="nope"))]),
    case("no_repo", ARGS, [not_found(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("gated", ARGS, [gated(AT)], why="gated is an error: whether the file exists is not known"),
    case("disabled", ARGS, [sample("error.disabled-repo.1", AT)]),
    case("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
    case("bad_type", {**ARGS, "repo_type": "bucket"}),
]
