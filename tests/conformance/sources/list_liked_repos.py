from _lists import listing
from wire import case, me, page, reply, sample

ARGS = {"user": "julien-c"}
AT = "GET /api/users/julien-c/likes"


def one(number):
    return {"createdAt": "2026-08-01T12:00:00.000Z", "repo": {"name": f"u/r{number}", "type": ["model", "dataset", "space", "kernel", "hologram"][number % 5]}, "brandNew": 1}


CASES = listing(ARGS, AT, one) + [
    case("own", {}, [me("julien-c"), sample("list_liked_repos.1", AT)]),
    case("token_of_organization", {}, [reply("GET /api/whoami-v2", body={"type": "org", "name": "org"})]),
    case("bad_token", {}, [sample("error.invalid-credentials.1", "GET /api/whoami-v2")]),
]
