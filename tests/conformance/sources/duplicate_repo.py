from wire import OTHER, TYPES, case, error, forbidden, me, not_found, reply, sample, unauthorized

AT = "POST /api/models/u/r/duplicate"
ARGS = {"from_id": "u/r", "to_id": "me/copy"}


def made(path="me/copy", **more):
    return {"url": f"https://huggingface.co/{path}", **more}


CASES = [
    case("minimal", {"from_id": "openai-community/gpt2"}, [me("user"), sample("duplicate_repo.1")]),
    case("sample_2", ARGS, [sample("duplicate_repo.2", AT)]),
    *[case(f"all_{kind}", {**ARGS, "repo_type": kind, "visibility": "private", "exist_ok": True, "resource_group_id": "66670e5163145ca562cb1988", "token": OTHER},
           [reply(f"POST /api/{kind}s/u/r/duplicate", body=made({"model": "", "dataset": "datasets/", "space": "spaces/"}[kind] + "me/copy", filesCopyPending=True))]) for kind in TYPES],
    case("space", {**ARGS, "repo_type": "space", "private": True, "space_hardware": "quantum-x9", "space_sleep_time": 3600, "space_secrets": [{"key": "A", "value": "é"}],
                   "space_variables": [{"key": "B", "value": "2", "description": "d"}], "space_volumes": [{"source": "u/m", "mount_path": "/m"}]},
         [reply("POST /api/spaces/u/r/duplicate", body=made("spaces/me/copy"))]),
    case("to_without_namespace", {**ARGS, "to_id": "copy", "private": False}, [me(), reply(AT, body=made())]),
    case("to_uri", {**ARGS, "to_id": "hf://org/copy"}),
    case("space_arguments_of_model", {**ARGS, "space_hardware": "cpu-basic"}, [reply(AT, body=made())]),
    case("exists", ARGS, [error(AT, 409, "exists")]),
    case("exists_ok", {**ARGS, "exist_ok": True}, [reply(AT, 409, {"error": "exists", "url": "https://huggingface.co/me/copy"})]),
    case("kernel_refused", {**ARGS, "repo_type": "kernel"}),
    case("private_and_visibility", {**ARGS, "private": True, "visibility": "private"}),
    case("protected_model", {**ARGS, "visibility": "protected"}),
    case("missing", ARGS, [not_found(AT)]),
    case("forbidden", ARGS, [forbidden(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("bad_from", {**ARGS, "from_id": "u/r/x"}, python=False, why="Python asks for a repository of three parts",
         ours={"requests": [], "error": {"kind": "Validation", "status": None, "messages": []}}),
]
