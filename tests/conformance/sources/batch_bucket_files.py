from wire import OTHER, case, error, forbidden, not_found, reply, sample

AT = "POST /api/buckets/user/bucket/batch"
HASH = "63bed80836ee0758c8fd4f8975d59bb0b864263ee2753547c358e8a37cde8758"
MANY = [f"old/{i}.bin" for i in range(1205)]
DONE = {"success": True, "processed": 1, "succeeded": 1, "failed": []}

CASES = [
    case("nothing", {"bucket_id": "user/bucket"}, why="nothing to do: no request"),
    case("minimal_delete", {"bucket_id": "user/bucket", "delete": ["a.txt"]}, [sample("batch_bucket_files.1")]),
    case("all_but_add", {"bucket_id": "user/bucket", "add": [], "delete": ["a é/b c.txt", "d#?%2F.bin"],
                         "copy": [["model", "u/m", HASH, "w/model.safetensors"], ["bucket", "u/b", HASH, "x"]], "token": OTHER},
         [reply(AT, body=DONE)]),
    case("copy_from_dataset", {"bucket_id": "user/bucket", "copy": [["dataset", "u/d", HASH, "d.parquet"]]}, [reply(AT, body=DONE)]),
    case("copy_from_space", {"bucket_id": "user/bucket", "copy": [["space", "u/s", HASH, "s.py"]]}, [reply(AT, body=DONE)]),
    case("chunks", {"bucket_id": "user/bucket", "delete": MANY}, [reply(AT, body=DONE, times=0)],
         why="more operations than one request may carry"),
    case("part_refused", {"bucket_id": "user/bucket", "delete": ["a", "b"]}, [sample("error.bucket-batch-partial.1", AT)]),
    case("all_refused", {"bucket_id": "user/bucket", "delete": ["a"]},
         [reply(AT, 422, body={"success": False, "processed": 1, "succeeded": 0, "failed": [{"path": "a", "error": "No such file"}]})]),
    case("refused_in_chunks", {"bucket_id": "user/bucket", "delete": MANY},
         [
             reply(AT, body={"success": False, "processed": 1, "succeeded": 0, "failed": [{"path": "old/0.bin", "error": "No such file"}]}),
             reply(AT, body=DONE, times=0),
         ], why="the chunks after a failed one are still sent"),
    case("missing", {"bucket_id": "user/bucket", "delete": ["a"]}, [not_found(AT)]),
    case("forbidden", {"bucket_id": "user/bucket", "delete": ["a"]}, [forbidden(AT)]),
    case("unprocessable", {"bucket_id": "user/bucket", "delete": ["a"]}, [error(AT, 422, body={"error": "Unknown operation"})]),
]
