from _discussion import failures
from wire import OTHER, TYPES, body, case, reply, sample

AT = "GET /api/{}s/u/r/discussions/2"
ARGS = {"repo_id": "u/r", "discussion_num": 2}
WHO = {"name": "ann", "type": "user"}
EVENT = {"id": "1", "createdAt": "2022-05-27T04:24:08.000Z", "author": WHO}
EVENTS = [
    {**EVENT, "type": "status-change", "data": {"status": "merged"}},
    {**EVENT, "type": "title-change", "data": {"from": "a", "to": "b é"}},
    {**EVENT, "type": "commit", "data": {"subject": "Fix", "oid": "a" * 40}},
    {**EVENT, "type": "poll", "data": {"question": "?"}},
    {"id": "5", "createdAt": "2022-05-27T04:24:08Z", "type": "status-change", "data": {"status": "reopened-by-robot"}},
    {**EVENT, "type": "comment", "data": {"edited": True, "hidden": True, "hiddenBy": "owner", "numEdits": 2, "editorAvatarUrls": [],
     "latest": {"raw": "x", "html": "<p>x</p>", "updatedAt": "2022-05-28T04:24:08.123Z", "author": WHO},
     "history": [{"raw": "y", "html": "<p>y</p>", "updatedAt": "2022-05-27T04:24:08.000Z", "author": WHO}]}},
    {**EVENT, "type": "lock", "data": None},
]


def pull(**changes):
    return body("get_discussion_details.2", isPullRequest=True, filesWithConflicts=["a", "b"], diff="diff --git é", status="draft",
                changes={"base": "refs/heads/feature/x", "mergeCommitId": "b" * 40}, **changes)


CASES = [
    case("minimal", ARGS, [sample("get_discussion_details.2", AT.format("model"))]),
    case("recorded", {"repo_id": "openai-community/gpt2", "discussion_num": 1}, [sample("get_discussion_details.1")]),
    case("documented", {"repo_id": "user/repo", "discussion_num": 2}, [sample("get_discussion_details.3")]),
    *[case(f"all_{kind}", {**ARGS, "repo_type": kind, "token": OTHER}, [reply(AT.format(kind), body=pull())]) for kind in TYPES],
    case("conflicts_unknown", ARGS, [reply(AT.format("model"), body={**pull(), "filesWithConflicts": True, "changes": {"base": "main"}})]),
    case("events_of_all_kinds", ARGS, [reply(AT.format("model"), body=pull(events=EVENTS))], why="an unknown event is an event"),
    case("author_deleted", ARGS, [reply(AT.format("model"), body={k: v for k, v in pull().items() if k != "author"})]),
    case("no_namespace", {"repo_id": "r", "discussion_num": 2}, [sample("get_discussion_details.2", "GET /api/models/r/discussions/2")]),
    *failures({}, "", "GET"),
]
