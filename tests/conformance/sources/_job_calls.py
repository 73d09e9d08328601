"""Calls on one job."""

from _simple import by_id
from wire import body, case, me, reply, sample


def on_job(method, noun, path, suffix, name, args=None, answer=True):
    args = args or {}
    at = f"{method} /api/{path}/lhoestq/687f911eaea852de79c4a50a/{suffix}"
    full = {noun: "687f911eaea852de79c4a50a", "namespace": "lhoestq", **args}
    found = body(f"{name}.1") if answer else {}
    return by_id(full, at, found) + [
        case("own_namespace", {k: v for k, v in full.items() if k != "namespace"}, [me("lhoestq"), reply(at, body=found)]),
        case("no_such_job", full, [sample("error.job-not-found.1", at)]),
        case("newer_answer", full, [reply(at, body={**found, "brandNew": 1, "flavor": "quantum-x9"})]),
    ]
