"""The same command lines by Python's `hf` and by this one, against one embedded Hub.

Run by `cargo xtask interop`, which starts the Hub and sets HF_ENDPOINT, HF_TOKEN and HF_PROGRAM. Compares what both have to
agree on: whether a line succeeds, the facts of its JSON, the text or the ids that it prints, and the files that it leaves
behind. What differs on purpose is listed here, with the reason. Where other requests are made, they are printed: fewer
are no fault.

Lines that change something act on things of their own: `{me}` is `pypy` for Python's command and `ours` for this one. What
both cannot have in common (those names, folders, times, ids that the Hub makes up) is masked before it is compared.
"""

import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from subprocess import DEVNULL, run
from urllib.request import urlopen

WORK = Path(tempfile.mkdtemp(prefix="hf-commands-"))
HOMES = {me: WORK / me / "home" for me in ("pypy", "ours")}
FOLDERS = {me: WORK / me / "work" for me in ("pypy", "ours")}
os.environ.update(
    HF_HOME=str(HOMES["pypy"]),
    NO_COLOR="1",
    COLUMNS="200",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    HF_HUB_DISABLE_UPDATE_CHECK="1",
)
for folder in (*HOMES.values(), *FOLDERS.values()):
    folder.mkdir(parents=True)
# A registry of agents that was just fetched: Python's command asks for it at every start.
(HOMES["pypy"] / ".agent_harnesses.json").write_text('{"standardEnvVars": [], "harnesses": {}}')

# Python has no variables for these services: they are set before anything reads them.
from huggingface_hub import constants  # noqa: E402

constants.INFERENCE_ENDPOINTS_ENDPOINT = os.environ["HF_INFERENCE_ENDPOINTS_ENDPOINT"]
constants.INFERENCE_CATALOG_ENDPOINT = os.environ["HF_INFERENCE_CATALOG_ENDPOINT"]
constants.DATASETS_SERVER_ENDPOINT = os.environ["HF_DATASETS_SERVER_ENDPOINT"]

from huggingface_hub import HfApi  # noqa: E402
from huggingface_hub.cli import hf as python_hf  # noqa: E402

README = b"---\nlicense: mit\ntags:\n- audio\nlanguage: en\n---\n# Model\n"
SPACE = b"---\ntitle: T\nsdk: gradio\nsdk_version: 4.44.0\n---\n"

