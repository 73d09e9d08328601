from urllib.parse import quote

from wire import OTHER, REVISIONS, body, case, error, gated, no_revision, not_found, reply, sample, unauthorized

AT = "GET /api/datasets/u/d"
EXPAND = ["author", "cardData", "citation", "createdAt", "disabled", "description", "downloads", "downloadsAllTime", "gated", "lastModified",
          "likes", "paperswithcode_id", "private", "siblings", "sha", "tags", "trendingScore", "usedStorage", "resourceGroup"]

CASES = [
    case("minimal", {"repo_id": "akariasai/PopQA"}, [sample("dataset_info.1")], why="no card metadata"),
    case("with_card", {"repo_id": "sgoel9/paul_graham_essays"}, [sample("dataset_info.2")]),
    case("newer_server", {"repo_id": "wzshiming/fixtures_image_utils", "token": OTHER}, [sample("dataset_info.3")]),
    case("large_card", {"repo_id": "nvidia/OpenMathInstruct-2"}, [sample("dataset_info.4")]),
    *[
        case(f"revision_{name}", {"repo_id": "u/d", "revision": revision}, [sample("dataset_info.1", f"{AT}/revision/{quote(revision, safe='')}")])
        for name, revision in REVISIONS.items()
    ],
    case("files", {"repo_id": "u/d", "files_metadata": True, "revision": "main", "timeout": 30.5, "token": OTHER},
         [reply(f"{AT}/revision/main", body=body("dataset_info.1", siblings=[
             {"rfilename": "a/é b.bin", "size": 2**53 + 1, "blobId": "b1", "lfs": {"sha256": "ab", "size": 2**53 + 1, "pointerSize": 134}},
             {"rfilename": "README.md", "size": 0, "blobId": "b2"}]))]),
    case("expand", {"repo_id": "u/d", "expand": EXPAND}, [reply(AT, body={"_id": "1", "id": "u/d", "downloadsAllTime": 10**15, "trendingScore": 3, "resourceGroup": {"id": "1", "name": "g"}})]),
    case("expand_one", {"repo_id": "u/d", "expand": ["likes"]}, [reply(AT, body={"id": "u/d", "likes": 1})]),
    case("expand_unknown", {"repo_id": "u/d", "expand": ["brandNew"]}, [reply(AT, body={"id": "u/d", "brandNew": {"deep": [1]}})]),
    case("expand_none", {"repo_id": "u/d", "expand": []}, [sample("dataset_info.1", AT)]),
    case("expand_and_files", {"repo_id": "u/d", "expand": ["likes"], "files_metadata": True}),
    case("no_namespace", {"repo_id": "squad"},
         [reply("GET /api/datasets/squad", 307, headers={"location": "/api/datasets/rajpurkar/squad"}), sample("dataset_info.1", "GET /api/datasets/rajpurkar/squad")]),
    case("gated_manual", {"repo_id": "u/d"}, [reply(AT, body=body("dataset_info.1", gated="manual", private=True, disabled=True))]),
    case("odd_times", {"repo_id": "u/d"}, [reply(AT, body=body("dataset_info.1", lastModified="2022-12-22T01:01:20Z", createdAt="2022-12-22T00:37:19.123456Z"))]),
    case("time_with_offset", {"repo_id": "u/d"}, [reply(AT, body=body("dataset_info.1", lastModified="2022-12-22T02:01:20.000+01:00"))],
         why="Python refuses a time with an offset",
         ours={"result": {"id": "akariasai/PopQA", "last_modified": "2022-12-22T01:01:20Z", "created_at": "2022-12-22T00:37:19Z"}}),
    case("bare", {"repo_id": "u/d"}, [reply(AT, body={"id": "u/d"})]),
    case("missing", {"repo_id": "u/d"}, [not_found(AT)]),
    case("anonymous", {"repo_id": "u/d", "token": False}, [unauthorized(AT)]),
    case("gated", {"repo_id": "u/d"}, [gated(AT)]),
    case("no_such_revision", {"repo_id": "u/d", "revision": "nope"}, [no_revision(f"{AT}/revision/nope")]),
    case("bad_repo_id", {"repo_id": "datasets/u/d"}),
    case("server_error", {"repo_id": "u/d"}, [error(AT, 500, "Internal Error - We're working hard to fix this as soon as possible!")]),
    case("html_error", {"repo_id": "u/d"}, [reply(AT, 502, text="<html>bad gateway</html>", headers={"content-type": "text/html"})]),
]
