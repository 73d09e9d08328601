from wire import OTHER, case, error, gated, not_found, refused, reply, sample, unauthorized

AT = "GET /api/models/u/r/safetensors-metadata/model.safetensors.index.json"
ARGS = {"repo_id": "u/r"}
HEADER = {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "s": {"dtype": "I64", "shape": [], "data_offsets": [24, 32]}}


def answer(headers, **index):
    return {"index": index, "headers": headers}


CASES = [
    case("minimal", ARGS, [reply(AT, body=answer({"m-1.safetensors": HEADER}, metadata={"total_size": 32}))]),
    case("all", {"repo_id": "u/r", "filename": "sub é/diffusion.safetensors.index.json", "timeout": 2.5, "token": OTHER},
         [reply("GET /api/models/u/r/safetensors-metadata/sub%20%C3%A9/diffusion.safetensors.index.json", body=answer({"x.safetensors": HEADER, "y.safetensors": {}}))]),
    case("derived", {"repo_id": "user/sharded"}, [sample("get_sharded_safetensors_metadata.1")]),
    case("newer_dtypes", ARGS, [reply(AT, body=answer({"m": {"q": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}, "z": {"dtype": "BRAND_NEW", "shape": [0], "data_offsets": [4, 4]}}}, metadata={}))]),
    case("no_namespace", {"repo_id": "gpt2"}, [reply("GET /api/models/gpt2/safetensors-metadata/model.safetensors.index.json", body=answer({}))]),
    case("no_file", ARGS, [error(AT, 404, "Entry not found", "EntryNotFound")]),
    case("missing", ARGS, [not_found(AT)]),
    case("gated", ARGS, [gated(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("bad_header", ARGS, [reply(AT, body=answer({"m": {"q": {"dtype": "F32"}}}))]),
    case("bad_repo_id", {"repo_id": "u/r/x"}, **refused("Python asks for a repository of three parts")),
]
