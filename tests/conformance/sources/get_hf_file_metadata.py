from wire import OTHER, SHA, case, error, gated, no_revision, not_found, reply, sample, unauthorized

AT = "HEAD /u/r/resolve/main/config.json"
ARGS = {"url": "{endpoint}/u/r/resolve/main/config.json"}
HASH = "f39b58dcd1ec07aaa95eb0c2f827a00dfac2404728b60d273ab3687f73311e03"
FOUND = {"x-repo-commit": SHA, "etag": "W/\"abc\"", "content-length": "665"}
LARGE = {"x-repo-commit": SHA, "etag": "\"small\"", "location": "{storage}/blob?sig=1", "x-linked-size": str(2**53 + 1), "x-linked-etag": "\"big\"", "content-length": "998"}
AUTH = "rel=\"xet-auth\""

CASES = [
    case("minimal", ARGS, [reply(AT, headers=FOUND)]),
    case("all", {"url": "{endpoint}/datasets/u/r/resolve/refs%2Fpr%2F1/a/%C3%A9%20b.json", "token": OTHER, "timeout": 3.5},
         [reply("HEAD /datasets/u/r/resolve/refs%2Fpr%2F1/a/%C3%A9%20b.json", headers=FOUND)]),
    case("no_timeout", {**ARGS, "timeout": None}, [reply(AT, headers=FOUND)]),
    *[case(f"recorded_{n}", {"url": "{endpoint}" + path}, [sample(f"get_hf_file_metadata.{n}", **more)])
      for n, path, more in (
          (1, "/OwnerOfTheGatedModel/tiny-gated-model/resolve/main/.gitattributes", {}),
          (2, "/OwnerOfTheGatedModel/tiny-gated-model/resolve/main/checkpoint-0/model.safetensors", {"headers": {"location": "{storage}/xet-bridge-us/x"}}),
      )],
    case("small_file", {"url": "{endpoint}/wzshiming/gpt2/resolve/main/config.json"},
         [sample("get_hf_file_metadata.5"), sample("get_hf_file_metadata.6")], why="a 307 to the same host is followed"),
    case("large_file", ARGS, [reply(AT, 302, headers=LARGE)], why="the storage host is not asked"),
    case("xet_on_hub", ARGS, [reply(AT, 302, headers={**LARGE, "x-xet-hash": HASH, "link": f"<https://huggingface.co/api/models/u/r/xet-read-token/{SHA}>; {AUTH}"})]),
    case("xet_refresh_header", ARGS, [reply(AT, 302, headers={**LARGE, "x-xet-hash": HASH, "x-xet-refresh-route": "{endpoint}/refresh"})]),
    case("xet_relative", ARGS, [reply(AT, 302, headers={**LARGE, "x-xet-hash": HASH, "link": f"</api/models/u/r/xet-read-token/{SHA}>; {AUTH}"})],
         ours=lambda made: {"result": {**made["result"], "xet_file_data": {"file_hash": HASH, "refresh_route": "{endpoint}/api/models/u/r/xet-read-token/" + SHA}}},
         why="Python leaves a relative route relative, and cannot use it then"),
    case("xet_without_route", ARGS, [reply(AT, 302, headers={**LARGE, "x-xet-hash": HASH})]),
    case("moved_repository", ARGS, [reply(AT, 307, headers={"location": "/new/r/resolve/main/config.json"}), reply("HEAD /new/r/resolve/main/config.json", headers=FOUND)]),
    case("bare_answer", ARGS, [reply(AT)]),
    case("no_commit_nor_etag", ARGS, [reply(AT, headers={"content-length": "0"})]),
    case("no_file", ARGS, [error(AT, 404, "Entry not found", "EntryNotFound")]),
    case("no_revision", ARGS, [no_revision(AT)]),
    case("no_repo", ARGS, [not_found(AT)]),
    case("gated", ARGS, [gated(AT)]),
    case("gated_reset", ARGS, [sample("error.gated-repo-reset.1", AT)]),
    case("disabled", ARGS, [sample("error.disabled-repo.1", AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
]
