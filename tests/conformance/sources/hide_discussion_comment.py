from _discussion import failures
from wire import OTHER, TYPES, case, sample

AT = "POST /api/{}s/u/r/discussions/2/comment/62cfe8a4ad741b94f5c53914/hide"
ARGS = {"repo_id": "u/r", "discussion_num": 2, "comment_id": "62cfe8a4ad741b94f5c53914"}

CASES = [
    case("minimal", ARGS, [sample("hide_discussion_comment.1", AT.format("model"))]),
    *[case(f"all_{kind}", {**ARGS, "comment_id": "62CFE8A4AD741B94F5C53914", "repo_type": kind, "token": OTHER}, [sample("hide_discussion_comment.1", AT.format(kind))])
      for kind in TYPES],
    *failures({"comment_id": "1"}, "comment/1/hide"),
]
