from _downloads import both, cached, get
from _files import head, route
from wire import OTHER, SHA, TYPES, case, error, gated, no_revision, not_found, reply, sample, unauthorized

ARGS = {"repo_id": "u/r", "filename": "config.json"}
AT = route("HEAD", "config.json")

CASES = [
    case("minimal", ARGS, both("config.json")),
    *[
        case(f"all_{kind}_{name}", {**ARGS, "filename": "é b#?%2F.json", "subfolder": "sub/x", "repo_type": kind, "revision": r, "cache_dir": "cache", "etag_timeout": 5,
                                    "force_download": False, "token": OTHER, "local_files_only": False, "dry_run": False},
             both("sub/x/é b#?%2F.json", kind, r))
        for kind in (*TYPES, "kernel")
        for name, r in (("pr", "refs/pr/1"), ("slash", "feature/x"))
    ],
    case("cache_dir", {**ARGS, "cache_dir": "cache"}, both("config.json")),
    case("local_dir", {**ARGS, "filename": "sub/é.txt", "local_dir": "here"}, both("sub/é.txt")),
    case("local_dir_replaces", {**ARGS, "revision": SHA, "local_dir": "here"}, both("config.json", revision=SHA), files={"here/config.json": "old"}),
    case("empty_subfolder", {**ARGS, "subfolder": ""}, both("config.json")),
    case("no_namespace", {**ARGS, "repo_id": "gpt2"}, both("config.json", repo="gpt2")),
    case("empty_file", ARGS, both("config.json", text=""), unused=True),
    case("commit", {**ARGS, "revision": SHA, "cache_dir": "cache"}, files=cached("config.json"), why="a file of a commit that is cached: no request"),
    case("forced", {**ARGS, "revision": SHA, "cache_dir": "cache", "force_download": True}, both("config.json", revision=SHA, text="new"), files=cached("config.json")),
    case("large_file", ARGS, [reply(AT, 302, headers={"x-repo-commit": SHA, "location": "{storage}/blob", "x-linked-size": "6", "x-linked-etag": "\"e\"", "etag": "\"x\""}),
                              reply("GET /blob", text="Hello\n", host="storage")], why="the storage host gets no token"),
    case("small_file_redirect", ARGS, [reply(AT, 307, headers={"location": "/api/resolve-cache/models/u/r/abc/config.json?x=&etag=%22e%22", "x-repo-commit": SHA}),
                                       reply("HEAD /api/resolve-cache/models/u/r/abc/config.json", headers={"x-repo-commit": SHA, "etag": "\"e\"", "content-length": "6"}),
                                       reply("GET /api/resolve-cache/models/u/r/abc/config.json", text="Hello\n", headers={"x-repo-commit": SHA, "etag": "\"e\""})]),
    case("weak_etag", {**ARGS, "cache_dir": "cache"}, [head("config.json", size=9, headers={"etag": "W/\"weak\""}), reply(route("GET", "config.json"), text="Hello é\n", headers={"x-repo-commit": SHA, "etag": "W/\"weak\""})]),
    case("dry_run", {**ARGS, "cache_dir": "cache", "dry_run": True}, [head("config.json", size=9)]),
    case("dry_run_cached", {**ARGS, "cache_dir": "cache", "dry_run": True}, [head("config.json", size=9)], files=cached("config.json")),
    case("dry_run_local_dir", {**ARGS, "local_dir": "here", "dry_run": True}, [head("config.json", size=9)]),
    case("dry_run_offline", {**ARGS, "cache_dir": "cache", "dry_run": True}, env={"HF_HUB_OFFLINE": "1"}),
    case("only_local", {**ARGS, "cache_dir": "cache", "local_files_only": True}, files=cached("config.json")),
    case("only_local_branch", {**ARGS, "cache_dir": "cache", "revision": "feature/x", "repo_type": "dataset", "local_files_only": True}, files=cached("config.json", "dataset", revision="feature/x")),
    case("only_local_missing", {**ARGS, "cache_dir": "cache", "local_files_only": True}),
    case("offline", {**ARGS, "cache_dir": "cache"}, env={"HF_HUB_OFFLINE": "1"}, files=cached("config.json")),
    case("offline_missing", {**ARGS, "cache_dir": "cache"}, env={"HF_HUB_OFFLINE": "1"}),
    case("no_file", ARGS, [error(AT, 404, "Entry not found", "EntryNotFound")]),
    case("no_file_of_commit", {**ARGS, "cache_dir": "cache"}, [error(AT, 404, "Entry not found", "EntryNotFound", headers={"x-repo-commit": SHA})]),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision(route("HEAD", "config.json", revision="nope"))]),
    case("missing", ARGS, [not_found(AT)]),
    case("gated", ARGS, [gated(AT)]),
    case("gated_sample", ARGS, [sample("error.gated-repo-not-in-list.1", AT)]),
    case("disabled", ARGS, [sample("error.disabled-repo.1", AT)], why="that it is disabled is told, not that it is not cached",
         ours={"error": {"kind": "DisabledRepo", "status": 403, "messages": ["Access to this resource is disabled."]}}),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("server_down_cached", {**ARGS, "cache_dir": "cache"}, [error(AT, 503, "down", times=0)], files=cached("config.json")),
    case("no_etag", ARGS, [reply(AT, headers={"x-repo-commit": SHA, "content-length": "1"})]),
    case("no_commit", ARGS, [reply(AT, headers={"etag": "\"e\"", "content-length": "1"})]),
    case("unknown_type", {**ARGS, "repo_type": "bucket"}),
    case("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
]
for one in CASES:
    one.update(one_get=True, why=one.get("why") or "one GET tells what a HEAD and a GET do")
