from urllib.parse import quote

from _downloads import both, cached, oid, text_of
from wire import OTHER, SHA, TYPES, case, error, gated, no_revision, not_found, reply, unauthorized

ARGS = {"repo_id": "u/r"}
FEWER = "the tree tells what a HEAD per file would"


def info(kind="model", revision="main", **options):
    return reply(f"GET /api/{kind}s/u/r/revision/{quote(revision, safe='')}", body={"id": "u/r", "sha": SHA}, **options)


def listing(*paths, kind="model", **options):
    files = [{"type": "file", "path": p, "size": len(text_of(p).encode()), "oid": oid(p)} for p in paths]
    return reply(f"GET /api/{kind}s/u/r/tree/{SHA}", body=[*files, {"type": "directory", "path": "a", "oid": "2" * 40, "size": 0}], **options)


def files(*paths, kind=None):
    return [r for p in paths for r in both(p, kind, SHA, text=text_of(p), etag=oid(p))]


def snapshot(name, args, replies=(), **options):
    return case(name, args, replies, **{"unordered": True, "free": ["HEAD"], "why": FEWER, **options})


CASES = [
    snapshot("minimal", ARGS, [info(), listing("a/é b.txt", "config.json"), *files("a/é b.txt", "config.json")]),
    *[
        snapshot(f"all_{kind}_{name}", {**ARGS, "repo_type": kind, "revision": r, "cache_dir": "cache", "etag_timeout": 5, "force_download": False, "token": OTHER,
                                        "local_files_only": False, "allow_patterns": ["*.txt", "a/"], "ignore_patterns": ["*.log"], "max_workers": 2, "dry_run": False},
                 [info(kind, r), listing("a/é b.txt", "config.json", "a/x.log", kind=kind), *files("a/é b.txt", kind=kind)])
        for kind in TYPES
        for name, r in (("pr", "refs/pr/1"), ("slash", "feature/x"))
    ],
    snapshot("commit", {**ARGS, "revision": SHA, "cache_dir": "cache"}, [listing("config.json"), *files("config.json")]),
    snapshot("local_dir", {**ARGS, "local_dir": "here"}, [info(), listing("sub/é.txt", "config.json"), *files("sub/é.txt", "config.json")]),
    snapshot("single_patterns", {**ARGS, "allow_patterns": "*.json", "ignore_patterns": "a*"}, [info(), listing("a.json", "b.json"), *files("x", "b.json")[2:]]),
    snapshot("nothing_matches", {**ARGS, "cache_dir": "cache", "allow_patterns": "*.zip"}, [info(), listing("a.json")]),
    snapshot("partly_cached", {**ARGS, "revision": SHA, "cache_dir": "cache"}, [listing("config.json", "b.txt"), *files("config.json", "b.txt")[2:]], files=cached("config.json", text=text_of("config.json")),
             why="what is there of a commit is not asked again"),
    snapshot("dry_run", {**ARGS, "cache_dir": "cache", "dry_run": True}, [info(), listing("config.json", "b.txt"), *[r for r in files("config.json", "b.txt") if r["match"]["method"] == "HEAD"]]),
    snapshot("only_local", {**ARGS, "cache_dir": "cache", "local_files_only": True}, files=cached("config.json")),
    snapshot("only_local_missing", {**ARGS, "cache_dir": "cache", "local_files_only": True}),
    snapshot("offline", {**ARGS, "cache_dir": "cache"}, env={"HF_HUB_OFFLINE": "1"}, files=cached("config.json")),
    snapshot("offline_missing", {**ARGS, "cache_dir": "cache"}, env={"HF_HUB_OFFLINE": "1"}),
    snapshot("dry_run_offline", {**ARGS, "cache_dir": "cache", "dry_run": True}, env={"HF_HUB_OFFLINE": "1"}),
    snapshot("missing", ARGS, [not_found("GET /api/models/u/r/revision/main")]),
    snapshot("missing_but_cached", {**ARGS, "cache_dir": "cache"}, [not_found("GET /api/models/u/r/revision/main")], files=cached("config.json")),
    snapshot("no_revision", {**ARGS, "revision": "nope"}, [no_revision("GET /api/models/u/r/revision/nope")]),
    snapshot("gated", ARGS, [gated("GET /api/models/u/r/revision/main")]),
    snapshot("anonymous", {**ARGS, "token": False}, [unauthorized("GET /api/models/u/r/revision/main")]),
    snapshot("server_down", ARGS, [error("GET /api/models/u/r/revision/main", 500, "down")]),
    snapshot("server_down_cached", {**ARGS, "cache_dir": "cache"}, [error("GET /api/models/u/r/revision/main", 500, "down")], files=cached("config.json")),
    snapshot("unknown_type", {**ARGS, "repo_type": "bucket"}),
    snapshot("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
]
