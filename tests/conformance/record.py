#!/usr/bin/env python3
"""Runs the real Python client over the cases of `sources/`, and writes down what it asked and what it made of the answers.

    record.py [METHOD...]      record these methods (default: all); writes cases/METHOD/CASE.json
    record.py --methods        write methods.json, the list of the methods of HfApi
"""

import base64
import contextlib
import copy
import faulthandler
import hashlib
import importlib.util
import inspect
import io
import json
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "sources")]
sys.dont_write_bytecode = True

from hub import UNMATCHED, Hub  # noqa: E402

HUB = Hub()
ROOT = Path(tempfile.mkdtemp(prefix="hf-record-")).resolve()
for name in [n for n in os.environ if n.startswith(("HF_", "HUGGING", "XDG_"))]:
    if name != "HUB_RESPONSES":
        del os.environ[name]
os.environ.update(
    HF_ENDPOINT=HUB.url("endpoint"),
    HF_HOME=str(ROOT / "home"),
    HF_HUB_DISABLE_XET="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_VERBOSITY="critical",
    TZ="UTC",
)
time.tzset()

import huggingface_hub  # noqa: E402
from huggingface_hub import HfApi, _tree_cache, constants  # noqa: E402
from huggingface_hub.utils import _http  # noqa: E402

import values  # noqa: E402
from wire import AMBIENT  # noqa: E402

VERSION = "2.4.0"

# The rule that a 401 without a code means "repository not found" asks for https, and the scripted Hub speaks http.
_http.REPO_API_REGEX = re.compile(_http.REPO_API_REGEX.pattern.replace("^https://", "^https?://"), re.VERBOSE)

# The other services, which Python has as constants.
constants.INFERENCE_ENDPOINTS_ENDPOINT = HUB.url("endpoint") + "/-/endpoints/v2"
constants.INFERENCE_CATALOG_ENDPOINT = HUB.url("endpoint") + "/-/catalog"
constants.DATASETS_SERVER_ENDPOINT = HUB.url("endpoint") + "/-/datasets-server"

# Environment variables that a case may set, and the constants that Python read them into.
ENVIRONMENT = {
    "HF_HUB_OFFLINE": ("HF_HUB_OFFLINE", lambda v: v == "1"),
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": ("HF_HUB_DISABLE_IMPLICIT_TOKEN", lambda v: v == "1"),
    "HF_DATASETS_SERVER_ENDPOINT": ("DATASETS_SERVER_ENDPOINT", str),
    "HF_HUB_DISABLE_XET": ("HF_HUB_DISABLE_XET", lambda v: v == "1"),
}

real_sleep = time.sleep
time.sleep = lambda seconds: real_sleep(min(seconds, 0.002))


def methods():
    """The public methods of HfApi that make requests."""
    names = [n for n, f in inspect.getmembers(HfApi) if not n.startswith("_") and callable(f)]
    return sorted(n for n in names if n != "run_as_future")


