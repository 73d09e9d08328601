import hashlib
from urllib.parse import quote

from create_commit import git_oid
from _downloads import cached
from wire import OTHER, SHA, case, error, gated, no_revision, not_found, reply, unauthorized

ARGS = {"repo_id": "u/r", "local_dir": "here"}
AT = "GET /api/models/u/r/tree/main"
FILES = {"here/a.txt": "A\n", "here/sub/é.bin": "big", "here/extra.txt": "x", "here/.cache/huggingface/download/a.metadata": "m", "here/.git/config": "g"}


def file(path, content, lfs=False):
    made = {"type": "file", "path": path, "size": len(content), "oid": git_oid(content)}
    if lfs:
        made.update(oid="9" * 40, lfs={"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 120})
    return made


GOOD = [file("a.txt", b"A\n"), file("sub/é.bin", b"big", True), {"type": "directory", "path": "sub", "oid": "d" * 40, "size": 0}]


def verify(name, args, replies=(), **options):
    return case(name, args, replies, **{"files": FILES, **options})


CASES = [
    verify("minimal", ARGS, [reply(AT, body=GOOD)]),
    *[verify(f"all_{kind}_{name}", {**ARGS, "repo_type": kind, "revision": r, "token": OTHER}, [reply(f"GET /api/{kind}s/u/r/tree/{quote(r, safe='')}", body=GOOD)])
      for kind in ("model", "dataset", "space", "kernel") for name, r in (("pr", "refs/pr/1"), ("slash", "feature/x"))],
    verify("differences", ARGS, [reply(AT, body=[file("a.txt", b"other"), file("sub/é.bin", b"other", True), file("missing/x", b""), file("b", b"")])]),
    case("cache", {"repo_id": "u/r", "cache_dir": "cache"}, [reply(f"GET /api/models/u/r/tree/{SHA}", body=[file("a.txt", b"A\n")])], files=cached("a.txt", text="A\n")),
    case("cache_branch", {"repo_id": "u/r", "cache_dir": "cache", "revision": "feature/x"}, [reply(f"GET /api/models/u/r/tree/{SHA}", body=[file("a.txt", b"A\n")])],
         files=cached("a.txt", text="A\n", revision="feature/x")),
    case("cache_commit", {"repo_id": "u/r", "cache_dir": "cache", "revision": SHA, "repo_type": "dataset"}, [reply(f"GET /api/datasets/u/r/tree/{SHA}", body=[file("a.txt", b"B\n")])],
         files=cached("a.txt", "dataset", text="A\n")),
    case("not_cached", {"repo_id": "u/r", "cache_dir": "cache"}),
    case("revision_not_cached", {"repo_id": "u/r", "cache_dir": "cache", "revision": "other"}, files=cached("a.txt")),
    case("no_folder", {**ARGS, "local_dir": "nowhere"}),
    verify("both_places", {**ARGS, "cache_dir": "cache"}),
    verify("missing", ARGS, [not_found(AT)]),
    verify("no_revision", {**ARGS, "revision": "nope"}, [no_revision("GET /api/models/u/r/tree/nope")]),
    verify("gated", ARGS, [gated(AT)]),
    verify("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    verify("refused", ARGS, [error(AT, 400, "No")]),
    verify("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
]
