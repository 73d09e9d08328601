"""Lists in pages."""

from wire import OTHER, case, error, forbidden, page, reply, sample

CURSOR = "eyIkb3IiOlt7fV19%3D%3D"


def pages(at, items, query="", host="{endpoint}", **options):
    """A page for each list of items, with cursors that look like the Hub's."""
    path = at.split(" ", 1)[1]
    made = []
    for number, part in enumerate(items):
        more = number + 1 < len(items)
        following = f"{host}{path}?{query}cursor={CURSOR}{number + 1}" if more else None
        asked = {"cursor": f"eyIkb3IiOlt7fV19=={number}"} if number else None
        made.append(page(at, part, following, query=asked, **options))
    return made


def listing(args, at, one, *, paged=True):
    """Cases of any list. one: makes an item from a number."""
    made = [
        case("minimal", args, [page(at, [one(1), one(2)])]),
        case("other_token", {**args, "token": OTHER}, [page(at, [one(1)])]),
        case("anonymous", {**args, "token": False}, [error(at, 401, "Invalid username or password.")]),
        case("empty", args, [page(at, [])]),
        case("missing", args, [error(at, 404, "Not found")]),
        case("forbidden", args, [forbidden(at)]),
        case("refused", args, [error(at, 400, body={"error": "No", "errors": [{"message": "one"}]})]),
    ]
    if paged:
        made += [
            case("pages", args, pages(at, [[one(1), one(2)], [one(3)], [], [one(4)]])),
            case("pages_relative", args, pages(at, [[one(1)], [one(2)], [one(3)]]), stored=pages(at, [[one(1)], [one(2)], [one(3)]], host=""),
                 why="a relative address of the next page is understood, Python wants an absolute one"),
            case("pages_on_huggingface", args, pages(at, [[one(1)], [one(2)]]), stored=pages(at, [[one(1)], [one(2)]], host="https://huggingface.co"),
                 why="an address on huggingface.co is asked at the endpoint, so that a mirror works, and no token leaves it"),
            case("second_page_fails", args, [*pages(at, [[one(1)], [one(2)]])[:1], forbidden(at, "No more for you")]),
        ]
    else:
        made.append(case("link_is_not_followed", args, [page(at, [one(1)], "{endpoint}/never?p=1")], why="Python reads one page"))
    return made


def users(args, at, name):
    def one(number):
        return {"_id": str(number), "user": f"user-{number}", "fullname": f"Zoë {number}", "avatarUrl": "/avatars/a.svg", "isPro": False, "type": "user", "isFollowing": None}

    return listing(args, at, one) + [
        case("documented", args, [sample(f"{name}.1", at)]),
        case("newer_answer", args, [reply(at, body=[{**one(1), "brandNew": {"n": 2**53 + 1}, "numFollowers": 3}])]),
    ]
