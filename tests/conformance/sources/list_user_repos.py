from _lists import listing
from wire import OTHER, case, page, sample

AT = "GET /api/settings/repositories"


def one(number):
    return {"id": f"u/r{number}", "type": ["model", "bucket", "hologram"][number % 3], "updatedAt": "2026-08-01T12:00:00Z", "visibility": "private", "storage": 2**53 + number, "storagePercent": 0.25}


CASES = listing({}, AT, one) + [
    case("documented", {}, [sample("list_user_repos.1")]),
    case("organization", {"namespace": "example-org", "token": OTHER}, [sample("list_user_repos.2")]),
    case("organization_forbidden", {"namespace": "o"}, [sample("error.org-not-found.1", "GET /api/organizations/o/settings/repositories")]),
    case("organization_none", {"namespace": "o"}, [page("GET /api/organizations/o/settings/repositories", [])]),
]
