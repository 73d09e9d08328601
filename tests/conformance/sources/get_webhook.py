from _simple import by_id
from wire import body, case, reply

AT = "GET /api/settings/webhooks/654bbbc16f2ec14d77f109cc"
ARGS = {"webhook_id": "654bbbc16f2ec14d77f109cc"}
HOOK = body("get_webhook.1")
JOB = {"dockerImage": "ubuntu", "spaceId": None, "command": ["true"], "arguments": [], "environment": {"A": "b"}, "secrets": ["S"], "flavor": "quantum-x9",
       "timeoutSeconds": 60, "tags": ["t"], "arch": "amd64", "labels": {"a": "b"}, "brandNew": 1,
       "volumes": [{"type": "bucket", "source": "u/b", "mountPath": "/d"}]}

CASES = by_id(ARGS, AT, HOOK) + [
    case("of_a_job", ARGS, [reply(AT, body={"webhook": {**HOOK["webhook"], "url": None, "job": JOB}})]),
    case("newer_answer", ARGS, [reply(AT, body={"webhook": {**HOOK["webhook"], "domains": ["weather"], "watched": [{"type": "planet", "name": "x", "y": 1}], "disabled": "suspended-after-failure", "secret": None}})]),
]
