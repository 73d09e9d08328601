"""Calls on one inference endpoint."""

from _simple import by_id
from wire import body, case, me, sample


def on_endpoint(name, method="POST", suffix="", args=None):
    args = {"name": "my-endpoint-name", **(args or {})}
    at = f"{method} /-/endpoints/v2/endpoint/Wauplin/my-endpoint-name{suffix}"
    return by_id({**args, "namespace": "Wauplin"}, at, body(f"{name}.1")) + [
        case("own_namespace", args, [me("Wauplin"), sample(f"{name}.1", at)]),
        case("newer_answer", {**args, "namespace": "Wauplin"}, [sample(f"{name}.1", at, edit=odd)]),
    ]


def odd(body):
    body["status"]["state"] = "dancing"
    body["type"] = "telepathic"
    body["brandNew"] = 2**60 + 1
