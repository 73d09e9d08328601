"""Checks `crates/hf-transport/tests/it/errors.json` against huggingface_hub.

Each case is a status, an address, headers and a body; then the class that `hf_raise_for_status` raises for it, the
server's message and the request id. Run by `cargo xtask interop`; with `--write` it writes what it found.
"""

import json
import sys
from pathlib import Path

import httpx2 as httpx
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import hf_raise_for_status

FILE = Path(__file__).parents[2] / "crates/hf-transport/tests/it/errors.json"


def judge(status, url, headers, body):
    request = httpx.Request("GET", url)
    response = httpx.Response(status, headers=headers, content=body.encode(), request=request)
    try:
        hf_raise_for_status(response)
    except HfHubHTTPError as error:
        return [type(error).__name__, error.server_message, error.request_id]
    raise AssertionError(f"{status} {url} raises nothing")


cases = json.loads(FILE.read_text())
found = [[*case[:4], *judge(*case[:4])] for case in cases]
if "--write" in sys.argv:
    FILE.write_text("[\n" + ",\n".join(json.dumps(case) for case in found) + "\n]\n")
different = [(was, now) for was, now in zip(cases, found) if was != now]
for was, now in different:
    print(f"{was}\n  is now {now[4:]}")
print(f"{len(cases)} errors, {len(different)} different")
sys.exit(bool(different))
