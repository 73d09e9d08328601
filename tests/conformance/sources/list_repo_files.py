from urllib.parse import quote

from _lists import listing
from wire import OTHER, REVISIONS, TYPES, case, gated, no_revision, not_found, page, sample, unauthorized

ARGS = {"repo_id": "u/r"}
AT = "GET /api/models/u/r/tree/main"


def one(number):
    if number == 2:
        return {"type": "directory", "oid": "d" * 40, "size": 0, "path": "dir"}
    return {"type": "file", "oid": "f" * 40, "size": 1, "path": f"dir/é {number}.bin"}


CASES = listing(ARGS, AT, one) + [
    *[case(f"all_{kind}_{name}", {**ARGS, "repo_type": kind, "revision": r, "token": OTHER}, [page(f"GET /api/{kind}s/u/r/tree/{quote(r, safe='')}", [one(1)])])
      for kind in TYPES for name, r in REVISIONS.items()],
    case("recorded", {"repo_id": "wzshiming/gpt2"}, [sample("list_repo_files.1")]),
    case("recorded_dataset", {"repo_id": "wzshiming/fixtures_image_utils", "repo_type": "dataset"}, [sample("list_repo_files.2")]),
    case("no_namespace", {"repo_id": "r"}, [page("GET /api/models/r/tree/main", [])]),
    case("no_repo", ARGS, [not_found(AT)]),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision("GET /api/models/u/r/tree/nope")]),
    case("gated", ARGS, [gated(AT)]),
    case("private", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
]
