from _files import route
from _tensors import content, get
from wire import OTHER, REVISIONS, TYPES, case, error, gated, no_revision, not_found, reply, sample, unauthorized

NAME = "model.safetensors"
ARGS = {"repo_id": "u/r", "filename": NAME}
AT = route("GET", NAME)
LONG = content({f"layer.{n}.weight": {"dtype": "F16", "shape": [1], "data_offsets": [2 * n, 2 * n + 2]} for n in range(2000)}, b"")

CASES = [
    case("minimal", ARGS, [get()]),
    case("recorded", {"repo_id": "user/repo", "filename": NAME}, [sample("parse_safetensors_file_metadata.1")]),
    *[case(f"all_{kind}_{name}", {"repo_id": "u/r", "filename": "sub é/a b.safetensors", "repo_type": kind, "revision": r, "timeout": 5, "token": OTHER},
           [get("sub é/a b.safetensors", kind, r)]) for kind in TYPES for name, r in REVISIONS.items()],
    case("whole_file", ARGS, [get(status=200)]),
    case("long_header", ARGS, [get(bytes=LONG[:100001], total=len(LONG)), get(bytes=LONG[8:], start=8)], why="a header longer than the first piece is asked for again, with its length"),
    case("no_tensors", ARGS, [get(bytes=content({}, b""))]),
    case("newer_dtype", ARGS, [get(bytes=content({"a": {"dtype": "F8_E5M2", "shape": [2], "data_offsets": [0, 2]}, "b": {"dtype": "BRAND_NEW", "shape": [0], "data_offsets": [2, 2]}}, b"\0\0"))]),
    case("redirected", ARGS, [reply(AT, 302, headers={"location": "{storage}/blob"}), reply("GET /blob", 206, content=content(), host="storage", headers={"content-range": f"bytes 0-{len(content()) - 1}/{len(content())}"})], why="the storage host gets no token"),
    case("too_short", ARGS, [get(bytes=b"hey")]),
    case("header_too_large", ARGS, [get(bytes=(2**40).to_bytes(8, "little") + b"{}")]),
    case("header_not_json", ARGS, [get(bytes=content(b"{nope"))]),
    case("header_not_an_object", ARGS, [get(bytes=content(b"[1]"))],
         ours={"error": {"kind": "SafetensorsParsing", "status": None, "messages": []}}, why="Python takes the list for a mapping"),
    case("no_file", ARGS, [error(AT, 404, "Entry not found", "EntryNotFound")]),
    case("no_revision", {**ARGS, "revision": "nope"}, [no_revision(route("GET", NAME, revision="nope"))]),
    case("missing", ARGS, [not_found(AT)]),
    case("gated", ARGS, [gated(AT)]),
    case("anonymous", {**ARGS, "token": False}, [unauthorized(AT)]),
    case("range_refused", ARGS, [sample("error.range-not-satisfiable.1", AT)]),
    case("bad_repo_id", {**ARGS, "repo_id": "u/r/x"}),
]
