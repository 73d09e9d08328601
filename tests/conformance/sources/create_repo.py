from wire import OTHER, case, error, forbidden, not_found, reply, sample

AT = "POST /api/repos/create"


def made(path="u/r", **more):
    return reply(AT, body={"url": f"https://huggingface.co/{path}", "name": "u/r", "id": "67cae56f9b4f4ee4713c83e7"}, **more)


TEMPLATES = sample("list_space_templates.1")
SPACE = {"repo_id": "u/s", "repo_type": "space"}

CASES = [
    case("minimal", {"repo_id": "r"}, [made()]),
    case("namespace", {"repo_id": "u/r"}, [made()], why="`private` unset is not sent"),
    case("all_model", {"repo_id": "u/r", "private": True, "repo_type": "model", "exist_ok": True, "resource_group_id": "66670e5163145ca562cb1988",
                       "region": "us", "token": OTHER}, [made()]),
    case("all_dataset", {"repo_id": "u/r", "visibility": "public", "repo_type": "dataset", "exist_ok": True, "region": "eu", "token": OTHER},
         [made("datasets/u/r")]),
    case(
        "all_space",
        {**SPACE, "visibility": "protected", "exist_ok": True, "resource_group_id": "66670e5163145ca562cb1988", "region": "eu", "space_sdk": "docker",
         "space_hardware": "t4-medium", "space_sleep_time": 3600, "space_secrets": [{"key": "A", "value": "é", "description": "d"}],
         "space_variables": [{"key": "B", "value": "2"}],
         "space_volumes": [{"type": "bucket", "source": "u/b", "mount_path": "/data", "read_only": False, "path": "sub"},
                           {"source": "u/m", "mount_path": "/m", "revision": "refs/pr/1"}],
         "token": OTHER},
        [made("spaces/u/s")],
    ),
    case("kernel", {"repo_id": "u/k", "repo_type": "kernel"}, [made("kernels/u/k")]),
    case("recorded_space", {"repo_id": "user/tmp_test_space", "private": True, "repo_type": "space", "space_sdk": "gradio"}, [sample("create_repo.1")]),
    case("private_false", {"repo_id": "u/r", "private": False}, [made()]),
    case("unknown_hardware", {**SPACE, "space_sdk": "static", "space_hardware": "quantum-x9"}, [made("spaces/u/s")], why="hardware that we do not know is passed on"),
    case("template_by_name", {**SPACE, "space_template": "jupyterlab", "token": OTHER}, [TEMPLATES, made("spaces/u/s")]),
    case("template_unknown", {**SPACE, "space_template": "nothing like it"}, [TEMPLATES]),
    case("template_other_sdk", {**SPACE, "space_template": "JupyterLab", "space_sdk": "static"}, [TEMPLATES]),
    case("template_public", {**SPACE, "space_template": "JupyterLab", "visibility": "public"}, [TEMPLATES, made("spaces/u/s")]),
    case("template_of_model", {"repo_id": "u/r", "space_template": "JupyterLab"}),
    case("space_without_sdk", SPACE),
    case("space_unknown_sdk", {**SPACE, "space_sdk": "cobol"}),
    case("space_arguments_of_model", {"repo_id": "u/r", "space_sdk": "gradio", "space_hardware": "cpu-basic", "space_secrets": [{"key": "A", "value": "b"}]}, [made()],
         why="they are left out with a warning"),
    case("unknown_type", {"repo_id": "u/r", "repo_type": "bucket"}),
    case("private_and_visibility", {"repo_id": "u/r", "private": True, "visibility": "private"}),
    case("protected_model", {"repo_id": "u/r", "visibility": "protected"}),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
    case("exists", {"repo_id": "u/r"}, [sample("error.already-exists.3")]),
    case("exists_ok", {"repo_id": "user/tmp_test_space", "repo_type": "space", "space_sdk": "gradio", "exist_ok": True}, [sample("error.already-exists.1")]),
    case("exists_ok_read_only", {"repo_id": "u/r", "exist_ok": True}, [forbidden(AT), reply("GET /api/models/u/r", body={"id": "u/r"})]),
    case("exists_ok_read_only_dataset", {"repo_id": "u/r", "repo_type": "dataset", "exist_ok": True},
         [forbidden(AT), reply("GET /api/datasets/u/r", body={"id": "u/r"})]),
    case("exists_ok_payment_space", {**SPACE, "space_sdk": "docker", "exist_ok": True},
         [error(AT, 402, "You need to be PRO"), reply("GET /api/spaces/u/s", body={"id": "u/s"})]),
    case("not_there_read_only", {"repo_id": "u/r", "exist_ok": True}, [forbidden(AT, "no right to create"), not_found("GET /api/models/u/r")]),
    case("forbidden", {"repo_id": "org/r"}, [forbidden(AT)]),
    case("unauthorized", {"repo_id": "org/r", "token": False}, [error(AT, 401, "Invalid username or password.")]),
    case("refused", {"repo_id": "u/r"}, [error(AT, 400, body={"error": "Invalid name", "errors": [{"message": "is reserved"}]})]),
    case("conflict_then_made", {"repo_id": "u/r"},
         [error(AT, 409, "Cannot create repo: another conflicting operation is in progress"), made()]),
]
