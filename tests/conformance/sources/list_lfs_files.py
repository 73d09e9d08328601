from _lists import listing
from wire import OTHER, TYPES, case, not_found, page, sample

ARGS = {"repo_id": "u/r"}
AT = "GET /api/models/u/r/lfs-files"


def one(number):
    return {"fileOid": f"f{number}", "filename": f"é/{number}.bin", "oid": "a" * 64, "pushedAt": "2024-01-30T11:32:11Z", "ref": "main" if number % 2 else None, "size": 2**53 + number}


CASES = listing(ARGS, AT, one) + [
    case("documented", {"repo_id": "user/repo"}, [sample("list_lfs_files.1")]),
    *[case(f"all_{kind}", {**ARGS, "repo_type": kind, "token": OTHER}, [page(f"GET /api/{kind}s/u/r/lfs-files", [one(1)])]) for kind in TYPES],
    case("no_namespace", {"repo_id": "r"}, [page("GET /api/models/r/lfs-files", [])]),
    case("no_repo", ARGS, [not_found(AT)]),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
]
