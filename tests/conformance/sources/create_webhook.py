from wire import OTHER, body, case, error, forbidden, reply, sample

AT = "POST /api/settings/webhooks"
WATCHED = [{"type": "user", "name": "julien-c"}, {"type": "org", "name": "HuggingFaceH4"}]
URL = "https://webhook.site/a2176e82-5720-43ee-9e06-f91cb4c91548"
JOB = {
    "id": "654bbbc16f2ec14d77f109cc", "watched": WATCHED, "domains": ["repo"], "disabled": False,
    "job": {"dockerImage": "ubuntu", "spaceId": None, "command": ["bash", "-c", "echo An event occurred in $WEBHOOK_REPO_ID: $WEBHOOK_PAYLOAD"],
            "arguments": [], "environment": {}, "secrets": [], "flavor": "cpu-basic", "timeoutSeconds": None, "tags": [], "arch": "amd64",
            "labels": {"a": "b"}},
}

CASES = [
    case("minimal", {"url": URL, "watched": WATCHED}, [sample("create_webhook.1")], why="no `domains`: all of them are sent"),
    case("all_url", {"url": URL, "watched": WATCHED, "domains": ["repo", "discussion"], "secret": "my-secret", "token": OTHER}, [sample("create_webhook.1")]),
    case("all_job", {"job_id": "6864fd5cb9c3c5b1c1c8d3f2", "watched": [{"type": "model", "name": "u/m"}], "domains": ["repo"], "secret": "s",
                     "secrets": {"KEY": "é"}, "token": OTHER}, [reply(AT, body={"webhook": JOB})]),
    case("one_domain", {"url": URL, "watched": [{"type": "dataset", "name": "u/d"}, {"type": "space", "name": "u/s"}], "domains": ["discussion"]},
         [sample("create_webhook.1")]),
    case("no_domain", {"url": URL, "watched": WATCHED, "domains": []}, [sample("create_webhook.1")]),
    case("unknown_in_answer", {"url": URL, "watched": WATCHED},
         [reply(AT, body={"webhook": {**body("create_webhook.1")["webhook"], "domains": ["repo", "weather"], "watched": [{"type": "planet", "name": "x"}], "new": 1}})]),
    case("neither", {"watched": WATCHED}),
    case("both", {"url": URL, "job_id": "1", "watched": WATCHED}),
    case("secrets_without_job", {"url": URL, "watched": WATCHED, "secrets": {"K": "v"}}),
    case("bad_url", {"url": "nope", "watched": WATCHED}, [error(AT, 400, body={"error": ["Invalid URL", "URL must be https"]})]),
    case("unauthorized", {"url": URL, "watched": WATCHED, "token": False}, [error(AT, 401, "Invalid username or password.")]),
    case("forbidden", {"url": URL, "watched": WATCHED}, [forbidden(AT)]),
]
