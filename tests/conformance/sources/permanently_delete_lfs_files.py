from wire import OTHER, TYPES, case, error, forbidden, not_found, reply, sample, unauthorized

AT = "POST /api/models/u/r/lfs-files/batch"


def files(count):
    return [{"file_oid": f"{n:040}", "filename": f"é/{n}.bin", "oid": "a" * 64, "pushed_at": "2024-01-30T11:32:11.000Z", "ref": "main", "size": 5} for n in range(count)]


ARGS = {"repo_id": "u/r", "lfs_files": files(2)}

CASES = [
    case("minimal", {**ARGS, "repo_id": "user/repo"}, [sample("permanently_delete_lfs_files.1")]),
    *[case(f"all_{kind}", {**ARGS, "rewrite_history": False, "repo_type": kind, "token": OTHER}, [reply(f"POST /api/{kind}s/u/r/lfs-files/batch")]) for kind in TYPES],
    case("none", {**ARGS, "lfs_files": []}, why="nothing to delete: no request"),
    case("batches", {**ARGS, "lfs_files": files(1001)}, [reply(AT, times=0)]),
    case("second_batch_fails", {**ARGS, "lfs_files": files(1001)}, [reply(AT), error(AT, 400, "Unknown file")]),
    case("no_namespace", {**ARGS, "repo_id": "r"}, [reply("POST /api/models/r/lfs-files/batch")]),
    case("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
    case("missing", ARGS, [not_found(AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
]
