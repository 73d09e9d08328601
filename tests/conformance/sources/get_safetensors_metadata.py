import json

from _files import head, route
from _tensors import HEADER, content, get
from wire import OTHER, TYPES, case, error, gated, not_found, reply, unauthorized

ONE, INDEX = "model.safetensors", "model.safetensors.index.json"
ARGS = {"repo_id": "u/r"}


def missing(path, kind=None, revision="main"):
    return error(route("HEAD", path, kind, revision), 404, "Entry not found", "EntryNotFound")


def index(shards, kind=None, revision="main"):
    text = json.dumps({"metadata": {"total_size": 52}, "weight_map": {f"{s}.{t}": s for s in shards for t in "as"}})
    return [head(INDEX, kind, revision, size=len(text), times=2), reply(route("GET", INDEX, kind, revision), text=text)]


def shard(name):
    return content({f"{name}.{k}" if k != "__metadata__" else k: v for k, v in HEADER.items()})


SHARDS = ["m-1.safetensors", "m-2.safetensors"]
FEWER = "the existence of a file need not be asked before it is read"

UNSEEN = "a repository that one cannot see is not said to lack safetensors files"

CASES = [
    case("minimal", ARGS, [head(ONE), get()], optional=[0], why=FEWER),
    *[
        case(f"all_{kind}", {**ARGS, "repo_type": kind, "revision": "refs/pr/1", "timeout": 5, "token": OTHER},
             [head(ONE, kind, "refs/pr/1"), get(ONE, kind, "refs/pr/1")], optional=[0], why=FEWER)
        for kind in TYPES
    ],
    case("branch", {**ARGS, "revision": "feature/x"}, [head(ONE, revision="feature/x"), get(revision="feature/x")], optional=[0], why=FEWER),
    case("sharded", ARGS, [missing(ONE), *index(SHARDS), *[get(s, bytes=shard(s)) for s in SHARDS]], unordered=True, free=["HEAD"], why=FEWER),
    case("sharded_dataset_pr", {**ARGS, "repo_type": "dataset", "revision": "refs/pr/1", "token": OTHER},
         [missing(ONE, "dataset", "refs/pr/1"), *index(SHARDS, "dataset", "refs/pr/1"), *[get(s, "dataset", "refs/pr/1", bytes=shard(s)) for s in SHARDS]],
         unordered=True, free=["HEAD"], why=FEWER),
    case("none", ARGS, [missing(ONE), missing(INDEX)]),
    case("gated", ARGS, [gated(route("HEAD", ONE))]),
    case("missing", ARGS, [not_found(route("HEAD", ONE)), not_found(route("HEAD", INDEX))],
         ours={"error": {"kind": "RepositoryNotFound", "status": 404, "messages": ["Repository not found"]}}, why=UNSEEN),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(route("HEAD", ONE)), unauthorized(route("HEAD", INDEX))],
         ours={"error": {"kind": "RepositoryNotFound", "status": 401, "messages": ["Invalid username or password."]}}, why=UNSEEN),
    case("not_safetensors", ARGS, [head(ONE), get(bytes=b"hello")], optional=[0], why=FEWER),
    case("header_too_large", ARGS, [head(ONE), get(bytes=(2**40).to_bytes(8, "little") + b"{}")], optional=[0], why=FEWER),
    case("header_not_json", ARGS, [head(ONE), get(bytes=content(b"{nope"))], optional=[0], why=FEWER),
    case("bad_repo_id", {"repo_id": "u/r/x"}),
]
for one in CASES:
    one.update(one_get=True, why=one.get("why") or FEWER)
