from urllib.parse import quote

from wire import OTHER, REVISIONS, case, gated, load, not_found, reply, sample

AT = "GET /api/models/u/m"
ARGS = {"repo_id": "u/m"}


def recorded(number):
    request = load(f"model_info.{number}")["request"]
    repo, _, revision = request["path"].removeprefix("/api/models/").partition("/revision/")
    args = {"repo_id": repo}
    if revision:
        args["revision"] = revision
    query = request["query"]
    if "expand[]" in query or "expand" in query:
        expand = query.get("expand[]") or query.get("expand")
        args["expand"] = expand if isinstance(expand, list) else [expand]
    if "blobs" in query:
        args["files_metadata"] = True
    if "securityStatus" in query:
        args["securityStatus"] = True
    return case(f"sample_{number}", args, [sample(f"model_info.{number}")])


FULL = {
    "id": "u/m", "modelId": "u/m", "gated": "manual", "lastModified": "2023-08-05T20:52:29Z", "createdAt": "2022-03-02T23:29:04.123456Z", "inference": "warm",
    "downloads": 2**53 + 1, "trendingScore": 1, "safetensors": {"parameters": {"F32": 2**60 + 1}, "total": 2**60 + 1},
    "transformersInfo": {"auto_model": "AutoModel", "custom_class": "x", "pipeline_tag": "t", "processor": "AutoTokenizer"},
    "inferenceProviderMapping": {"groq": {"providerId": "p", "status": "live", "task": "conversational", "adapterWeightsPath": "a.safetensors", "type": "single-model"},
                                 "brand-new": {"providerId": "q", "status": "sleeping", "task": "t"}},
    "cardData": {"license": "mit", "tags": ["é"], "model-index": [{"name": "x", "results": [{"task": {"type": "t"}, "dataset": {"name": "d", "type": "d"}, "metrics": [{"type": "acc", "value": 0.9}]}]}], "custom": {"deep": [1.5]}},
    "model-index": [{"name": "x", "results": []}], "widgetData": [{"text": "é"}], "config": {"architectures": ["X"], "é": None}, "gguf": {"total": 1},
    "securityRepoStatus": {"scansDone": True, "filesWithIssues": []}, "mask_token": "[MASK]", "brandNew": {"x": [2**53 + 1]},
    "siblings": [{"rfilename": "a/é b.bin", "size": 2**53 + 1, "blobId": "b1", "lfs": {"sha256": "ab", "size": 2**53 + 1, "pointerSize": 134}}, {"rfilename": "README.md", "size": 0, "blobId": "b2"}],
    "evalResults": [{"dataset": {"id": "d", "task_id": "t", "revision": "r"}, "value": 1.5, "date": "2026-01-01", "verifyToken": "example-verify-token", "source": {"url": "https://x", "name": "n", "user": "u"}, "notes": "é"}],
}

CASES = [
    case("minimal", ARGS, [sample("model_info.2", AT)]),
    *[recorded(n) for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18)],
    case("all", {**ARGS, "revision": "main", "timeout": 5, "securityStatus": True, "files_metadata": True, "token": OTHER}, [reply(f"{AT}/revision/main", body=FULL)]),
    case("newer_answer", ARGS, [reply(AT, body=FULL)], stored=[reply(AT, body={**FULL, "transformersInfo": {**FULL["transformersInfo"], "brandNew": 1},
        "safetensors": {**FULL["safetensors"], "sharded": True}})], why="Python falls over members that it does not know of the inner objects"),
    *[case(f"revision_{name}", {**ARGS, "revision": r}, [reply(f"{AT}/revision/{quote(r, safe='')}", body={"id": "u/m", "sha": "a" * 40})]) for name, r in REVISIONS.items()],
    case("no_flags", {**ARGS, "securityStatus": False, "files_metadata": False, "expand": []}, [reply(AT, body={"id": "u/m"})]),
    case("expand_unknown", {**ARGS, "expand": ["brandNew", "likes"]}, [reply(AT, body={"id": "u/m", "brandNew": 1, "likes": 3})]),
    case("expand_and_files", {**ARGS, "expand": ["likes"], "files_metadata": True}),
    case("expand_and_security", {**ARGS, "expand": ["likes"], "securityStatus": True}),
    case("no_namespace", {"repo_id": "gpt2"}, [sample("redirect.legacy-name.1", "GET /api/models/gpt2", headers={"location": "/api/models/openai-community/gpt2"}),
                                               reply("GET /api/models/openai-community/gpt2", body={"id": "openai-community/gpt2"})]),
    case("moved_absolute", ARGS, [reply(AT, 307, headers={"location": "{endpoint}/api/models/new/m"}), reply("GET /api/models/new/m", body={"id": "new/m"})]),
    case("no_token", ARGS, [reply(AT, body={"id": "u/m"})], token=None),
    case("token_false", {**ARGS, "token": False}, [reply(AT, body={"id": "u/m"})]),
    case("token_true", {**ARGS, "token": True}, [reply(AT, body={"id": "u/m"})]),
    case("token_true_without_one", {**ARGS, "token": True}, token=None),
    case("implicit_token_disabled", ARGS, [reply(AT, body={"id": "u/m"})], env={"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}),
    case("missing", ARGS, [not_found(AT)]),
    case("anonymous", {**ARGS, "token": False}, [sample("error.repo-not-found-anonymous.1", AT)]),
    case("bad_token", ARGS, [sample("error.invalid-credentials.1", AT)]),
    case("no_revision", {**ARGS, "revision": "nope"}, [sample("error.revision-not-found.1", f"{AT}/revision/nope")]),
    case("gated", ARGS, [gated(AT)]),
    case("disabled", ARGS, [sample("error.disabled-repo.1", AT)]),
    case("server_error", ARGS, [sample("error.server-error.1", AT)]),
    case("rate_limited", ARGS, [sample("error.rate-limited.2", AT, headers={"ratelimit": "\"api\";r=0;t=0", "retry-after": "0"})]),
    case("offline", ARGS, env={"HF_HUB_OFFLINE": "1"}),
    *[case(f"bad_repo_id_{n}", {"repo_id": bad}) for n, bad in enumerate(("", "u/m/x", "-m", "m-", "a--b", "a..b", "m.git", "u m", "x" * 97, "é"))],
]
