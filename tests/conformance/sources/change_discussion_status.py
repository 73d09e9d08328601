from _discussion import failures
from wire import OTHER, TYPES, case, error, sample

AT = "POST /api/{}s/u/r/discussions/2/status"

CASES = [
    case("minimal", {"repo_id": "u/r", "discussion_num": 2, "new_status": "closed"}, [sample("change_discussion_status.1", AT.format("model"))]),
    *[
        case(
            f"all_{kind}",
            {"repo_id": "u/r", "discussion_num": 2, "new_status": "open", "comment": "  once more é\n ", "repo_type": kind, "token": OTHER},
            [sample("change_discussion_status.1", AT.format(kind))],
        )
        for kind in TYPES
    ],
    case("blank_comment", {"repo_id": "u/r", "discussion_num": 2, "new_status": "closed", "comment": " \n"},
         [sample("change_discussion_status.1", AT.format("model"))], why="a blank comment is not sent"),
    case("unknown_status", {"repo_id": "u/r", "discussion_num": 2, "new_status": "merged"}),
    case("closed_already", {"repo_id": "u/r", "discussion_num": 2, "new_status": "closed"},
         [error(AT.format("model"), 400, "Discussion is already closed")]),
    *failures({"new_status": "closed"}, "status"),
]
