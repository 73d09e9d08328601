from _simple import by_id
from wire import body, case, reply, sample

ID = "654bbbc16f2ec14d77f109cc"
AT = f"POST /api/settings/webhooks/{ID}/enable"
ARGS = {"webhook_id": ID}
HOOK = body("enable_webhook.1")

CASES = by_id(ARGS, AT, HOOK) + [
    case("recorded", ARGS, [sample("enable_webhook.1", AT)]),
    case("of_a_job", ARGS, [reply(AT, body={"webhook": {**HOOK["webhook"], "url": None, "job": {
        "dockerImage": "ubuntu", "spaceId": None, "command": ["true"], "arguments": [], "environment": {}, "secrets": [],
        "flavor": "cpu-basic", "timeoutSeconds": None, "tags": [], "arch": "amd64", "brandNew": 1}}})]),
    case("newer_answer", ARGS, [reply(AT, body={"webhook": {**HOOK["webhook"], "brandNew": [1], "domains": ["repo", "weather"]}})]),
]
