from _discussion import failures
from wire import OTHER, TYPES, case, sample

AT = "POST /api/{}s/u/r/discussions/2/title"
ARGS = {"repo_id": "u/r", "discussion_num": 2, "new_title": "Better"}

CASES = [
    case("minimal", ARGS, [sample("rename_discussion.1", AT.format("model"))]),
    *[case(f"all_{kind}", {**ARGS, "new_title": "é \"q\" 😀", "repo_type": kind, "token": OTHER}, [sample("rename_discussion.1", AT.format(kind))]) for kind in TYPES],
    case("blank", {**ARGS, "new_title": "  x  "}, [sample("rename_discussion.1", AT.format("model"))]),
    *failures({"new_title": "x"}, "title"),
]