# What a line is compared by, besides its success:
#   json    the JSON, of which ours may say more
#   quiet   the words that are printed with -q
#   text    stdout, as it is
#   files   the files in the folder `out`, besides those of `.cache`
#   done    nothing: both print what differs for good reason
#   refused both fail, and ours prints nothing that Python's does not
# A third member keeps a fact of the JSON for later lines.
LINES = [
    # auth
    ("json", "auth whoami"),
    ("quiet", "auth whoami"),
    ("text", "auth token"),
    ("refused", "auth login --token hf_wrong"),
    ("refused", "auth switch --token-name absent"),
    # models, datasets, spaces
    ("json", "models info user/cli"),
    ("json", "models info user/cli --expand downloads,likes,tags"),
    ("json", "models ls --limit 3"),
    ("json", "models ls --author user --search cli"),
    ("json", "models ls --sort downloads --limit 2 --expand downloads"),
    ("json", "models ls user/cli"),
    ("json", "models ls user/cli -R"),
    ("quiet", "models ls --author user --search cli"),
    ("quiet", "models ls user/cli -R"),
    ("text", "models ls user/cli"),
    ("text", "models ls user/cli -R -h"),
    ("text", "models ls user/cli --tree -R -h"),
    ("json", "models card user/cli --metadata"),
    ("text", "models card user/cli"),
    ("text", "models card user/cli --text"),
    ("json", "datasets info user/cli-data"),
    ("json", "datasets ls --author user"),
    ("json", "datasets ls user/cli-data -R"),
    ("json", "datasets card user/cli-data --metadata"),
    ("text", "datasets card user/cli-data --text"),
    ("refused", "datasets leaderboard user/cli-data"),
    ("json", "spaces info user/cli-space"),
    ("json", "spaces ls --author user --search cli"),
    ("json", "spaces card user/cli-space --metadata"),
    ("json", "spaces search cli --include-non-running"),
    ("json", "spaces templates"),
    ("json", "spaces hardware"),
    ("json", "spaces zero-gpu quota"),
    ("refused", "models info user/absent"),
    ("refused", "models info not/a/name"),
    ("refused", "models card user/absent"),
    ("refused", "models card user/cli --metadata --text"),
    ("refused", "models ls --sort nonsense"),
    ("refused", "models ls user/cli --search x"),
    ("refused", "models ls --tree"),
    ("refused", "models nonsense"),
    ("refused", "nonsense"),
    ("refused", "datasets info user/absent"),
    ("refused", "spaces info user/absent"),
    ("json", "models card user/cli"),
    # download
    ("files", "download user/cli --local-dir out -q"),
    ("files", "download user/cli config.json --local-dir out -q"),
    ("files", "download user/cli config.json data/train.csv --local-dir out -q"),
    ("files", "download user/cli data/ --local-dir out -q"),
    ("files", "download user/cli --include *.json --local-dir out -q"),
    ("files", "download user/cli --exclude *.json --exclude data/* --local-dir out -q"),
    ("files", "download user/cli-data --repo-type dataset --local-dir out -q"),
    ("files", "download datasets/user/cli-data README.md --local-dir out -q"),
    ("files", "download hf://datasets/user/cli-data/data/train.csv --local-dir out -q"),
    ("text", "download user/cli --dry-run"),
    ("quiet", "download user/cli"),
    ("quiet", "download user/cli config.json"),
    ("json", "download user/cli-data --type dataset"),
    ("json", "download user/cli --dry-run"),
    ("refused", "download user/absent"),
    ("refused", "download user/cli absent.bin"),
    ("refused", "download user/cli --revision absent"),
    # cache
    ("json", "cache ls"),
    ("quiet", "cache ls"),
    ("text", "cache ls --sort name"),
    ("json", "cache ls --revisions"),
    ("json", "cache ls --filter type=dataset"),
    ("json", "cache verify user/cli"),
    ("json", "cache rm dataset/user/cli-data --dry-run"),
    ("json", "cache rm dataset/user/cli-data --yes"),
    ("json", "cache ls --sort size --limit 1"),
    ("refused", "cache rm model/user/cli"),
    ("refused", "cache ls --filter nonsense"),
    # repos
    ("json", "repos create user/{me}-model"),
    ("quiet", "repos create user/{me}-data --type dataset --private"),
    ("json", "repos create user/{me}-model --exist-ok"),
    ("refused", "repos create user/{me}-model"),
    ("json", "repos branch create user/{me}-model dev"),
    ("json", "repos branch delete user/{me}-model dev"),
    ("json", "repos tag create user/{me}-model v1 -m First"),
    ("json", "repos tag ls user/{me}-model"),
    ("quiet", "repos tag delete user/{me}-model v1 --yes"),
    ("json", "repos settings user/{me}-model --gated auto --private"),
    ("json", "repos move user/{me}-model user/{me}-moved"),
    ("json", "repos move user/{me}-moved user/{me}-model"),
    ("json", "repos duplicate datasets/user/cli-data user/{me}-copy"),
    ("json", "repos delete-files user/{me}-copy *.json --type dataset"),
    ("quiet", "repos delete user/{me}-copy --type dataset --yes"),
    ("json", "repos ls --search {me}"),
    ("refused", "repos delete user/absent --yes"),
    ("refused", "repos tag ls user/absent"),
    # upload
    ("json", "upload user/{me}-model folder"),
    ("json", "upload user/{me}-model folder/a.txt b.txt"),
    ("json", "upload user/{me}-model folder sub --include *.txt --exclude b*"),
    ("json", "upload datasets/user/{me}-data folder --commit-message Data --revision dev"),
    ("json", "upload user/{me}-model folder/a.txt c.txt --create-pr"),
    ("json", "models ls user/{me}-model -R"),
    ("json", "datasets ls user/{me}-data -R --revision dev"),
    ("refused", "upload user/{me}-model absent.txt"),
    ("refused", "upload"),
    # cp
    ("files", "cp hf://user/cli/config.json out/c.json"),
    ("text", "cp hf://user/cli/config.json -"),
    ("json", "cp folder/a.txt hf://user/{me}-model/d.txt"),
    ("refused", "cp a b"),
    # discussions
    ("json", "discussions create user/{me}-model --title Question --body Why?"),
    ("json", "discussions comment user/{me}-model 2 --body Because."),
    ("json", "discussions rename user/{me}-model 2 Answer"),
    ("json", "discussions close user/{me}-model 2 --yes"),
    ("json", "discussions reopen user/{me}-model 2 --yes"),
    ("json", "discussions list user/{me}-model"),
    ("json", "discussions info user/{me}-model 2"),
    ("json", "discussions merge user/{me}-model 1 --yes"),
    ("json", "discussions list user/{me}-model --status all --kind pull_request"),
    ("refused", "discussions info user/{me}-model 99"),
    # collections
    ("json", "collections create {me}-things --description All", "slug"),
    ("json", "collections add-item {slug} user/cli model --note Small"),
    ("json", "collections info {slug}", "items/0/item_object_id"),
    ("json", "collections update-item {slug} {item_object_id} --note Smaller"),
    ("json", "collections update {slug} --title {me}-stuff --private"),
    ("json", "collections ls --owner user --item models/user/cli"),
    ("json", "collections delete-item {slug} {item_object_id}"),
    ("json", "collections delete {slug}"),
    ("refused", "collections info user/absent-000000000000000000000000"),
    # webhooks
    ("json", "webhooks create --watch user:user --url https://{me}.test/hook", "id"),
    ("json", "webhooks info {id}"),
    ("json", "webhooks update {id} --url https://{me}.test/other --watch user:user"),
    ("json", "webhooks disable {id}"),
    ("json", "webhooks enable {id}"),
    ("quiet", "webhooks ls"),
    ("quiet", "webhooks delete {id} --yes"),
    ("refused", "webhooks info 000000000000000000000000"),
    # spaces that are changed
    ("json", "repos create user/{me}-space --type space --sdk gradio -e A=1"),
    ("json", "spaces variables add user/{me}-space -e B=2"),
    ("json", "spaces variables ls user/{me}-space"),
    ("json", "spaces variables delete user/{me}-space A --yes"),
    ("json", "spaces secrets add user/{me}-space -s KEY=hidden"),
    ("json", "spaces secrets ls user/{me}-space"),
    ("json", "spaces secrets delete user/{me}-space KEY --yes"),
    ("json", "spaces volumes set user/{me}-space -v hf://user/cli:/models"),
    ("json", "spaces volumes ls user/{me}-space"),
    ("json", "spaces volumes delete user/{me}-space --yes"),
    ("json", "spaces settings user/{me}-space --hardware t4-small"),
    ("json", "spaces pause user/{me}-space"),
    ("json", "spaces restart user/{me}-space"),
    ("text", "spaces logs user/{me}-space"),
    # jobs
    ("json", "jobs hardware"),
    ("json", "jobs run -d --name {me} -e A=1 --flavor cpu-upgrade --timeout 10m ubuntu echo hi", "id"),
    ("json", "jobs inspect {id}"),
    ("json", "jobs ls --all --name {me}"),
    ("quiet", "jobs ls --all --name {me}"),
    ("json", "jobs labels {id} --label kind=test --label other"),
    ("text", "jobs logs {id}"),
    ("json", "jobs wait {id}"),
    ("json", "jobs cancel {id}"),
    ("text", "jobs run --dry-run --name {me} ubuntu echo hi"),
    ("json", "jobs scheduled run @hourly --name {me} ubuntu echo hi", "id"),
    ("json", "jobs scheduled inspect {id}"),
    ("json", "jobs scheduled ls --name {me}"),
    ("json", "jobs scheduled suspend {id}"),
    ("json", "jobs scheduled resume {id}"),
    ("json", "jobs scheduled delete {id}"),
    ("refused", "jobs inspect 000000000000000000000000"),
    # papers
    ("json", "papers ls --limit 5"),
    ("json", "papers search attention"),
    ("refused", "papers info 0000.00000"),
    # endpoints
    ("json", "endpoints ls --namespace user"),
    ("json", "endpoints catalog ls"),
    ("json", "endpoints hardware --namespace user"),
    ("refused", "endpoints describe absent --namespace user"),
    # buckets
    ("json", "buckets create user/{me}-bucket --private"),
    ("json", "cp folder/a.txt hf://buckets/user/{me}-bucket/x/a.txt"),
    ("json", "buckets ls user/{me}-bucket -R"),
    ("quiet", "buckets ls user/{me}-bucket -R"),
    ("json", "buckets info user/{me}-bucket"),
    ("json", "buckets ls --search {me}"),
    ("done", "sync folder hf://buckets/user/{me}-bucket/folder"),
    ("quiet", "buckets ls user/{me}-bucket/folder -R"),
    ("files", "sync hf://buckets/user/{me}-bucket out"),
    ("json", "buckets rm user/{me}-bucket/x/a.txt --yes"),
    ("json", "buckets settings user/{me}-bucket --public"),
    ("json", "buckets move user/{me}-bucket user/{me}-chest"),
    ("quiet", "buckets delete user/{me}-chest --yes"),
    ("refused", "buckets info user/absent"),
    # others
    ("done", "version"),
    ("done", "env"),
]

