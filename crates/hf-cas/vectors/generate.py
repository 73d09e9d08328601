"""Writes vectors.json: what the official client makes of some contents.

    pip install hf-xet==1.8.0
    python generate.py

The client uploads to a small store in this process, which keeps the xorbs and shards that arrive. The tests of the crate
make the same contents and compare everything. This file needs the official client, the tests do not.
"""

import base64
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

os.environ["HF_XET_TELEMETRY_ENABLED"] = "0"
os.environ["HF_XET_CACHE"] = tempfile.mkdtemp()

import hf_xet  # noqa: E402

MASK = (1 << 64) - 1
# Larger xorbs and shards are not written as they are.
INLINE = 24 * 1024


def words(seed):
    state = (seed * 0x9E3779B97F4A7C15 & MASK) | 1
    while True:
        state ^= state << 13 & MASK
        state ^= state >> 7
        state ^= state << 17 & MASK
        yield state


def content(kind, seed, length):
    random = words(seed)
    if kind == "random":
        data = b"".join(struct.pack("<Q", next(random)) for _ in range(length // 8 + 1))
    elif kind == "float32":
        data = b"".join(struct.pack("<f", (next(random) >> 40) / 2**24) for _ in range(length // 4 + 1))
    elif kind == "bfloat16":
        data = b"".join(struct.pack("<f", (next(random) >> 40) / 2**24)[2:] for _ in range(length // 2 + 1))
    elif kind == "text":
        names = [b"lorem", b"ipsum", b"dolor", b"sit", b"amet", b"elit", b"sed", b"do"]
        data = b" ".join(names[next(random) >> 61] for _ in range(length // 2 + 1))
    else:
        data = bytes(length)
    return data[:length]


class Store(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects = []

    def log_message(self, *args):
        pass

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if "token" in self.path:
            url = f"http://127.0.0.1:{self.server.server_port}"
            self.answer(200, {"accessToken": "t", "exp": int(time.time()) + 3600, "casUrl": url})
        else:
            self.answer(404, {})

    def do_HEAD(self):
        self.send_response(404)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_POST(self):
        if self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.startswith("/v1/xorbs/"):
            self.objects.append(("xorb", body))
            self.answer(200, {"was_inserted": True})
        elif self.path.startswith("/v1/shards"):
            self.objects.append(("shard", body))
            self.answer(200, {"result": 1})
        else:
            self.answer(404, {})


def hash_text(raw):
    return "".join(f"{word:016x}" for word in struct.unpack("<4Q", raw))


def read_shard(shard):
    """The chunks of the xorbs, and the terms of the file, by the published format."""
    records = [shard[i : i + 48] for i in range(48, len(shard), 48)]
    terms, chunks, verification, sha256 = [], [], [], None
    name, flags, count = records[0][:32], *struct.unpack("<2I", records[0][32:40])
    at = 1
    for record in records[at : at + count]:
        terms.append([hash_text(record[:32]), *struct.unpack("<3I", record[36:48])])
    at += count
    if flags >> 31:
        verification = [hash_text(record[:32]) for record in records[at : at + count]]
        at += count
    if flags >> 30 & 1:
        sha256 = hash_text(records[at][:32])
        at += 1
    at += 1
    xorbs = []
    while records[at][:32] != b"\xff" * 32:
        xorb, count = records[at][:32], *struct.unpack("<I", records[at][36:40])
        chunks = []
        for record in records[at + 1 : at + 1 + count]:
            chunks.append([hash_text(record[:32]), struct.unpack("<I", record[36:40])[0]])
        xorbs.append({"hash": hash_text(xorb), "chunks": chunks})
        at += 1 + count
    return {"file": hash_text(name), "sha256": sha256, "terms": terms, "verification": verification, "xorbs": xorbs}


CASES = [("random", 1, 1), ("random", 2, 1000), ("random", 3, 8192), ("random", 4, 65536), ("random", 5, 131073)]
CASES += [("random", 6, 1 << 20), ("random", 7, 3 << 20), ("random", 8, 20_000_003)]
CASES += [("text", 1, 100), ("text", 2, 300_000), ("zeros", 0, 131072), ("zeros", 0, 1_000_000)]
CASES += [("float32", 1, 10_002), ("float32", 2, 2_000_003), ("bfloat16", 1, 20_001), ("bfloat16", 2, 1_000_000)]


def vector(kind, seed, length):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    session = hf_xet.XetSession()
    with session.new_upload_commit(
        token_refresh_url=f"http://127.0.0.1:{server.server_port}/token",
        token_refresh_headers={},
        custom_headers={},
        progress_callback=None,
    ) as commit:
        handle = commit.start_upload_bytes(content(kind, seed, length), sha256=hf_xet.COMPUTE_SHA256)
    info = handle.result().xet_info
    [shard] = [body for name, body in Store.objects if name == "shard"]
    xorbs = [body for name, body in Store.objects if name == "xorb"]
    made = {"kind": kind, "seed": seed, "length": length, **read_shard(shard)}
    assert made["file"] == info.hash
    if sum(map(len, xorbs)) <= INLINE:
        made["shard_bytes"] = base64.b64encode(shard).decode()
        made["xorb_bytes"] = [base64.b64encode(xorb).decode() for xorb in xorbs]
    return json.dumps(made)


def main():
    if len(sys.argv) > 1:
        print(vector(*CASES[int(sys.argv[1])]))
        return
    # A process for each: the client remembers what it has sent.
    command = [sys.executable, __file__]
    lines = [subprocess.check_output([*command, str(i)], text=True).strip() for i in range(len(CASES))]
    (Path(__file__).parent / "vectors.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
