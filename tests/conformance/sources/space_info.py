from urllib.parse import quote

from wire import OTHER, REVISIONS, case, gated, no_revision, not_found, reply, sample, unauthorized

AT = "GET /api/spaces/u/s"
ARGS = {"repo_id": "u/s"}
EXPAND = ["author", "cardData", "createdAt", "datasets", "disabled", "lastModified", "likes", "models", "private", "runtime", "sdk", "siblings", "sha", "subdomain", "tags",
          "trendingScore", "usedStorage", "resourceGroup"]
FULL = {"id": "u/s", "sdk": "cobol", "likes": 1, "runtime": {"stage": "DANCING", "hardware": {"current": "quantum-x9", "requested": None}, "gcTimeout": 5, "storage": None, "brandNew": 1},
        "cardData": {"title": "é", "sdk_version": 4.1, "models": ["gpt2"]}, "lastModified": "2026-08-01T12:00:00Z", "brandNew": {"x": 2**53 + 1}, "host": "https://u-s.hf.space", "subdomain": "u-s",
        "siblings": [{"rfilename": "é", "size": 2**53 + 1, "blobId": "b", "lfs": {"sha256": "a", "size": 1, "pointerSize": 134}}], "region": "eu"}

CASES = [
    case("minimal", {"repo_id": "levayjorge21/Materiales"}, [sample("space_info.2")]),
    case("recorded_3", {"repo_id": "basilsab/autoclaim-api"}, [sample("space_info.3")]),
    case("recorded_4", {"repo_id": "wzshiming/hello_world"}, [sample("space_info.4")]),
    case("recorded_expand", {"repo_id": "user/tmp_test_space", "revision": "main", "expand": ["xetEnabled"]}, [sample("space_info.1")]),
    case("all", {**ARGS, "revision": "main", "timeout": 5, "files_metadata": True, "token": OTHER}, [reply(AT + "/revision/main", body=FULL)]),
    *[case(f"revision_{name}", {**ARGS, "revision": r}, [reply(f"{AT}/revision/{quote(r, safe='')}", body={"id": "u/s"})]) for name, r in REVISIONS.items()],
    case("expand", {**ARGS, "expand": EXPAND}, [reply(AT, body=FULL)]),
    case("expand_and_files", {**ARGS, "expand": ["likes"], "files_metadata": True}),
    case("no_namespace", {"repo_id": "s"}, [reply("GET /api/spaces/s", body={"id": "s"})]),
    case("missing", ARGS, [not_found(AT)]),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision(AT + "/revision/nope")]),
    case("gated", ARGS, [gated(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("bad_repo_id", {"repo_id": "u/s/t"}),
]
