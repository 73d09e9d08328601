from urllib.parse import quote

from wire import OTHER, REVISIONS, TYPES, case, error, gated, no_revision, not_found, reply, sample, unauthorized

AT = "POST /api/models/u/r/paths-info/main"
ARGS = {"repo_id": "u/r", "paths": ["config.json", "dir"]}
FILE = {"type": "file", "oid": "1" * 40, "size": 2**53 + 1, "path": "é b.bin", "lfs": {"oid": "2" * 64, "size": 2**53 + 1, "pointerSize": 135}, "xetHash": "3" * 64,
        "lastCommit": {"id": "4" * 40, "title": "t", "date": "2026-09-22T17:26:11Z"},
        "securityFileStatus": {"status": "brandnew", "avScan": {"status": "unscanned"}, "pickleImportScan": None}, "brandNew": 1}
FOLDER = {"type": "directory", "oid": "5" * 40, "size": 0, "path": "dir"}

CASES = [
    case("minimal", ARGS, [reply(AT, body=[FOLDER])]),
    case("recorded", {"repo_id": "wzshiming/gpt2", "paths": ["config.json", "64-8bits.tflite", "does-not-exist.txt"], "expand": True}, [sample("get_paths_info.1")]),
    case("recorded_dataset", {"repo_id": "wzshiming/fixtures_image_utils", "repo_type": "dataset", "paths": ["README.md", "does-not-exist.txt"], "expand": True}, [sample("get_paths_info.2")]),
    *[
        case(f"all_{kind}_{name}", {"repo_id": "u/r", "paths": ["é b.bin", "x&y=z", "dir/"], "expand": True, "revision": revision, "repo_type": kind, "token": OTHER},
             [reply(f"POST /api/{kind}s/u/r/paths-info/{quote(revision, safe='')}", body=[FILE, FOLDER])])
        for kind in TYPES
        for name, revision in REVISIONS.items()
    ],
    case("one_path", {"repo_id": "u/r", "paths": "config.json"}, [reply(AT, body=[])]),
    case("no_paths", {"repo_id": "u/r", "paths": []}, [reply(AT, body=[])], optional=[0], why="nothing is asked for"),
    case("kernel", {**ARGS, "repo_type": "kernel"}, [reply("POST /api/kernels/u/r/paths-info/main", body=[])]),
    case("no_namespace", {**ARGS, "repo_id": "r"}, [reply("POST /api/models/r/paths-info/main", body=[])]),
    case("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
    case("missing", ARGS, [not_found(AT)]),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision("POST /api/models/u/r/paths-info/nope")]),
    case("gated", ARGS, [gated(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("too_many", ARGS, [error(AT, 413, "Too many paths")]),
]