OPTIONS = {"json": ["--json"], "quiet": ["-q"]}

# Lines whose result differs on purpose, and why.
DIFFERENT = {
    "models card user/cli --json": "Python prints nothing; here, the JSON has the text of the card",
    "cache rm model/user/cli": "the question is asked on stderr, and only on a terminal: elsewhere, a hint names --yes",
    "upload": "Python prints its help and succeeds; a missing argument is wrong usage here",
    "discussions info user/{me}-model 2 --json": "the raw form of an event (`_event`) is not printed beside what it says",
    "collections ls --owner user --item models/user/cli --json": "a `position` in the response is a TypeError in Python",
}


def prepare():
    """What both commands read."""
    api = HfApi()
    for repo_id, kind in [("user/cli", "model"), ("user/cli-data", "dataset")]:
        api.create_repo(repo_id, repo_type=kind)
        for path, content in [
            ("README.md", README),
            ("config.json", b'{"a": 1}\n'),
            ("data/train.csv", b"a,b\n1,2\n"),
            # Of its own: Python's keeps the Xet contents of all repositories once, which `cache ls` tells; ours takes
            # what is in that store, and adds nothing to it.
            ("weights.bin", kind.encode() * 3000),
        ]:
            api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id=repo_id, repo_type=kind)
    api.create_repo("user/cli-space", repo_type="space", space_sdk="gradio")
    api.upload_file(path_or_fileobj=SPACE, path_in_repo="README.md", repo_id="user/cli-space", repo_type="space")
    for folder in FOLDERS.values():
        (folder / "folder/deep").mkdir(parents=True)
        (folder / "folder/a.txt").write_text("A")
        (folder / "folder/b.txt").write_text("B")
        (folder / "folder/deep/c.bin").write_bytes(bytes(range(256)) * 200)
        for file in folder.rglob("*.*"):
            os.utime(file, (1_700_000_000, 1_700_000_000))


