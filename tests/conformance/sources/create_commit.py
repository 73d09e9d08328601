import base64
import hashlib

from _commits import OID, PARENT, committed, failures, head, modes
from wire import OTHER, TYPES, case, error, gated, not_found, reply, sample, unauthorized

COMMIT = "POST /api/models/u/r/commit/main"
PREUPLOAD = "POST /api/models/u/r/preupload/main"
HELLO = {"op": "add", "path_in_repo": "hello.txt", "content": "Hello\n"}
WEIGHTS = b"\x00\x01weights" * 40
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()
BIG = {"op": "add", "path_in_repo": "w/model.bin", "base64": base64.b64encode(WEIGHTS).decode()}
DELETE = {"op": "delete", "path_in_repo": "old.txt"}
LFS = "POST /u/r.git/info/lfs/objects/batch"


def git_oid(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def args(*operations, **more):
    return {"repo_id": "u/r", "operations": list(operations), "commit_message": "A commit", **more}


def lfs_batch(action=None, at=LFS, **options):
    found = {"oid": SHA256, "size": len(WEIGHTS), "authenticated": True}
    if action:
        found["actions"] = action
    return reply(at, body={"transfer": "basic", "objects": [found]}, headers={"content-type": "application/vnd.git-lfs+json"}, **options)


UPLOAD = {"upload": {"href": "{storage}/put/w?X-Amz-Signature=s"}, "verify": {"href": "{endpoint}/u/r.git/info/lfs/verify"}}
PART = 160
PARTS = {
    "upload": {
        "href": "{endpoint}/complete?uploadId=7",
        "header": {"chunk_size": str(PART), "1": "{storage}/part?n=1", "2": "{storage}/part?n=2", "3": "{storage}/part?n=3"},
    }
}


def file_info(path, oid, **more):
    return {"type": "file", "path": path, "size": 6, "oid": oid, **more}


CASES = [
    case("minimal", args(HELLO), [modes({"hello.txt": "regular"}), committed()]),
    *[
        case(
            f"all_{kind}_{name}",
            args(HELLO, {"op": "add", "path_in_repo": "a/é b#?.txt", "content": ""}, DELETE, {"op": "delete", "path_in_repo": "dir/"},
                 {"op": "delete", "path_in_repo": "other", "is_folder": True},
                 commit_message="Title é \"x\"", commit_description="Body\n\n* 😀", repo_type=kind, revision=revision, num_threads=2, parent_commit=PARENT,
                 token=OTHER, create_pr=False),
            [modes({"hello.txt": "regular", "a/é b#?.txt": "regular"}, kind, quoted), committed(kind, quoted)],
        )
        for kind in TYPES
        for name, revision, quoted in (("pr", "refs/pr/1", "refs%2Fpr%2F1"), ("slash", "feature/x", "feature%2Fx"))
    ],
    case("kernel", args(HELLO, repo_type="kernel"), [modes({"hello.txt": "regular"}, "kernel"), committed("kernel")]),
    case("pull_request", args(HELLO, create_pr=True, token=OTHER),
         [modes({"hello.txt": "regular"}, query={"create_pr": "1"}), committed(pr=3, query={"create_pr": "1"})]),
    case("hot_reload", args(HELLO, repo_type="space", _hot_reload=True), [modes({"hello.txt": "regular"}, "space"), committed("space", query={"hot_reload": "1"})]),
    case("hot_reload_in_a_pull_request", args(HELLO, repo_type="space", _hot_reload=True, create_pr=True),
         [modes({"hello.txt": "regular"}, "space", query={"create_pr": "1"}), committed("space", pr=5, query={"create_pr": "1", "hot_reload": "1"})]),
    case("pull_request_dataset", args(HELLO, create_pr=True, repo_type="dataset"), [modes({"hello.txt": "regular"}, "dataset"), committed("dataset", pr=12)]),
    case("pull_request_without_url", args(HELLO, create_pr=True), [modes({"hello.txt": "regular"}), committed()],
         why="Python falls over an answer without pullRequestUrl; the commit is made",
         ours={"result": {"oid": OID, "commit_message": "A commit", "commit_description": "", "pr_url": None, "pr_num": None}}),
    case("delete_only", args(DELETE, {"op": "delete", "path_in_repo": "dir/"}), [committed()]),
    case("nothing", args(), [head()], why="nothing to commit: the head is told"),
    case("nothing_on_branch", args(revision="feature/x", repo_type="dataset"), [head("dataset", "feature%2Fx")]),
    case("nothing_missing", args(), [not_found("GET /api/models/u/r/revision/main")]),
    case("unchanged", args(HELLO), [modes({"hello.txt": {"uploadMode": "regular", "oid": git_oid(b"Hello\n")}}), head()],
         why="a file that the Hub has is not sent again"),
    case("unchanged_among_others", args(HELLO, {**HELLO, "path_in_repo": "b.txt", "content": "new"}),
         [modes({"hello.txt": {"uploadMode": "regular", "oid": git_oid(b"Hello\n")}, "b.txt": {"uploadMode": "regular", "oid": "1" * 40}}), committed()]),
    case("unchanged_but_deleted", args({"op": "delete", "path_in_repo": "hello.txt"}, HELLO),
         [modes({"hello.txt": {"uploadMode": "regular", "oid": git_oid(b"Hello\n")}}), committed()]),
    case("ignored", args(HELLO, {**HELLO, "path_in_repo": "tmp.log"}),
         [modes({"hello.txt": "regular", "tmp.log": {"uploadMode": "regular", "shouldIgnore": True}}), committed()]),
    case("gitignore", args({"op": "add", "path_in_repo": ".gitignore", "content": "*.log\n"}, {**HELLO, "path_in_repo": "tmp.log"}),
         [modes({".gitignore": "regular", "tmp.log": {"uploadMode": "regular", "shouldIgnore": True}}), committed()]),
    case("from_file", args({"op": "add", "path_in_repo": "sub/data.txt", "path_or_fileobj": "data.txt"}), [modes({"sub/data.txt": "regular"}), committed()],
         files={"data.txt": {"repeat": "0123456789", "times": 100}}, why="512 bytes are the sample"),
    case("file_is_missing", args({"op": "add", "path_in_repo": "a", "path_or_fileobj": "no-such-file"})),
    case("leading_slash", args({**HELLO, "path_in_repo": "/hello.txt"}), [modes({"hello.txt": "regular"}), committed()]),
    case("leading_dot", args({**HELLO, "path_in_repo": "./hello.txt"}), [modes({"hello.txt": "regular"}), committed()]),
    case("parent_path", args({**HELLO, "path_in_repo": "../hello.txt"})),
    case("git_path", args({**HELLO, "path_in_repo": "a/.git/config"})),
    case("cache_path", args({**HELLO, "path_in_repo": ".cache/huggingface/x"})),
    case("readme", args({"op": "add", "path_in_repo": "README.md", "content": "---\nlicense: mit\n---\n"}),
         [reply("POST /api/validate-yaml", body={"errors": [], "warnings": []}), modes({"README.md": "regular"}), committed()]),
    case("readme_warnings", args({"op": "add", "path_in_repo": "README.md", "content": "---\nlicence: mit\n---\n"}, repo_type="dataset", token=OTHER),
         [reply("POST /api/validate-yaml", body={"errors": [], "warnings": [{"message": "unknown key licence"}]}), modes({"README.md": "regular"}, "dataset"), committed("dataset")]),
    case("readme_refused", args({"op": "add", "path_in_repo": "README.md", "content": "---\nlicense: [\n---\n"}),
         [reply("POST /api/validate-yaml", 400, body={"errors": [{"message": "bad license"}], "warnings": []})]),
    case("lfs", args(BIG), [modes({"w/model.bin": "lfs"}), lfs_batch(UPLOAD), reply("PUT /put/w", host="storage"),
                            reply("POST /u/r.git/info/lfs/verify"), committed()], why="the storage host gets no token"),
    case("lfs_dataset_branch", args(BIG, repo_type="dataset", revision="feature/x", token=OTHER),
         [modes({"w/model.bin": "lfs"}, "dataset", "feature%2Fx"), lfs_batch({"upload": UPLOAD["upload"]}, "POST /datasets/u/r.git/info/lfs/objects/batch"),
          reply("PUT /put/w", host="storage"), committed("dataset", "feature%2Fx")]),
    case("lfs_space_pull_request", args(BIG, repo_type="space", create_pr=True),
         [modes({"w/model.bin": "lfs"}, "space"), lfs_batch(None, "POST /spaces/u/r.git/info/lfs/objects/batch"), committed("space", pr=1)]),
    case("lfs_there_already", args(BIG), [modes({"w/model.bin": "lfs"}), lfs_batch(), committed()]),
    case("lfs_unchanged", args(BIG), [modes({"w/model.bin": {"uploadMode": "lfs", "oid": SHA256}}), lfs_batch(), head()], optional=[1],
         why="what is not committed need not be there"),
    case("lfs_parts", args(BIG),
         [modes({"w/model.bin": "lfs"}), lfs_batch(PARTS), *[reply("PUT /part", host="storage", query={"n": n}, headers={"etag": f"\"e{n}\""}) for n in "123"],
          reply("POST /complete", body={}), committed()], unordered=True),
    case("lfs_empty_file", args({"op": "add", "path_in_repo": "empty.bin", "content": ""}), [modes({"empty.bin": "lfs"}), committed()],
         why="empty files are never sent to LFS"),
    case("lfs_refused", args(BIG), [modes({"w/model.bin": "lfs"}), reply(LFS, body={"objects": [{"oid": SHA256, "size": len(WEIGHTS), "error": {"code": 422, "message": "Too large"}}]})],
         ours={"error": {"kind": "Upload", "status": None, "messages": ["Too large"]}}, why="Python calls a refusal of the server a ValueError"),
    case("lfs_forbidden", args(BIG), [modes({"w/model.bin": "lfs"}), error(LFS, 403, "No write access")]),
    case("copy_regular", args({"op": "copy", "src_path_in_repo": "a.txt", "path_in_repo": "b/é.txt"}),
         [reply("POST /api/models/u/r/paths-info/main", body=[]), reply("POST /api/models/u/r/paths-info/main", body=[file_info("a.txt", git_oid("content é".encode()))]),
          reply("GET /u/r/resolve/main/a.txt", text="content é"), committed()]),
    case("copy_lfs_revision", args({"op": "copy", "src_path_in_repo": "a.bin", "path_in_repo": "b.bin", "src_revision": "refs/pr/1"}, repo_type="dataset", token=OTHER),
         [reply("POST /api/datasets/u/r/paths-info/main", body=[]),
          reply("POST /api/datasets/u/r/paths-info/refs%2Fpr%2F1", body=[file_info("a.bin", "1" * 40, lfs={"oid": SHA256, "size": 6, "pointerSize": 134}, xetHash="2" * 64)]),
          committed("dataset")]),
    case("copy_unchanged", args({"op": "copy", "src_path_in_repo": "a.txt", "path_in_repo": "b.txt"}),
         [reply("POST /api/models/u/r/paths-info/main", body=[file_info("b.txt", git_oid(b"same"))]), reply("POST /api/models/u/r/paths-info/main", body=[file_info("a.txt", git_oid(b"same"))]),
          reply("GET /u/r/resolve/main/a.txt", text="same"), head()],
         optional=[2], why="the content of a file that is there already need not be read"),
    case("copy_cross", args({"op": "copy", "src_path_in_repo": "w.bin", "path_in_repo": "x/w.bin", "src_repo_id": "o/m", "src_repo_type": "model"},
                            {"op": "copy", "src_path_in_repo": "a.txt", "path_in_repo": "a.txt", "src_repo_id": "o/m", "src_repo_type": "model"}, repo_type="dataset"),
         [reply("POST /api/datasets/u/r/paths-info/main", body=[]),
          reply("POST /api/models/o/m/paths-info/main", body=[file_info("w.bin", "1" * 40, lfs={"oid": SHA256, "size": 6, "pointerSize": 134}, xetHash="2" * 64), file_info("a.txt", git_oid(b"text"))]),
          reply("GET /o/m/resolve/main/a.txt", text="text"),
          reply("POST /api/models/o/m/lfs-files/duplicate", body={"success": True, "processed": 1, "succeeded": 1, "failed": []}), committed("dataset")]),
    case("copy_cross_refused", args({"op": "copy", "src_path_in_repo": "w.bin", "path_in_repo": "w.bin", "src_repo_id": "o/m", "src_repo_type": "dataset", "src_revision": "feature/x"}),
         [reply("POST /api/models/u/r/paths-info/main", body=[]),
          reply("POST /api/datasets/o/m/paths-info/feature%2Fx", body=[file_info("w.bin", "1" * 40, lfs={"oid": SHA256, "size": 6, "pointerSize": 134}, xetHash="2" * 64)]),
          reply("POST /api/datasets/o/m/lfs-files/duplicate", body={"success": False, "processed": 1, "succeeded": 0, "failed": [{"xetHash": "2" * 64, "sha256": SHA256, "error": "not yours"}]})]),
    case("copy_missing", args({"op": "copy", "src_path_in_repo": "a.txt", "path_in_repo": "b.txt"}),
         [reply("POST /api/models/u/r/paths-info/main", body=[], times=2)]),
    case("copy_folder", args({"op": "copy", "src_path_in_repo": "a", "path_in_repo": "b"}),
         [reply("POST /api/models/u/r/paths-info/main", body=[]), reply("POST /api/models/u/r/paths-info/main", body=[{"type": "directory", "path": "a", "oid": "4" * 40, "size": 0}])]),
    case("empty_message", args(HELLO, commit_message="")),
    case("bad_parent", args(HELLO, parent_commit="not-a-commit")),
    case("unknown_type", args(HELLO, repo_type="bucket")),
    case("bad_repo_id", {**args(HELLO), "repo_id": "u/r/x"}),
    case("preupload_missing", args(HELLO), [not_found(PREUPLOAD)]),
    case("preupload_gated", args(HELLO), [gated(PREUPLOAD)]),
    case("preupload_anonymous", args(HELLO, token=False), [unauthorized(PREUPLOAD)]),
    case("recorded_space", {"repo_id": "user/tmp_test_space", "repo_type": "space", "commit_message": "Upload app.py with huggingface_hub",
                            "operations": [{"op": "add", "path_in_repo": "app.py", "content": "\nimport gradio as gr\n\n\ndef greet(name):\n    return \"Hello \" + name + \"!!\"\n\niface = gr.Interface(fn=greet, inputs=\"text\", outputs=\"text\")\niface.launch()\n"}]},
         [sample("preupload_lfs_files.1"), sample("create_commit.1")], why="the requests are those of a recording of the Hub"),
    *[case(f"commit_{name}", args(DELETE), replies) for name, replies in failures(COMMIT).items()],
]
