from _new_discussion import cases
from wire import OTHER, case, sample

CASES = cases("create_discussion.1", 1) + [
    case("pull_request", {"repo_id": "u/r", "title": "T", "pull_request": True, "token": OTHER},
         [sample("create_pull_request.1", "POST /api/models/u/r/discussions"),
          sample("get_discussion_details.1", "GET /api/models/u/r/discussions/2")]),
]