class Ran:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


def in_a_process_of_its_own(words, main):
    """Runs Python's command without starting an interpreter and importing everything for each line."""
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.chdir(FOLDERS["pypy"])
            sys.argv = ["hf", *words]
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException as error:
            os.write(2, repr(error).encode())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(process, 0)
    texts = []
    for file in (out, err):
        file.seek(0)
        texts.append(file.read().decode())
    return Ran(os.waitstatus_to_exitcode(status), *texts)


def ours(words):
    environment = {**os.environ, "HF_HOME": str(HOMES["ours"])}
    ran = run(
        [os.environ["HF_PROGRAM"], *words],
        env=environment,
        cwd=FOLDERS["ours"],
        stdin=DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def requests(since):
    """The number of requests so far, and those since."""
    with urlopen(f"{os.environ['HF_ENDPOINT']}/-/testhub/requests?from={since}") as response:
        known = json.load(response)
    return known["requests"], [line for line in known["lines"] if "/-/testhub/" not in line]


MASKS = [
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "TIME"),
    (re.compile(r'"position": \d+'), '"position": 0'),
    (re.compile(r"\b[0-9a-f]{64}\b"), "SHA256"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "COMMIT"),
    (re.compile(r"\b[0-9a-f]{24}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b"), "UUID"),
    (re.compile(r"\d+ (second|minute)s? ago|a few seconds ago|less than a minute ago"), "AGO"),
    (re.compile(r"[?&](X-Amz|Expires|Signature|signature|expires|token|sig|st|se)[^= ]*=[^& ]*"), ""),
]


