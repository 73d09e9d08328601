"""The everyday calls of Python's huggingface_hub against an embedded Hub.

Run by `cargo xtask interop`, which starts the Hub and sets HF_ENDPOINT, HF_TOKEN, READ_TOKEN, OTHER_TOKEN,
and a fresh HF_HOME. Large files go through Xet, or through LFS with `--lfs`, as they do where hf_xet is not installed.
Prints one line per step; the first that fails ends it with a traceback.
"""

import hashlib
import io
import os
import sys
import tempfile
from pathlib import Path

if "--lfs" in sys.argv:
    os.environ["HF_HUB_DISABLE_XET"] = "1"

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import (
    BadRequestError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

STEPS = []


def step(function):
    STEPS.append(function)
    return function


def refused(kind, call, *args, status=None, exactly=True, **kwargs):
    """Runs a call that must raise `kind` (that very class, unless told otherwise)."""
    try:
        call(*args, **kwargs)
    except kind as error:
        if exactly:
            assert type(error) is kind, f"{type(error)} instead of {kind}"
        if status is not None:
            assert error.response.status_code == status, error.response.status_code
        return error
    raise AssertionError(f"{call} did not raise {kind}")


api = HfApi()
reader = HfApi(token=os.environ["READ_TOKEN"])
other = HfApi(token=os.environ["OTHER_TOKEN"])
anonymous = HfApi(token=False)
MODEL = "user/everyday"
BIG = bytes(range(256)) * 4096  # 1 MiB
HUGE = os.urandom(5 * 1024 * 1024 + 17)  # in parts, by the threshold the Hub is started with


@step
def whoami():
    me = api.whoami()
    assert me["name"] == "user" and me["auth"]["accessToken"]["role"] == "write"
    assert reader.whoami()["auth"]["accessToken"]["role"] == "read"
    refused(HfHubHTTPError, HfApi(token="hf_unknown").whoami, exactly=False, status=401)


@step
def create_repo():
    url = api.create_repo(MODEL)
    assert url.repo_id == MODEL and url.repo_type == "model", url
    refused(HfHubHTTPError, api.create_repo, MODEL, status=409)
    assert api.create_repo(MODEL, exist_ok=True).repo_id == MODEL
    assert api.create_repo("bare-name").repo_id == "user/bare-name"
    api.create_repo("user/data", repo_type="dataset")
    api.create_repo("user/space", repo_type="space", space_sdk="gradio")
    refused(HfHubHTTPError, reader.create_repo, "user/no", status=403)
    refused(HfHubHTTPError, api.create_repo, "other/no", status=403)
    assert api.list_repo_files(MODEL) == [".gitattributes"]


@step
def upload_file():
    info = api.upload_file(repo_id=MODEL, path_or_fileobj=b'{"a": 1}', path_in_repo="config.json")
    assert info.oid == api.model_info(MODEL).sha
    card = "---\nlicense: mit\npipeline_tag: fill-mask\ntags:\n- everyday\n---\n# Hello\n"
    api.upload_file(repo_id=MODEL, path_or_fileobj=card.encode(), path_in_repo="README.md")
    model = api.model_info(MODEL)
    assert model.card_data.license == "mit" and model.pipeline_tag == "fill-mask"
    assert "everyday" in model.tags and "license:mit" in model.tags
    bad = b"---\nlicense mit\n---\n"
    refused(ValueError, api.upload_file, repo_id=MODEL, path_or_fileobj=bad, path_in_repo="README.md")
    head = model.sha
    same = api.upload_file(repo_id=MODEL, path_or_fileobj=b'{"a": 1}', path_in_repo="config.json")
    assert same.oid == head, "an unchanged file makes no commit"
    refused(HfHubHTTPError, reader.upload_file, repo_id=MODEL, path_or_fileobj=b"x", path_in_repo="x", status=403)
    refused(
        RepositoryNotFoundError, api.upload_file, repo_id="user/gone", path_or_fileobj=b"x", path_in_repo="x", status=404
    )


@step
def read_seeded():
    assert len(list(api.list_repo_tree("user/files", recursive=True))) == 53
    folder = snapshot_download("user/files")
    assert len(list(Path(folder).rglob("*.txt"))) == 50
    blob = Path(hf_hub_download("user/blob", "model.safetensors"))
    assert blob.stat().st_size == 3_000_000
    lfs = {f.path: f for f in api.list_repo_tree("user/blob")}["model.safetensors"].lfs
    assert hashlib.sha256(blob.read_bytes()).hexdigest() == lfs.sha256
    assert api.verify_repo_checksums("user/blob").mismatches == []


@step
def upload_small_folder():
    with tempfile.TemporaryDirectory() as folder:
        for i in range(20):
            Path(folder, f"{i}.txt").write_text(f"file {i}")
        api.upload_folder(repo_id="user/bare-name", folder_path=folder, path_in_repo="texts")
    assert len(api.list_repo_files("user/bare-name")) == 21


@step
def upload_folder():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for i in range(300):
            (folder / "small" / f"{i % 3}").mkdir(parents=True, exist_ok=True)
            (folder / "small" / f"{i % 3}" / f"{i}.txt").write_text(f"file {i}")
        (folder / "empty.txt").write_bytes(b"")
        (folder / "model.safetensors").write_bytes(BIG)
        (folder / "huge.bin").write_bytes(HUGE)
        (folder / "left-out.tmp").write_text("no")
        api.upload_folder(repo_id=MODEL, folder_path=folder, ignore_patterns=["*.tmp"])
    files = api.list_repo_files(MODEL)
    assert len(files) == 306, len(files)
    assert "small/2/299.txt" in files and "left-out.tmp" not in files
    sizes = {f.path: f for f in api.list_repo_tree(MODEL) if hasattr(f, "size")}
    assert sizes["huge.bin"].size == len(HUGE) and sizes["huge.bin"].lfs.size == len(HUGE)
    assert sizes["model.safetensors"].lfs.sha256 and sizes["empty.txt"].lfs is None


@step
def create_commit():
    operations = [
        CommitOperationAdd("new.txt", b"new"),
        CommitOperationAdd("buffer.bin", io.BytesIO(b"\0\1\2")),
        CommitOperationDelete("small/0/"),
        CommitOperationDelete("small/1/1.txt"),
        CommitOperationCopy("config.json", "copies/config.json"),
        CommitOperationCopy("model.safetensors", "copies/model.safetensors"),
    ]
    info = api.create_commit(MODEL, operations, commit_message="Many things", commit_description="at once")
    files = api.list_repo_files(MODEL)
    assert "new.txt" in files and "small/1/1.txt" not in files
    assert not [f for f in files if f.startswith("small/0/")]
    paths = ["copies/model.safetensors", "model.safetensors", "copies", "nowhere"]
    copied, original, folder = api.get_paths_info(MODEL, paths, expand=True)
    assert copied.lfs.sha256 == original.lfs.sha256
    assert folder.path == "copies" and folder.tree_id
    assert copied.last_commit.oid == info.oid and copied.last_commit.title == "Many things"
    error = refused(RemoteEntryNotFoundError, api.delete_file, "nowhere.txt", MODEL, status=404)
    assert "is_folder" in str(error)
    refused(RevisionNotFoundError, api.upload_file, repo_id=MODEL, path_or_fileobj=b"x", path_in_repo="x", revision="no")


@step
def parent_commit():
    base = api.model_info(MODEL).sha
    add = lambda text: [CommitOperationAdd("race.txt", text)]
    api.create_commit(MODEL, add(b"one"), commit_message="one", parent_commit=base)
    refused(HfHubHTTPError, api.create_commit, MODEL, add(b"two"), commit_message="two", parent_commit=base, status=412)
    short = api.model_info(MODEL).sha[:7]
    api.create_commit(MODEL, add(b"three"), commit_message="three", parent_commit=short)


@step
def pull_requests():
    add = [CommitOperationAdd("proposal.txt", b"what about this")]
    info = api.create_commit(MODEL, add, commit_message="A proposal", create_pr=True)
    assert info.pr_num == 1 and info.pr_revision == "refs/pr/1", info
    assert "proposal.txt" not in api.list_repo_files(MODEL)
    assert "proposal.txt" in api.list_repo_files(MODEL, revision="refs/pr/1")
    api.upload_file(repo_id=MODEL, path_or_fileobj=b"more", path_in_repo="more.txt", revision="refs/pr/1")
    refs = api.list_repo_refs(MODEL, include_pull_requests=True)
    assert [r.ref for r in refs.pull_requests] == ["refs/pr/1"]
    details = api.get_discussion_details(MODEL, 1)
    assert details.is_pull_request and details.title == "A proposal" and details.status == "open"
    assert [e.type for e in details.events].count("commit") == 2
    api.comment_discussion(MODEL, 1, "fine")
    api.merge_pull_request(MODEL, 1)
    assert "more.txt" in api.list_repo_files(MODEL)
    assert api.get_discussion_details(MODEL, 1).status == "merged"
    theirs = other.create_commit(MODEL, [CommitOperationAdd("theirs.txt", b"x")], commit_message="theirs", create_pr=True)
    assert theirs.pr_num == 2
    pull = api.create_pull_request(MODEL, title="An empty one")
    assert pull.num == 3 and pull.status == "draft"
    talk = api.create_discussion(MODEL, title="Just talk", description="hello")
    assert not talk.is_pull_request
    api.rename_discussion(MODEL, talk.num, new_title="Only talk")
    api.change_discussion_status(MODEL, talk.num, new_status="closed")
    assert [d.title for d in api.get_repo_discussions(MODEL, discussion_status="closed")] == ["Only talk", "A proposal"]


@step
def branches_tags_and_commits():
    api.create_branch(MODEL, branch="dev")
    refused(HfHubHTTPError, api.create_branch, MODEL, branch="dev", status=409)
    api.create_branch(MODEL, branch="dev", exist_ok=True)
    api.create_branch(MODEL, branch="feature/one", revision="dev")
    api.upload_file(repo_id=MODEL, path_or_fileobj=b"dev", path_in_repo="dev.txt", revision="dev")
    assert "dev.txt" not in api.list_repo_files(MODEL)
    api.create_tag(MODEL, tag="v1.0", revision="dev")
    refused(HfHubHTTPError, api.create_tag, MODEL, tag="v1.0", status=409)
    refs = api.list_repo_refs(MODEL)
    assert {b.name for b in refs.branches} == {"main", "dev", "feature/one"}
    assert refs.tags[0].ref == "refs/tags/v1.0"
    assert refs.tags[0].target_commit == api.model_info(MODEL, revision="dev").sha
    api.delete_branch(MODEL, branch="feature/one")
    refused(RevisionNotFoundError, api.delete_branch, MODEL, branch="feature/one", status=404)
    api.delete_tag(MODEL, tag="v1.0")
    commits = api.list_repo_commits(MODEL)
    assert commits[-1].title == "initial commit" and commits[0].commit_id == api.model_info(MODEL).sha
    assert api.list_repo_commits(MODEL, formatted=True)[0].formatted_title == commits[0].title
    refused(RevisionNotFoundError, api.list_repo_commits, MODEL, revision="no", status=404)
    api.super_squash_history(MODEL, branch="dev", commit_message="one")
    assert [c.title for c in api.list_repo_commits(MODEL, revision="dev")] == ["one"]
    assert "dev.txt" in api.list_repo_files(MODEL, revision="dev")


@step
def lists():
    for i in range(5):
        api.create_repo(f"user/listed-{i}")
    found = list(api.list_models(author="user", search="listed"))
    assert len(found) == 5 and all(m.id.startswith("user/listed-") for m in found)
    assert len(list(api.list_models(author="user", limit=2))) == 2
    assert [m.id for m in api.list_models(filter="everyday")] == [MODEL]
    assert [m.id for m in api.list_models(pipeline_tag="fill-mask", filter=["everyday", "license:mit"])] == [MODEL]
    newest = next(iter(api.list_models(sort="created_at")))
    assert newest.id == "user/listed-4"
    full = next(iter(api.list_models(search="everyday", full=True)))
    assert full.sha and full.siblings and full.author == "user"
    lean = next(iter(api.list_models(search="everyday", expand=["gated", "sha"])))
    assert lean.sha and lean.gated is False and lean.downloads is None
    assert [d.id for d in api.list_datasets(author="user")] == ["user/data"]
    assert [s.id for s in api.list_spaces(author="user")] == ["user/space"]
    assert api.dataset_info("user/data").id == "user/data"
    assert api.space_info("user/space").sdk == "gradio"
    seeded = list(api.list_models(author="org-00"))
    assert len(seeded) == 26, len(seeded)  # the Hub is started with 2,500 models, more than one page
    assert sum(1 for _ in api.list_models(search="model-")) == 2500
    refused(BadRequestError, lambda: list(api.list_models(sort="nonsense")), status=400)


@step
def downloads():
    path = hf_hub_download(MODEL, "config.json")
    assert Path(path).read_bytes() == b'{"a": 1}'
    assert Path(hf_hub_download(MODEL, "huge.bin")).read_bytes() == HUGE
    meta = api.get_hf_file_metadata(url=f"{api.endpoint}/{MODEL}/resolve/main/huge.bin")
    assert meta.size == len(HUGE) and len(meta.etag) == 64 and meta.commit_hash == api.model_info(MODEL).sha
    assert api.get_hf_file_metadata(url=f"{api.endpoint}/{MODEL}/resolve/main/config.json").size == 8
    folder = snapshot_download(MODEL, allow_patterns=["small/1/*", "*.safetensors"])
    assert Path(folder, "model.safetensors").read_bytes() == BIG
    assert len(list(Path(folder, "small/1").iterdir())) == 99
    whole = snapshot_download(MODEL, local_dir=Path(os.environ["HF_HOME"], "local"))
    assert Path(whole, "huge.bin").stat().st_size == len(HUGE)
    assert api.file_exists(MODEL, "config.json") and not api.file_exists(MODEL, "nothing.json")
    refused(RemoteEntryNotFoundError, hf_hub_download, MODEL, "nothing.json", status=404)
    refused(RevisionNotFoundError, hf_hub_download, MODEL, "config.json", revision="no", status=404)
    refused(EntryNotFoundError, lambda: list(api.list_repo_tree(MODEL, "no/such")), exactly=False, status=404)
    assert api.verify_repo_checksums(MODEL, local_dir=whole).mismatches == []


@step
def private_and_gated():
    api.create_repo("user/secret", private=True)
    api.upload_file(repo_id="user/secret", path_or_fileobj=b"s", path_in_repo="s.txt")
    refused(RepositoryNotFoundError, other.model_info, "user/secret", status=404)
    refused(HfHubHTTPError, anonymous.model_info, "user/secret", exactly=False, status=401)
    assert reader.model_info("user/secret").private
    assert not other.repo_exists("user/secret") and api.repo_exists("user/secret")
    assert "user/secret" not in [m.id for m in other.list_models(author="user")]
    api.update_repo_settings("user/secret", private=False)
    assert not other.model_info("user/secret").private

    api.create_repo("user/gate")
    api.upload_file(repo_id="user/gate", path_or_fileobj=b"g", path_in_repo="g.txt")
    api.upload_file(repo_id="user/gate", path_or_fileobj=BIG, path_in_repo="g.bin")
    api.update_repo_settings("user/gate", gated="manual")
    assert other.model_info("user/gate").gated == "manual"
    assert [m.id for m in api.list_models(gated=True)] == ["user/gate"]
    assert "user/gate" not in [m.id for m in api.list_models(author="user", gated=False)]
    masked = {f.path: f for f in other.list_repo_tree("user/gate")}["g.bin"]
    assert masked.lfs.sha256 == "*" * 64
    refused(GatedRepoError, other.auth_check, "user/gate", status=403)
    refused(GatedRepoError, anonymous.auth_check, "user/gate", status=401)
    refused(GatedRepoError, hf_hub_download, "user/gate", "g.txt", token=os.environ["OTHER_TOKEN"], status=403)
    assert Path(hf_hub_download("user/gate", "g.txt")).read_bytes() == b"g"
    refused(HfHubHTTPError, other.upload_file, repo_id="user/gate", path_or_fileobj=b"x", path_in_repo="x", status=403)


@step
def large_objects():
    found = {f.filename: f for f in api.list_lfs_files(MODEL)}
    assert found["huge.bin"].size == len(HUGE)
    api.permanently_delete_lfs_files(MODEL, [found["huge.bin"]])
    assert "huge.bin" not in api.list_repo_files(MODEL)


@step
def move_and_delete():
    api.move_repo(MODEL, "user/renamed")
    assert api.model_info(MODEL).id == "user/renamed", "the old name leads to the new one"
    assert Path(hf_hub_download(MODEL, "new.txt")).read_bytes() == b"new"
    api.upload_file(repo_id=MODEL, path_or_fileobj=b"by the old name", path_in_repo="moved.txt")
    assert "moved.txt" in api.list_repo_files("user/renamed")
    refused(HfHubHTTPError, api.move_repo, "user/renamed", "user/secret", status=409, exactly=False)
    refused(HfHubHTTPError, other.delete_repo, "user/renamed", status=403)
    api.delete_repo("user/renamed")
    refused(RepositoryNotFoundError, api.model_info, "user/renamed", status=404)
    refused(RepositoryNotFoundError, api.delete_repo, "user/renamed", status=404)
    api.delete_repo("user/renamed", missing_ok=True)
    assert not api.repo_exists("user/renamed")


if __name__ == "__main__":
    for function in STEPS:
        function()
        print(f"ok {function.__name__}", flush=True)
    print(f"{len(STEPS)} steps")
