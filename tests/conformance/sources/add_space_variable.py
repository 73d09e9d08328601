from _space_pairs import add
from wire import body, case, reply, sample

PAIR = {"repo_id": "user/tmp_test_space", "key": "foo", "value": "123"}

CASES = add("variables", {"API_KEY": {"value": "s3cret", "updatedAt": "2025-03-07T12:24:18Z"}}) + [
    case("recorded", PAIR, [sample("add_space_variable.1")]),
    case("recorded_two", PAIR, [sample("add_space_variable.2")]),
    case(
        "several",
        PAIR,
        [
            reply(
                "POST /api/spaces/user/tmp_test_space/variables",
                body={"foo": {"value": "123", "description": "one", "updatedAt": "2025-03-07T12:24:18.657Z", "new": 1}, "B": {"value": ""}},
            )
        ],
    ),
]
