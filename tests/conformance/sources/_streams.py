"""Event streams."""

import json

from wire import reply


def events(*lines, start=0):
    """Text of log events, one second apart."""
    return "".join(
        "data: " + json.dumps({"data": line, "timestamp": f"2025-07-22T13:24:{start + i:02}.000Z"}, ensure_ascii=False) + "\n\n"
        for i, line in enumerate(lines)
    )


def stream(at, text, *, date=None, **options):
    headers = {"content-type": "text/event-stream"}
    if date:
        headers["date"] = date
    return reply(at, text=text, headers=headers, **options)


def stage(name, job="1", namespace="org", **options):
    return reply(f"GET /api/jobs/{namespace}/{job}", body={"id": job, "status": {"stage": name}}, **options)
