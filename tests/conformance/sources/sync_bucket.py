from wire import OTHER, case, error, forbidden, not_found, reply

HASH = "6" * 64
TREE = "GET /api/buckets/u/b/tree"
INFO = reply("GET /api/buckets/u/b", body={"id": "u/b", "private": True, "createdAt": "2026-08-01T12:00:00.000Z", "size": 1, "totalFiles": 2})
BATCH = reply("POST /api/buckets/u/b/batch", body={"success": True, "processed": 1, "succeeded": 1, "failed": []})
# The files of a case were changed at 2023-11-14T22:13:20Z.
SAME, OLDER, NEWER = "2023-11-14T22:13:20.000Z", "2023-11-14T22:00:00Z", "2023-11-15T00:00:00.000Z"
FILES = {"up/a.txt": "AA", "up/sub/é.bin": "big", "up/new.txt": "n", "up/.hidden": "h"}
UP = {"source": "up", "dest": "hf://buckets/u/b/to", "quiet": True}
DOWN = {"source": "hf://buckets/u/b/to", "dest": "up", "quiet": True}


def file(path, size, at=SAME, folder="to/"):
    return {"type": "file", "path": f"{folder}{path}", "size": size, "xetHash": HASH, "mtime": at, "uploadedAt": NEWER}


def tree(*files, at=TREE + "/to", **options):
    return reply(at, body=[*files, {"type": "directory", "path": "to/sub", "uploadedAt": NEWER}], **options)


MIXED = tree(file("a.txt", 2), file("sub/é.bin", 99), file("new.txt", 1, OLDER), file("old.txt", 4), file("no_mtime", 3, None))


def sync(name, args, replies=(), **options):
    if replies and "apply" not in args:
        options = {"optional": [0], "why": "the number of files is asked only for the progress line", **options}
        replies = [INFO, *replies]
    return case(name, args, replies, **{"files": FILES, **options})


CASES = [
    sync("minimal", {**UP, "dry_run": True}, [MIXED]),
    sync("download", {**DOWN, "dry_run": True}, [MIXED]),
    sync("all_upload", {**UP, "delete": True, "ignore_times": True, "include": ["*.txt", "sub/*"], "exclude": ["new*"], "dry_run": True, "verbose": True, "token": OTHER}, [MIXED]),
    sync("all_download", {**DOWN, "delete": True, "ignore_sizes": True, "include": ["*.txt", "sub/*"], "exclude": ["new*"], "dry_run": True, "token": OTHER}, [MIXED]),
    sync("existing", {**UP, "existing": True, "dry_run": True}, [tree(file("a.txt", 99))]),
    sync("existing_download", {**DOWN, "existing": True, "dry_run": True}, [MIXED]),
    sync("ignore_existing", {**UP, "ignore_existing": True, "dry_run": True}, [MIXED]),
    sync("ignore_existing_download", {**DOWN, "ignore_existing": True, "dry_run": True}, [MIXED]),
    sync("ignore_sizes", {**UP, "ignore_sizes": True, "dry_run": True}, [tree(file("a.txt", 99, NEWER), file("new.txt", 99, OLDER), file("sub/é.bin", 99))]),
    sync("within_a_second", {**UP, "dry_run": True}, [tree(file("a.txt", 2, "2023-11-14T22:13:19.500Z"), file("new.txt", 1, "2023-11-14T22:13:18.900Z"))], why="times within a second are equal"),
    sync("whole_bucket", {**UP, "dest": "hf://buckets/u/b", "dry_run": True}, [tree(file("a.txt", 2, folder=""), at=TREE)]),
    sync("filter_file", {**UP, "filter_from": "rules", "dry_run": True}, [MIXED], files={**FILES, "rules": "# rules\n+ *.txt\n\n- *\n"}),
    sync("filter_without_sign", {**UP, "filter_from": "rules", "dry_run": True}, [MIXED], files={**FILES, "rules": "*.txt\n-new*\n"}),
    sync("missing_filter_file", {**UP, "filter_from": "no-rules", "dry_run": True}),
    sync("no_bucket_yet", {**UP, "dry_run": True}, [not_found(TREE + "/to")], why="a missing bucket counts as empty"),
    sync("no_bucket_to_download", {**DOWN, "dry_run": True}, [not_found(TREE + "/to")]),
    sync("identical", {**UP, "dest": "hf://buckets/u/b/to", "include": ["a.txt"]}, [tree(file("a.txt", 2))], why="nothing to do: nothing is sent"),
    sync("identical_not_quiet", {**UP, "quiet": False, "include": ["a.txt"]}, [tree(file("a.txt", 2))]),
    sync("deletes", {**UP, "delete": True, "include": ["a.txt", "old*"]}, [tree(file("a.txt", 2), file("old é.txt", 1), file("old.txt", 4)), BATCH]),
    sync("deletes_locally", {**DOWN, "delete": True, "include": ["a.txt", "new.txt"]}, [tree(file("a.txt", 2))]),
    sync("empty_remote_file", {**DOWN, "include": ["e.txt"]}, [tree(file("e.txt", 0))]),
    sync("plan_file", {**UP, "plan": "plan.jsonl"}, [MIXED], unused=True),
    sync("outside_path", {**DOWN, "dry_run": True}, [tree(file("../../etc/passwd", 3))], why="a remote path that leaves the folder is refused"),
    sync("list_forbidden", {**UP, "dry_run": True}, [forbidden(TREE + "/to")]),
    sync("list_fails", {**UP, "dry_run": True}, [error(TREE + "/to", 400, "No")]),
    sync("neither", {}),
    sync("both_local", {"source": "up", "dest": "down"}),
    sync("both_remote", {"source": "hf://buckets/u/a", "dest": "hf://buckets/u/b"}),
    sync("no_source", {**UP, "source": "nowhere"}),
    sync("destination_is_a_file", {**DOWN, "dest": "up/a.txt"}),
    sync("times_and_sizes", {**UP, "ignore_times": True, "ignore_sizes": True}),
    sync("existing_both_ways", {**UP, "existing": True, "ignore_existing": True}),
    sync("dry_run_and_plan", {**UP, "dry_run": True, "plan": "p"}),
    sync("apply_and_source", {"apply": "p", "source": "up"}),
    sync("apply_missing_file", {"apply": "no-such-plan", "quiet": True}),
    sync("bad_bucket", {**UP, "dest": "hf://buckets/u", "dry_run": True}),
]
CASES.append(
    sync(
        "apply",
        {"apply": "plan.jsonl", "quiet": True},
        [BATCH],
        files={
            **FILES,
            "plan.jsonl": '{"type": "header", "source": "up", "dest": "hf://buckets/u/b/to", "timestamp": "2026-08-01T12:00:00+00:00", "summary": {"uploads": 0, "downloads": 0, "deletes": 1, "skips": 1, "total_size": 0}}\n'
            '{"type": "operation", "action": "delete", "path": "old.txt", "size": 4, "reason": "not in source (--delete)", "remote_mtime": "2023-11-14T22:13:20+00:00"}\n'
            '{"type": "operation", "action": "skip", "path": "a.txt", "size": 2, "reason": "identical"}\n',
        },
    )
)
