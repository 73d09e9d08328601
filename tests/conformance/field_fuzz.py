#!/usr/bin/env python3
"""Changes each field of each response of each call in turn, and notes where the Python client still returns.

    field_fuzz.py [METHOD...]      rewrites field_fuzz.json, or these methods in it

The responses are those of the recorded cases. In field_fuzz.json stand, by method, case, number of the reply and path of
the field, the letters of the changes (see LETTERS) after which Python returns.
"""

import copy
import json
import sys
from pathlib import Path

import record

# What a field is changed to. `null` and `missing` always apply, the others where they are another type or value.
OTHERS = {
    "text": "fuzz",
    "empty": "",
    "digits": "10",
    "number": 7,
    "fraction": 10.0,
    "negative": -1,
    "boolean": True,
    "list": [],
    "object": {},
    "rows": [None, 7, "fuzz", {"fuzz": 1}],
}
# One letter for each change, as field_fuzz.json writes them. `variant` puts `fuzz-` before a text.
LETTERS = {
    "null": "n",
    "missing": "m",
    "text": "t",
    "empty": "e",
    "digits": "d",
    "number": "i",
    "fraction": "f",
    "negative": "-",
    "boolean": "b",
    "list": "l",
    "object": "o",
    "rows": "r",
    "variant": "v",
}
FIXTURE = Path(record.HERE) / "field_fuzz.json"
MISSING = object()
# Longest list of cases of a method: those with most fields come first.
CASES = 3
# Calls whose responses are bytes, logs or steps of a protocol rather than fields.
LEFT_OUT = {
    "upload_folder",
    "upload_file",
    "create_commit",
    "preupload_lfs_files",
    "sync_bucket",
    "sync_job_volume",
    "run_uv_job",
    "create_scheduled_uv_job",
    # Headers of safetensors: what is none is refused.
    "get_safetensors_metadata",
    "get_sharded_safetensors_metadata",
    "parse_safetensors_file_metadata",
}


def changes(value):
    """Names and values to put in place of a value."""
    yield "null", None
    yield "missing", MISSING
    for name, other in OTHERS.items():
        if type(other) is not type(value) or name in ("empty", "digits", "negative", "rows"):
            if other != value:
                yield name, other
    if isinstance(value, str):
        yield "variant", "fuzz-" + value


def pointers(value, at=()):
    """Every place in a body. Of a list, the first item alone: the others are alike."""
    if at:
        yield at
    if isinstance(value, dict):
        for name, member in value.items():
            yield from pointers(member, (*at, name))
    elif isinstance(value, list) and value:
        yield from pointers(value[0], (*at, 0))


def put(body, at, value):
    body = copy.deepcopy(body)
    parent = body
    for part in at[:-1]:
        parent = parent[part]
    if value is MISSING:
        del parent[at[-1]]
    else:
        parent[at[-1]] = value
    return body


def is_fuzzed(reply):
    """Bodies of JSON in responses of success."""
    response = reply["response"]
    return response["status"] < 300 and isinstance(response.get("json"), (dict, list))


def run(method, case, replies):
    """How many items Python returns, or None where it fails."""
    source = {"name": case["case"], **{k: case[k] for k in ("args", "files", "token", "env") if k in case}, "replies": replies}
    try:
        _, outcome, _, _ = record.run(method, source)
    except Exception:
        return None
    if "error" in outcome:
        return None
    result = outcome.get("result")
    return len(result) if isinstance(result, list) else 1


def chosen(method):
    """The cases of a method that succeed and have most fields."""
    found = []
    for path in sorted((Path(record.HERE) / "cases" / method).glob("*.json")):
        case = json.loads(path.read_text())
        if "result" not in case or "ours" in case or "why" in case:
            continue
        fields = {".".join(map(str, at)) for r in case["replies"] if is_fuzzed(r) for at in pointers(r["response"]["json"])}
        found.append((len(fields), path.stem, case, fields))
    found.sort(key=lambda f: (-f[0], f[1]))
    seen, cases = set(), []
    for _, _, case, fields in found:
        if fields - seen and len(cases) < CASES:
            cases.append((case, seen.copy()))
            seen |= fields
    return cases


def fuzz(method):
    """By case, reply and field: the letters of the changes after which Python returns. And how many were tried."""
    found, tried = {}, 0
    for case, seen in chosen(method):
        if run(method, case, case["replies"]) is None:
            continue
        for index, reply in enumerate(case["replies"]):
            if not is_fuzzed(reply):
                continue
            body = reply["response"]["json"]
            for at in pointers(body):
                path = ".".join(map(str, at))
                if path in seen:
                    continue
                value = body
                for part in at:
                    value = value[part]
                letters = ""
                for name, other in changes(value):
                    replies = copy.deepcopy(case["replies"])
                    replies[index]["response"]["json"] = put(body, at, other)
                    tried += 1
                    if run(method, case, replies) is not None:
                        letters += LETTERS[name]
                if letters:
                    found.setdefault(case["case"], {}).setdefault(str(index), {})[json.dumps(at)] = letters
    return found, tried


def main():
    wanted = sys.argv[1:]
    fixture = json.loads(FIXTURE.read_text()) if wanted and FIXTURE.exists() else {}
    tried = 0
    for method in wanted or record.methods():
        if method in LEFT_OUT:
            continue
        found, count = fuzz(method)
        fixture.pop(method, None)
        if found:
            fixture[method] = found
        tried += count
        print(f"{method}: {count} changes", flush=True)
    FIXTURE.write_text(json.dumps(fixture, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    kept = sum(len(l) for cases in fixture.values() for replies in cases.values() for r in replies.values() for l in r.values())
    print(f"{tried} changes tried; Python returns after {kept} of those in {FIXTURE.name}")


if __name__ == "__main__":
    main()
