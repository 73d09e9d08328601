"""Arguments of jobs, and cases that their calls share."""

from wire import OTHER, case, error, forbidden, me

VOLUMES = [
    {"type": "bucket", "source": "u/b", "mount_path": "/data", "read_only": False, "path": "sub/é"},
    {"source": "u/m", "mount_path": "/m", "revision": "refs/pr/1"},
    {"type": "dataset", "source": "u/d", "mount_path": "/d", "read_only": True, "revision": "feature/x"},
]
FULL = {
    "env": {"A": "1", "é": "x y"}, "secrets": {"S": "s3cret"}, "flavor": "a10g-small", "timeout": "1.5h", "attempts": 3,
    "name": "my-job", "labels": {"k": "v"}, "volumes": VOLUMES, "expose": [8000, 8001, 8000], "expose_public": [9000, 8001],
    "resource_group_id": "66670e5163145ca562cb1988", "namespace": "lhoestq", "token": OTHER,
}


def variants(base, made):
    """How arguments of any job are written on the wire. `made()` is the reply."""
    return [
        case("timeout_number", {**base, "timeout": 90}, [made()]),
        case("timeout_float", {**base, "timeout": 90.9}, [made()]),
        case("timeout_seconds", {**base, "timeout": "30s"}, [made()]),
        case("timeout_minutes", {**base, "timeout": "2.5m"}, [made()]),
        case("timeout_days", {**base, "timeout": "1d"}, [made()]),
        case("timeout_text_number", {**base, "timeout": "600"}, [made()]),
        case("timeout_zero", {**base, "timeout": 0}, [made()]),
        case("timeout_nonsense", {**base, "timeout": "soon"}),
        case("named_by_label", {**base, "labels": {"name": "mine", "x": ""}}, [made()]),
        case("name_twice", {**base, "name": "a", "labels": {"name": "b"}}),
        case("unknown_flavor", {**base, "flavor": "quantum-x9"}, [made()]),
        case("public_port_only", {**base, "expose_public": [80]}, [made()]),
        case("empty_everything", {**base, "env": {}, "secrets": {}, "labels": {}, "volumes": [], "expose": [], "expose_public": [], "attempts": 0}, [made()]),
    ]


def failures(base, at):
    return [
        case("forbidden", base, [forbidden(at)]),
        case("payment", base, [error(at, 402, "Pre-paid credit balance is insufficient")]),
        case("refused", base, [error(at, 400, body={"error": "Invalid flavor", "errors": [{"message": "unknown flavor"}]})]),
        case("unauthorized", {**base, "token": False}, [error(at, 401, "Invalid username or password.")]),
    ]


def who(name="lhoestq"):
    return me(name)
