"""The words in which the cases of `sources/` are written."""

import base64
import copy
import json
import os
import shutil
from pathlib import Path

HERE = Path(__file__).parent
SAMPLES = HERE / "samples"

# The commit, and the tokens, that cases use where any would do.
SHA = "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"
AMBIENT = "hf_ambient"
OTHER = "hf_other"

# Of a recorded answer these speak of the connection, not of the answer.
CONNECTION_HEADERS = {"content-length", "transfer-encoding", "content-encoding", "connection", "date"}


def case(name, args, replies=(), **options):
    """One case. Options:

    why       what the case shows, or why our client differs from Python
    ours      {"requests" | "result" | "error": ...}: replaces what Python did; needs `why`; or a function
              that makes it from the recorded case
    env       environment variables of the case (see `ENVIRONMENT` in record.py)
    files     name -> text, or {"base64": ...}, or {"repeat": TEXT, "times": N}, or
              {"text": TEXT, "mtime": SECONDS}; made in the working directory
    token     the ambient token; None for none
    unordered requests may come in any order
    optional  list of request indexes which a client may leave out
    one_get   True: a GET may stand for a HEAD, or for a HEAD and a GET, of the same file
    free      list of HTTP methods: all requests of these may be left out
    spare     list of paths that need be asked once only
    stored    replies for our client in place of those that Python got: same facts, told in a way that Python
              does not understand; needs `why`
    python    False: Python is not run (it would hang, or need the network); `ours` says everything
    """
    return {"name": name, "args": args, "replies": list(replies), **options}


def reply(at, status=200, body=None, *, headers=None, query=None, times=1, text=None, content=None, host=None):
    """Answers `at` ("GET /api/models/gpt2"; the path percent-decoded) with JSON `body`, or `text`, or bytes `content`.

    times: how often; 0: always. query: pairs which the request must carry. host: "storage" for the second server.
    """
    method, path = at.split(" ", 1)
    match = {"method": method, "path": path}
    if query:
        match["query"] = {k: v for k, v in query.items()}
    if host:
        match["host"] = host
    response = {"status": status, "headers": dict(headers or {})}
    names = {k.lower() for k in response["headers"]}
    if text is not None:
        response["text"] = text
        if "content-type" not in names:
            response["headers"]["content-type"] = "text/plain; charset=utf-8"
    elif content is not None:
        response["base64"] = base64.b64encode(content).decode()
    elif body is not None:
        response["json"] = body
        if "content-type" not in names:
            response["headers"]["content-type"] = "application/json; charset=utf-8"
    made = {"match": match, "response": response}
    if times != 1:
        made["times"] = times
    return made


def load(name):
    """A sample of the Hub's answers: `samples/NAME.json`, taken from $HUB_RESPONSES when it is not here yet."""
    path = SAMPLES / f"{name}.json"
    if not path.exists() and "HUB_RESPONSES" in os.environ:
        shutil.copy(Path(os.environ["HUB_RESPONSES"]) / f"{name}.json", path)
    return json.loads(path.read_text())


def body(name, **changes):
    """The body of a sample, with some members changed."""
    value = copy.deepcopy(load(name)["body"])
    if changes:
        value.update(changes)
    return value


def sample(name, at=None, *, status=None, headers=None, query=None, times=1, host=None, edit=None):
    """Answers with a sample, at the address it was recorded from or `at`. edit: a function over its body."""
    data = load(name)
    if at is None:
        at = f"{data['request']['method']} {data['request']['path']}"
    kept = {
        k: v.replace("https://huggingface.co", "{endpoint}") if k == "link" else v
        for k, v in data["headers"].items()
        if k not in CONNECTION_HEADERS
    }
    kept.update(headers or {})
    content = data["body"]
    if edit:
        content = copy.deepcopy(content)
        content = edit(content) or content
    form = {}
    if data.get("body_encoding") == "base64":
        form["content"] = base64.b64decode(content)
    elif isinstance(content, str):
        form["text"] = content
    elif content is not None:
        form["body"] = content
    return reply(at, status or data["status"], headers=kept, query=query, times=times, host=host, **form)


def api(repo_type=None):
    """The first part of API paths of a repository type."""
    return {None: "models", "model": "models", "dataset": "datasets", "space": "spaces", "kernel": "kernels"}[repo_type]


def error(at, status, message=None, code=None, *, body=None, text=None, headers=None, times=1, host=None):
    """An error answer as the Hub gives them on API routes: X-Error-Code, X-Error-Message, {"error": ...}."""
    made = dict(headers or {})
    if code:
        made["x-error-code"] = code
    if message and text is None and body is None:
        made["x-error-message"] = message
        body = {"error": message}
    return reply(at, status, body, headers=made, text=text, times=times, host=host)


def not_found(at, **options):
    """404 of a repository that is not there, or is private."""
    return error(at, 404, "Repository not found", "RepoNotFound", **options)


def unauthorized(at, **options):
    """401 without a code: what an anonymous caller gets for a repository that is private or not there."""
    return error(at, 401, "Invalid username or password.", **options)


def forbidden(at, message="You don't have the required permissions to perform this action", **options):
    """403 of an action for which the token has no right."""
    return error(at, 403, message, **options)


def no_revision(at, **options):
    """404 of a revision that is not there."""
    return error(at, 404, "Invalid rev id: nope", "RevisionNotFound", **options)


def gated(at, **options):
    """403 of a gated repository."""
    return error(
        at, 403, "Access to model u/r is restricted and you are not in the authorized list.", "GatedRepo", **options
    )


def me(name="me", **options):
    """Who the token belongs to: asked by calls that need a namespace and were given none."""
    return reply(
        "GET /api/whoami-v2",
        body={"type": "user", "id": "65f0c1d2e3a4b5c6d7e8f901", "name": name, "fullname": "Me", "orgs": []},
        **options,
    )


def refused(why):
    """Options of a case in which Python sends a call that can only be wrong, and our client refuses it."""
    return {
        "python": False,
        "ours": {"requests": [], "error": {"kind": "Validation", "status": None, "messages": []}},
        "why": why,
    }


def with_token(token):
    """For `ours`: the requests that Python made, all of them with this token."""
    return lambda made: {"requests": [{**r, "authorization": f"Bearer {token}"} for r in made["requests"]]}


TYPES = ("model", "dataset", "space")
# Revisions whose slash must be sent as %2F, or in whose names other characters are unsafe.
REVISIONS = {"pr": "refs/pr/1", "slash": "feature/x", "odd": "v1.0+é #2?"}


def page(at, items, next=None, **options):
    """One page of a list. next: the address of the next page."""
    headers = dict(options.pop("headers", {}))
    if next:
        headers["link"] = f'<{next}>; rel="next"'
    return reply(at, body=items, headers=headers, **options)
