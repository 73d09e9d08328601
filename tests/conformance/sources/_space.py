"""Calls that answer with the runtime of a Space."""

from _simple import by_id
from wire import body, case, not_found, reply, sample


def runtime(args, at, name):
    args = {"repo_id": "u/s", **args}
    found = body(f"{name}.1")
    return by_id(args, at, found) + [
        case("sample", args, [sample(f"{name}.1", at)]),
        case("unknown_in_answer", args, [reply(at, body={**found, "stage": "DANCING", "hardware": {"current": "quantum-x9", "requested": "cpu-basic"}, "brandNew": 2**60 + 1})]),
        case("no_namespace", {**args, "repo_id": "s"}, [reply(at.replace("/u/s/", "/s/"), body=found)]),
        case("no_space", args, [not_found(at)]),
        case("bad_repo_id", {**args, "repo_id": "u/s/t"}),
    ]