def load_source(path):
    spec = importlib.util.spec_from_file_location(f"source_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


def file_bytes(content):
    if isinstance(content, dict) and "base64" in content:
        return base64.b64decode(content["base64"])
    if isinstance(content, dict) and "text" in content:
        return content["text"].encode()
    if isinstance(content, dict):
        return (content["repeat"] * content["times"]).encode()
    return content.encode()


# What each client keeps for itself, in its own form.
OWN_FOLDERS = {".cache", ".locks", "trees"}
OWN_FILES = {"CACHEDIR.TAG"}
TIMESTAMP = re.compile(r'("timestamp": ")[^"]*(")')
# When the files of a case were last changed.
MADE_AT = 1_700_000_000


def made_files(folder, before):
    """Files that the call made or changed, but for its own bookkeeping."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        content = path.read_bytes()
        own = any(part in OWN_FOLDERS for part in name.split("/")) or path.name in OWN_FILES
        if own or before.get(name) == content:
            continue
        try:
            text = content.decode().replace(str(folder), "{tmp}")
            found[name] = TIMESTAMP.sub(r"\1{now}\2", text) if len(content) <= 2000 else None
        except UnicodeDecodeError:
            found[name] = None
        if found[name] is None:
            found[name] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    return found


@contextlib.contextmanager
def environment(env):
    saved = {}
    for name, value in env.items():
        constant, parse = ENVIRONMENT[name]
        saved[constant] = getattr(constants, constant)
        setattr(constants, constant, parse(value))
    try:
        yield
    finally:
        for constant, value in saved.items():
            setattr(constants, constant, value)


def point_home(home):
    """HF_HOME of a case: what Python derived from it at import."""
    constants.HF_HOME = str(home)
    constants.HF_HUB_CACHE = constants.HUGGINGFACE_HUB_CACHE = str(home / "hub")
    constants.HF_ASSETS_CACHE = str(home / "assets")
    constants.HF_TOKEN_PATH = str(home / "token")
    constants.HF_STORED_TOKENS_PATH = str(home / "stored_tokens")
    constants.HF_XET_CACHE = str(home / "xet")


def run(method, source):
    work, home = ROOT / "work", ROOT / "home"
    for folder in (work, home):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    point_home(home)
    _tree_cache._IN_MEMORY_TREE_CACHE.clear()
    files = source.get("files") or {}
    for name, content in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file_bytes(content))
        made_at = content.get("mtime", MADE_AT) if isinstance(content, dict) else MADE_AT
        os.utime(path, (made_at, made_at))
    before = {n: file_bytes(c) for n, c in files.items()}
    os.chdir(work)
    token = source.get("token", AMBIENT)
    os.environ.pop("HF_TOKEN", None)
    if token:
        os.environ["HF_TOKEN"] = token
    HUB.start(source["replies"])
    values_in = json.loads(HUB.fill(json.dumps(source["args"])).replace("{tmp}", str(work)).replace("{home}", str(home)))
    outcome = {}
    faulthandler.dump_traceback_later(60, exit=True)
    with environment(source.get("env") or {}), contextlib.redirect_stdout(io.StringIO()):
        try:
            # The datasets server belongs to the Hub itself: Python refuses it for any other endpoint.
            own = method == "list_dataset_parquet_files" and "HF_DATASETS_SERVER_ENDPOINT" not in (source.get("env") or {})
            api = HfApi(endpoint=constants._HF_DEFAULT_ENDPOINT if own else HUB.url("endpoint"))
            result = getattr(api, method)(**values.arguments(method, values_in))
            outcome["result"] = values.to_json(result)
            if method == "sync_bucket":
                outcome["result"]["timestamp"] = "{now}"
            if method == "snapshot_download" and isinstance(outcome["result"], list):
                outcome["result"].sort(key=lambda info: info["filename"])
        except Exception as failure:
            outcome["error"] = values.error_json(failure, bool(HUB.requests))
            if os.environ.get("TRACE"):
                import traceback

                traceback.print_exc()
            if os.environ.get("SHOW"):
                print(f"    {method}/{source['name']}: {type(failure).__name__}: {failure}", file=sys.stderr)
    faulthandler.cancel_dump_traceback_later()
    os.chdir(HERE)
    text = HUB.template(json.dumps(outcome, ensure_ascii=False, sort_keys=True))
    text = text.replace(str(work), "{tmp}").replace(str(home), "{home}")
    outcome = json.loads(text)
    requests = json.loads(json.dumps(HUB.requests, ensure_ascii=False).replace(str(work), "{tmp}"))
    for index, request in enumerate(requests):
        if index in source.get("optional", []) or request["method"] in source.get("free", []):
            request["optional"] = True
        # Of a request that is made twice, the second.
        if request["path"] in source.get("spare", []) and any(r["path"] == request["path"] for r in requests[:index]):
            request["optional"] = True
    removed = sorted(n for n in before if not (work / n).exists())
    return requests, outcome, made_files(work, before), removed


# Arguments that are local paths, whatever the method.
PATHS = ("folder_path", "local_dir", "cache_dir", "plan", "apply", "filter_from")


def anchored(method, args):
    """Arguments whose relative local paths begin at {tmp}, so that cases can be replayed side by side."""

    def anchor(value):
        if not isinstance(value, str) or value.startswith(("/", "hf://", "{")):
            return value
        return "{tmp}" if value == "." else "{tmp}/" + value

    def operation(value):
        return {k: anchor(v) if k == "path_or_fileobj" else v for k, v in value.items()}

    own = {
        "upload_attachment": ("path",),
        "upload_file": ("path_or_fileobj",),
        "sync_bucket": ("source", "dest"),
        "sync_job_volume": ("source",),
    }
    made = {}
    for name, value in args.items():
        if name in PATHS or name in own.get(method, ()):
            value = anchor(value)
        elif name in ("operations", "additions"):
            value = [operation(v) for v in value]
        elif method == "download_bucket_files" and name == "files":
            value = [[remote, anchor(local)] for remote, local in value]
        elif method == "batch_bucket_files" and name == "add":
            value = [[anchor(local), remote] for local, remote in value]
        made[name] = value
    return made


def record(method, source):
    source = {**source, "args": anchored(method, source["args"])}
    made = {"method": method, "case": source["name"]}
    for key in ("why", "token", "env", "files", "unordered", "one_get"):
        if key in source:
            made[key] = source[key]
    made["args"] = source["args"]
    made["replies"] = source.get("stored", source["replies"])
    problems = []
    if source.get("python", True):
        requests, outcome, written, removed = run(method, source)
        if source.get("unordered"):
            requests.sort(key=lambda r: json.dumps(r, sort_keys=True))
        made["requests"] = requests
        made.update(outcome)
        # That a dry run writes nothing is for us to see to.
        if written and not source["args"].get("dry_run"):
            made["written"] = written
        if removed:
            made["removed"] = removed
        if HUB.unmatched and not source.get("unmatched"):
            problems.append(f"no reply for {HUB.unmatched}")
        # A reply that nobody asked for is a slip of the pen.
        unused = [r["match"] for r in HUB.replies if r["left"] == r.get("times", 1) and r.get("times", 1)]
        if unused and not source.get("ours") and not source.get("unused"):
            problems.append(f"unused replies {unused}")
    if "ours" in source:
        if not source.get("why"):
            problems.append("`ours` without `why`")
        ours = source["ours"]
        made["ours"] = ours(copy.deepcopy(made)) if callable(ours) else ours
    return made, problems


def check_source(method, cases):
    problems = []
    parameters = set(inspect.signature(getattr(HfApi, method)).parameters) - {"self"}
    for source in cases:
        for name in source["args"]:
            if name not in parameters and not source.get("wrong_arguments"):
                problems.append(f"{source['name']}: unknown argument {name}")
    given = {n for s in cases for n in s["args"]}
    left = sorted(parameters - given - {"run_as_future", "tqdm_class", "library_name", "library_version"})
    if left:
        problems.append(f"arguments in no case: {left}")
    if len(cases) < 4:
        problems.append(f"only {len(cases)} cases")
    names = [s["name"] for s in cases]
    problems += [f"{n}: twice" for n in names if names.count(n) > 1]
    return problems


def main():
    if huggingface_hub.__version__ != VERSION:
        sys.exit(f"needs huggingface_hub {VERSION}, found {huggingface_hub.__version__}")
    if sys.argv[1:] == ["--methods"]:
        (HERE / "methods.json").write_text(json.dumps(methods(), indent=1) + "\n")
        return
    known = methods()
    wanted = sys.argv[1:] or [m for m in known if (HERE / "sources" / f"{m}.py").exists()]
    bad = 0
    for method in wanted:
        if method not in known:
            sys.exit(f"no method {method}")
        cases = load_source(HERE / "sources" / f"{method}.py")
        problems = check_source(method, cases)
        folder = HERE / "cases" / method
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        line = []
        for source in cases:
            made, found = record(method, source)
            problems += [f"{source['name']}: {p}" for p in found]
            (folder / f"{source['name']}.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
            outcome = made.get("error", {}).get("kind", "ok") if "python" not in source else "not run"
            line.append(f"{source['name']}={outcome}")
        print(f"{method}: {' '.join(line)}")
        for problem in problems:
            print(f"  ! {problem}")
        bad += len(problems)
    shutil.rmtree(ROOT, ignore_errors=True)
    if bad:
        sys.exit(f"{bad} problems")


if __name__ == "__main__":
    main()
