from _discussion import failures
from wire import OTHER, TYPES, case, error, reply, sample

AT = "POST /api/{}s/u/r/discussions/2/merge"
ARGS = {"repo_id": "u/r", "discussion_num": 2}

CASES = [
    case("minimal", ARGS, [sample("merge_pull_request.1", AT.format("model"))], why="without a comment there is no body"),
    *[case(f"all_{kind}", {**ARGS, "comment": " Thanks é\n", "repo_type": kind, "token": OTHER}, [reply(AT.format(kind), body={})]) for kind in TYPES],
    case("blank_comment", {**ARGS, "comment": " \n"}, [reply(AT.format("model"))]),
    case("conflict", ARGS, [error(AT.format("model"), 409, "This PR has conflicts")]),
    *failures({}, "merge"),
]
