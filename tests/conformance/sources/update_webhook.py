from _simple import by_id
from wire import OTHER, body, case, reply, sample

ID = "654bbbc16f2ec14d77f109cc"
AT = f"POST /api/settings/webhooks/{ID}"
ARGS = {"webhook_id": ID}
WATCHED = [{"type": "user", "name": "julien-c"}]
DONE = body("update_webhook.1")

CASES = by_id({**ARGS, "watched": WATCHED, "url": "https://new.webhook.site/x"}, AT, DONE) + [
    case("sample", {**ARGS, "watched": WATCHED}, [sample("update_webhook.1")]),
    case("every_argument", {**ARGS, "url": "https://new.webhook.site/é", "watched": WATCHED, "domains": ["repo"], "secret": "s", "token": OTHER}, [reply(AT, body=DONE)]),
    case("job", {**ARGS, "job_id": "6864fd5cb9c3c5b1c1c8d3f2", "watched": WATCHED, "domains": [], "secrets": {"K": "v"}}, [reply(AT, body=DONE)]),
    case("without_watched", {**ARGS, "secret": ""}, [reply(AT, body=DONE)],
         ours=lambda made: {"requests": [{**r, "body": {"json": {"secret": ""}}} for r in made["requests"]]},
         why="Python sends `watched: []`, which the Hub refuses: what is not given is not sent"),
    case("url_and_job", {**ARGS, "url": "https://x", "job_id": "1", "watched": WATCHED}),
    case("secrets_without_job", {**ARGS, "secrets": {"K": "v"}, "watched": WATCHED}),
]
