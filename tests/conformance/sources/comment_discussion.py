from _discussion import failures
from wire import OTHER, TYPES, case, reply, sample

AT = "POST /api/{}s/u/r/discussions/2/comment"
ARGS = {"repo_id": "u/r", "discussion_num": 2, "comment": "Hello"}


def hidden(body):
    body["newMessage"]["data"].update(hidden=True, hiddenBy="owner", edited=True)


def offset(body):
    body["newMessage"]["createdAt"] = "2022-07-14T09:57:56Z"
    body["newMessage"]["data"]["brandNew"] = 1


CASES = [
    case("minimal", ARGS, [sample("comment_discussion.1", AT.format("model"))]),
    *[
        case(f"all_{kind}", {**ARGS, "comment": "# Title\n\n| a | b |\n<b>é</b> 😀 \"quoted\" \\", "repo_type": kind, "token": OTHER},
             [sample("comment_discussion.1", AT.format(kind))])
        for kind in TYPES
    ],
    case("second", ARGS, [sample("comment_discussion.2", AT.format("model"))]),
    case("hidden", ARGS, [sample("comment_discussion.1", AT.format("model"), edit=hidden)]),
    case("no_milliseconds", ARGS, [sample("comment_discussion.1", AT.format("model"), edit=offset)]),
    case("empty", {**ARGS, "comment": ""}, [sample("comment_discussion.1", AT.format("model"))]),
    case(
        "unknown_event_type",
        ARGS,
        [
            reply(
                AT.format("model"),
                body={"newMessage": {"id": "1", "type": "poll", "createdAt": "2022-07-14T09:57:56.000Z", "author": {"name": "a"}, "data": {"x": 1}}},
            )
        ],
    ),
    *failures({"comment": "Hello"}, "comment"),
]