def masked(text, me):
    for path in (HOMES[me], FOLDERS[me]):
        text = text.replace(str(path), "FOLDER")
    text = text.replace(me, "ME")
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text


def covers(ours, theirs):
    """Whether each fact of Python's is among ours."""
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and all(key in ours and covers(ours[key], theirs[key]) for key in theirs)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(covers, ours, theirs))
    return ours == theirs


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".cache" not in path.parts
    }


def kept(value, path):
    for part in path.split("/"):
        value = value[int(part) if part.isdigit() else part]
    return value


class Line:
    """A line, run by one of the two."""

    def __init__(self, check, line, me, names):
        out = FOLDERS[me] / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        words = line.format(me=me, **names).split(" ")
        # What comes after the image of a job is for the program in it.
        end = words.index("run") + 1 if "run" in words else len(words)
        words[end:end] = OPTIONS.get(check, [])
        before, _ = requests(10**9)
        ran = in_a_process_of_its_own(words, python_hf.main) if me == "pypy" else ours(words)
        _, sent = requests(before + 1)
        self.status = ran.status
        self.raw = ran.out
        self.out, self.err = masked(ran.out, me), masked(ran.err, me)
        self.requests = Counter(masked(line, me) for line in sent)
        self.files = files(out)

    def json(self):
        try:
            return json.loads(self.out)
        except json.JSONDecodeError:
            return f"no JSON: {self.out}"


def disagreement(check, theirs, ours):
    """What two runs of a line do not agree on, if anything."""
    if check == "refused":
        if theirs.status == 0 or ours.status == 0 or ours.out not in ("", theirs.out):
            return f"exit status {theirs.status}, ours {ours.status}, which printed {ours.out!r}"
        return None
    if theirs.status != ours.status or theirs.status != 0:
        return f"exit status {theirs.status}, ours {ours.status}\n    {theirs.err}\n    {ours.err}"
    if check == "json" and not covers(ours.json(), theirs.json()):
        return f"JSON\n    {json.dumps(theirs.json())}\n    {json.dumps(ours.json())}"
    if check in ("text", "quiet") and theirs.out.rstrip() != ours.out.rstrip():
        return f"stdout\n{theirs.out}\n---\n{ours.out}"
    if check == "files" and (theirs.files != ours.files or not theirs.files):
        return f"files {sorted(theirs.files)}, ours {sorted(ours.files)}"
    return None


def other_requests(theirs, ours):
    if theirs.requests == ours.requests:
        return None
    show = lambda counted: "".join(f"\n    {line}" for line in sorted(counted.elements()))
    return f"only Python's:{show(theirs.requests - ours.requests)}\n  only ours:{show(ours.requests - theirs.requests)}"


def main():
    failures = others = 0
    if in_a_process_of_its_own([], prepare).status != 0:
        sys.exit("the Hub could not be prepared")
    names = {"pypy": {}, "ours": {}}
    for check, line, *keep in LINES:
        ran = {me: Line(check, line, me, names[me]) for me in ("pypy", "ours")}
        problems = []
        for me, one in ran.items():
            for path in keep:
                try:
                    names[me][path.split("/")[-1]] = kept(json.loads(one.raw), path)
                except (ValueError, LookupError, TypeError):
                    problems.append(f"no {path} in {one.out} {one.err}")
        shown = " ".join([line, *OPTIONS.get(check, [])])
        found, reason = disagreement(check, ran["pypy"], ran["ours"]), DIFFERENT.get(shown)
        if found and reason is None:
            problems.append(found)
        elif reason and not found:
            problems.append("the same now; take it off the list")
        elif reason:
            print(f"other {shown}: {reason}", flush=True)
        if sent := other_requests(ran["pypy"], ran["ours"]):
            others += 1
            print(f"requests of {shown}\n  {sent}", flush=True)
        print("\n  ".join([("OTHER " if problems else "same  ") + shown, *problems]), flush=True)
        failures += bool(problems)
    print(f"{len(LINES) - failures} of {len(LINES)} lines agree; {others} make other requests")
    shutil.rmtree(WORK)
    if failures:
        sys.exit(f"{failures} lines differ that are not on the lists of this script")


if __name__ == "__main__":
    main()
