"""Safetensors files."""

import json

from _files import route
from wire import reply

HEADER = {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "s": {"dtype": "BF16", "shape": [], "data_offsets": [24, 26]}}


def content(header=HEADER, pad=b"\0" * 26):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return len(text).to_bytes(8, "little") + text + pad


def get(path="model.safetensors", kind=None, revision="main", repo="u/r", *, bytes=None, status=206, start=0, total=None, **options):
    """A piece of a file, which begins at `start` of `total` bytes."""
    piece = content() if bytes is None else bytes
    headers = {"content-type": "application/octet-stream"}
    if status == 206:
        headers["content-range"] = f"bytes {start}-{start + len(piece) - 1}/{total or start + len(piece)}"
    return reply(route("GET", path, kind, revision, repo), status, content=piece, headers=headers, **options)
