"""Cases that opening a discussion and opening a pull request share."""

from wire import OTHER, TYPES, case, error, forbidden, gated, not_found, sample, unauthorized


def cases(made, number):
    post = "POST /api/{}s/u/r/discussions".format
    get = (f"GET /api/{{}}s/u/r/discussions/{number}").format
    args = {"repo_id": "u/r", "title": "A title"}
    return [
        case("minimal", args, [sample(made, post("model")), sample("get_discussion_details.1", get("model"))]),
        *[
            case(f"all_{kind}", {**args, "title": " é \"T\" \n", "description": "\n# Why\n😀 ", "repo_type": kind, "token": OTHER},
                 [sample(made, post(kind)), sample("get_discussion_details.2", get(kind))])
            for kind in TYPES
        ],
        case("blank_description", {**args, "description": "  \n"}, [sample(made, post("model")), sample("get_discussion_details.3", get("model"))]),
        case("no_namespace", {**args, "repo_id": "r"},
             [sample(made, "POST /api/models/r/discussions"), sample("get_discussion_details.1", f"GET /api/models/r/discussions/{number}")]),
        case("kernel_refused", {**args, "repo_type": "kernel"}),
        case("bad_repo_id", {**args, "repo_id": "u/r.git"}),
        case("missing", args, [not_found(post("model"))]),
        case("anonymous", {**args, "token": False}, [unauthorized(post("model"))]),
        case("gated", args, [gated(post("model"))]),
        case("disabled", args, [forbidden(post("model"), "Discussions are disabled for this repo")]),
        case("refused", {**args, "title": ""}, [error(post("model"), 400, body={"error": "Title is required"})]),
        case("gone_after", args, [sample(made, post("model")), error(get("model"), 404, "Discussion not found")]),
    ]
