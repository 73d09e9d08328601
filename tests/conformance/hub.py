"""A scripted Hub on loopback: answers as told, and notes what it was asked."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote

NOTED_HEADERS = ("range", "last-event-id", "x-hf-bill-to")
UNMATCHED = 599


class Hub:
    """Two listeners: the Hub itself, and a storage host of another origin."""

    def __init__(self):
        self.lock = threading.Lock()
        self.replies, self.requests, self.unmatched = [], [], []
        self.servers = {}
        for host in ("endpoint", "storage"):
            server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(host))
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.servers[host] = server

    def url(self, host):
        return f"http://127.0.0.1:{self.servers[host].server_address[1]}"

    def start(self, replies):
        with self.lock:
            self.replies = [{**r, "left": r.get("times", 1) or 10**9} for r in replies]
            self.requests, self.unmatched = [], []

    def fill(self, text):
        return text.replace("{endpoint}", self.url("endpoint")).replace("{storage}", self.url("storage"))

    def template(self, text):
        for host in self.servers:
            text = text.replace(self.url(host), "{%s}" % host)
        return text

    def answer(self, host, method, target, headers, body):
        path, _, query = target.partition("?")
        pairs = parse_qsl(query, keep_blank_values=True)
        noted = {"method": method, "path": path}
        if host != "endpoint":
            noted["host"] = host
        noted["query"] = [[k, self.template(v)] for k, v in pairs]
        noted["authorization"] = headers.get("authorization")
        noted["content_type"] = headers.get("content-type")
        kept = {h: headers[h] for h in NOTED_HEADERS if h in headers}
        if kept:
            noted["headers"] = kept
        noted["body"] = describe(body, headers.get("content-type") or "", self.template)
        with self.lock:
            self.requests.append(noted)
            for r in self.replies:
                if r["left"] and matches(r["match"], host, method, path, pairs):
                    r["left"] -= 1
                    return r["response"]
            self.unmatched.append(f"{method} {target}")
        return {"status": UNMATCHED, "headers": {"x-error-message": f"no reply for {method} {target}"}}

    def _handler(hub, host):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *args):
                pass

            def respond(self):
                response = hub.answer(host, self.command, self.path, self.headers, self.read_body())
                content = payload(response, hub.fill)
                self.send_response_only(response["status"])
                names = set()
                for name, values in response["headers"].items():
                    names.add(name.lower())
                    for value in values if isinstance(values, list) else [values]:
                        self.send_header(name, hub.fill(value))
                if "content-length" not in names and response["status"] not in (204, 304):
                    self.send_header("content-length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def read_body(self):
                if "chunked" in self.headers.get("transfer-encoding", ""):
                    content = b""
                    while size := int(self.rfile.readline().split(b";")[0], 16):
                        content += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                    return content
                return self.rfile.read(int(self.headers.get("content-length") or 0))

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

        return Handler


def matches(match, host, method, path, pairs):
    if match["method"] != method or match.get("host", "endpoint") != host:
        return False
    if unquote(path) != unquote(match["path"]):
        return False
    return all([k, v] in [list(p) for p in pairs] for k, v in match.get("query", {}).items())


def payload(response, fill=lambda text: text):
    """The bytes of a scripted answer."""
    if "json" in response:
        return fill(json.dumps(response["json"], ensure_ascii=False, separators=(",", ":"))).encode()
    if "text" in response:
        return fill(response["text"]).encode()
    return base64.b64decode(response.get("base64", ""))


def timeless(operation):
    """An operation on a bucket carries the present time, in milliseconds."""
    if abs((operation.get("mtime") or 0) - time.time() * 1000) < 3_600_000:
        operation["mtime"] = "{now}"
    return operation


def describe(content, content_type, template):
    """How a case writes down the body of a request."""
    if not content:
        return None
    kind = content_type.split(";")[0].strip()
    try:
        text = content.decode()
        if kind == "application/json" or kind.endswith("+json"):
            return {"json": json.loads(template(text))}
        if kind == "application/x-ndjson":
            return {"ndjson": [timeless(json.loads(line)) for line in template(text).splitlines() if line]}
        if kind == "application/x-www-form-urlencoded":
            return {"form": [list(p) for p in parse_qsl(text, keep_blank_values=True)]}
        if len(content) <= 2000 and text.isprintable() or text.replace("\n", "").isprintable() and len(content) <= 2000:
            return {"text": template(text)}
    except (UnicodeDecodeError, ValueError):
        pass
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
