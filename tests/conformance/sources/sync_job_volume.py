from wire import OTHER, case, error, forbidden, me, reply

FILES = {"up/a.txt": "AA"}
ARGS = {"source": "up", "mount_path": "/data", "remote_name": "vol", "namespace": "org"}
SAME = "2023-11-14T22:13:20.000Z"
CREATE = "POST /api/buckets/org/jobs-artifacts"
MADE = reply(CREATE, body={"url": "https://huggingface.co/buckets/org/jobs-artifacts", "name": "org/jobs-artifacts", "id": "1"})
INFO = reply("GET /api/buckets/org/jobs-artifacts", body={"id": "org/jobs-artifacts", "private": True, "createdAt": "2026-08-01T12:00:00.000Z", "size": 1, "totalFiles": 2}, times=0)
TREE = reply("GET /api/buckets/org/jobs-artifacts/tree/vol", body=[{"type": "file", "path": "vol/a.txt", "size": 2, "xetHash": "6" * 64, "mtime": SAME, "uploadedAt": SAME}])
FEWER = "a bucket that is there is not made, and it is asked about once: Python asks again for its progress line"


def volume(name, args, replies=(), **options):
    if replies:
        options = {"free": ["POST"], "spare": [INFO["match"]["path"]], "unordered": True, "why": FEWER, **options}
    return case(name, args, replies, **{"files": FILES, **options})


CASES = [
    volume("minimal", ARGS, [MADE, INFO, TREE], why=FEWER),
    volume("all", {**ARGS, "read_only": False, "token": OTHER}, [MADE, INFO, TREE], why=FEWER,
           ours=lambda made: {"requests": [{**r, "authorization": f"Bearer {OTHER}"} for r in made["requests"]]}),
    volume("own_namespace", {k: v for k, v in ARGS.items() if k != "namespace"}, [me("org"), MADE, INFO, TREE], why=FEWER),
    volume("bucket_there_already", ARGS, [error(CREATE, 409, body={"error": "exists", "url": "https://huggingface.co/buckets/org/jobs-artifacts"}), INFO, TREE], why=FEWER),
    volume("relative_mount_path", {**ARGS, "mount_path": "data"}),
    volume("no_folder", {**ARGS, "source": "nowhere"}),
    volume("source_is_a_file", {**ARGS, "source": "up/a.txt"}),
    volume("forbidden", ARGS, [forbidden(CREATE), forbidden("GET /api/buckets/org/jobs-artifacts")]),
]
