from urllib.parse import quote

from _lists import listing, pages
from wire import OTHER, REVISIONS, TYPES, case, error, gated, no_revision, not_found, page, sample, unauthorized

ARGS = {"repo_id": "u/r"}
AT = "GET /api/models/u/r/tree/main"


def one(number, **more):
    if number == 2:
        return {"type": "directory", "oid": "d" * 40, "size": 0, "path": "dir", **more}
    return {"type": "file", "oid": "f" * 40, "size": 2**53 + number, "path": f"dir/é {number}.bin", "lfs": {"oid": "a" * 64, "size": 2**53 + number, "pointerSize": 135},
            "xetHash": "b" * 64, **more}


LAST = {"lastCommit": {"id": "c" * 40, "title": "é", "date": "2026-09-22T17:26:11Z"}, "securityFileStatus": {"status": "brandnew", "brandNew": 1}}

CASES = listing(ARGS, AT, one) + [
    *[
        case(f"all_{kind}_{name}", {**ARGS, "path_in_repo": "dir/é b#?%", "recursive": True, "expand": True, "repo_type": kind, "revision": r, "token": OTHER},
             [page(f"GET /api/{kind}s/u/r/tree/{quote(r, safe='')}/{quote('dir/é b#?%', safe='')}", [one(1, **LAST), one(2, **LAST)])],
             ours={"result": [
                 {"path": "dir/é 1.bin", "size": 2**53 + 1, "blob_id": "f" * 40, "lfs": {"size": 2**53 + 1, "sha256": "a" * 64, "pointer_size": 135},
                  "last_commit": {"oid": "c" * 40, "title": "é", "date": "2026-09-22T17:26:11Z"}},
                 {"path": "dir", "tree_id": "d" * 40, "last_commit": {"oid": "c" * 40, "title": "é", "date": "2026-09-22T17:26:11Z"}}]},
             why="Python falls over a security status of another shape; nobody needs it to list files")
        for kind in TYPES
        for name, r in REVISIONS.items()
    ],
    *[case(f"sample_{n}", {"repo_id": repo, **more}, [sample(f"list_repo_tree.{n}")])
      for n, repo, more in (
          (1, "OwnerOfTheGatedModel/tiny-gated-model", {}),
          (2, "OwnerOfTheGatedModel/tiny-gated-model", {"path_in_repo": "checkpoint-0"}),
          (3, "Kunbyte/OmniTry", {}),
          (4, "user/repo", {}),
          (6, "wzshiming/gpt2", {}),
          (7, "wzshiming/gpt2", {"expand": True, "recursive": True}),
          (8, "wzshiming/fixtures_image_utils", {"expand": True, "recursive": True, "repo_type": "dataset"}),
          (9, "wzshiming/hello_world", {"repo_type": "space"}),
      )],
    case("recursive_pages", {**ARGS, "recursive": True}, pages(AT, [[one(1)], [one(3)]], "recursive=true&expand=false&")),
    case("empty_path", {**ARGS, "path_in_repo": ""}, [page(AT, [])]),
    case("path_with_slash", {**ARGS, "path_in_repo": "dir/"}, [page(AT + "/dir%2F", [])]),
    case("kernel", {**ARGS, "repo_type": "kernel"}, [page("GET /api/kernels/u/r/tree/main", [])]),
    case("no_namespace", {"repo_id": "r"}, [page("GET /api/models/r/tree/main", [])]),
    case("no_repo", ARGS, [not_found(AT)]),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision("GET /api/models/u/r/tree/nope")]),
    case("no_folder", {**ARGS, "path_in_repo": "nope"}, [error(AT + "/nope", 404, "nope does not exist on \"main\"", "EntryNotFound")]),
    case("gated", ARGS, [gated(AT)]),
    case("private", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
]
