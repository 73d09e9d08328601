#!/usr/bin/env python3
"""Changes each field of each response of each call in turn, and notes where the Python client still returns.

    field_fuzz.py [METHOD...]      rewrites field_fuzz.json, or these methods in it

The responses are those of the recorded cases. Mostly Python returns whatever a field holds, so field_fuzz.json lists the
rest: by method, case, number of the reply and path of the field, the letters of the changes (see LETTERS) after which
Python fails. Of a field that it does not mention, Python takes every change.
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
# The most cases of a method: those with most fields come first, and those after them give the fields they add.
CASES = 3
LEFT_OUT = {
    # After some changes, hf_xet never ends. The steps of both are those of the other methods of buckets.
    "sync_bucket",
    "sync_job_volume",
    # Their bodies of JSON are headers of safetensors: what is none is refused.
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


def dotted(at):
    return ".".join(map(str, at))


def is_fuzzed(reply):
    """Bodies of JSON in responses of success."""
    response = reply["response"]
    return response["status"] < 300 and isinstance(response.get("json"), (dict, list))


def returns(method, case, replies):
    """Whether Python completes the call."""
    source = {"name": case["case"], **{k: case[k] for k in ("args", "files", "token", "env") if k in case}, "replies": replies}
    try:
        _, outcome, _, _ = record.run(method, source)
    except Exception:
        return False
    return "error" not in outcome


def candidates(method):
    """The cases of a method that succeed, each with its fields: those with most fields first."""
    found = []
    for path in sorted((Path(record.HERE) / "cases" / method).glob("*.json")):
        case = json.loads(path.read_text())
        if "result" not in case or "error" in case.get("ours", {}):
            continue
        fields = {dotted(at) for r in case["replies"] if is_fuzzed(r) for at in pointers(r["response"]["json"])}
        found.append((len(fields), path.stem, case, fields))
    found.sort(key=lambda f: (-f[0], f[1]))
    return [(case, fields) for _, _, case, fields in found]


def fuzz(method):
    """The entry of a method in field_fuzz.json, how many changes were tried, and after how many Python returns."""
    entry, seen, tried, returned = [], set(), 0, 0
    for case, fields in candidates(method):
        if len(entry) == CASES or not fields - seen or not returns(method, case, case["replies"]):
            continue
        failing = {}
        for index, reply in enumerate(case["replies"]):
            if not is_fuzzed(reply):
                continue
            body = reply["response"]["json"]
            failing[str(index)] = {}
            for at in pointers(body):
                if dotted(at) in seen:
                    continue
                value = body
                for part in at:
                    value = value[part]
                letters = ""
                for name, other in changes(value):
                    replies = copy.deepcopy(case["replies"])
                    replies[index]["response"]["json"] = put(body, at, other)
                    tried += 1
                    if returns(method, case, replies):
                        returned += 1
                    else:
                        letters += LETTERS[name]
                if letters:
                    failing[str(index)][dotted(at)] = letters
        entry.append({"case": case["case"], "fails": failing})
        seen |= fields
    return entry, tried, returned


def write(fixture):
    """One line a case: short, and a change of one case is a change of one line."""
    methods = []
    for method, entry in sorted(fixture.items()):
        cases = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in entry)
        methods.append(f" {json.dumps(method)}: [\n{cases}\n ]")
    FIXTURE.write_text("{\n" + ",\n".join(methods) + "\n}\n")


def main():
    wanted = sys.argv[1:]
    fixture = json.loads(FIXTURE.read_text()) if wanted and FIXTURE.exists() else {}
    tried, returned = 0, 0
    for method in wanted or record.methods():
        if method in LEFT_OUT:
            continue
        entry, of_method, of_these = fuzz(method)
        fixture.pop(method, None)
        if entry:
            fixture[method] = entry
        tried += of_method
        returned += of_these
        print(f"{method}: Python returns after {of_these} of {of_method} changes", flush=True)
        write(fixture)
    print(f"{tried} changes tried; Python returns after {returned}")


if __name__ == "__main__":
    main()
