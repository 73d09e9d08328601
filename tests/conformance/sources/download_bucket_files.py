from copy_files import HASH
from wire import OTHER, case, error, forbidden, not_found, reply

AT = "POST /api/buckets/u/b/paths-info"


def file(path, size):
    return {"type": "file", "path": path, "size": size, "xetHash": HASH, "mtime": "2026-08-01T11:59:00.000Z", "uploadedAt": "2026-08-01T12:00:00.000Z"}


CASES = [
    case("minimal", {"bucket_id": "u/b", "files": []}, why="nothing to do: no request"),
    case("empty_files", {"bucket_id": "u/b", "files": [["é/empty.txt", "here/é.txt"], ["b", "b"]], "token": OTHER}, [reply(AT, body=[file("é/empty.txt", 0), file("b", 0)])],
         why="empty files are made without a transfer"),
    case("empties_an_old_file", {"bucket_id": "u/b", "files": [["a", "a"]]}, [reply(AT, body=[file("a", 0)])], files={"a": "old"}),
    case("missing_is_skipped", {"bucket_id": "u/b", "files": [["none", "x"]], "raise_on_missing_files": False}, [reply(AT, body=[])]),
    case("missing_is_an_error", {"bucket_id": "u/b", "files": [["none", "x"], ["a", "a"]], "raise_on_missing_files": True}, [reply(AT, body=[file("a", 0)])]),
    case("onto_a_folder", {"bucket_id": "u/b", "files": [["a", "d"]]}, [reply(AT, body=[file("a", 0)])], files={"d/x": "1"}),
    case("known_file", {"bucket_id": "u/b", "files": [[{"type": "file", "path": "a", "size": 0, "xet_hash": HASH, "mtime": None, "uploaded_at": "2026-08-01T12:00:00.000Z"}, "a"]]}, why="a listed file is not asked about again"),
    case("no_bucket", {"bucket_id": "u/b", "files": [["a", "a"]]}, [not_found(AT)]),
    case("forbidden", {"bucket_id": "u/b", "files": [["a", "a"]]}, [forbidden(AT)]),
    case("refused", {"bucket_id": "u/b", "files": [["a", "a"]]}, [error(AT, 400, "No")]),
]
