"""One cache for two clients: what Python downloads, Rust reads without the network, and the other way round.

Run by `cargo xtask interop`, which starts the Hub, sets HF_ENDPOINT and HF_TOKEN, and names the Rust client in
RUST_DOWNLOAD. Prints one line per step; the first that fails ends it with a traceback.
"""

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

# What comes from Xet, both clients move to a store that repositories share. Most steps are about the folders of the
# repositories themselves; two below turn it on for this client.
os.environ["HF_HUB_DISABLE_XET"] = "1"

from huggingface_hub import (  # noqa: E402
    CommitOperationAdd,
    HfApi,
    _CACHED_NO_EXIST,
    get_cached_repo_tree,
    hf_hub_download,
    scan_cache_dir,
    snapshot_download,
    try_to_load_from_cache,
)
from huggingface_hub.errors import EntryNotFoundError, IncompleteSnapshotError, LocalEntryNotFoundError
from huggingface_hub.utils import _shared_blobs

REPO = "user/cache-interop"
FILES = {
    "README.md": b"# two clients\n",
    "config.json": b'{"a": 1}',
    "empty": b"",
    "data/nested/\u00fcnic\u00f6de name.txt": "\u00fc".encode(),
    "data/copy.json": b'{"a": 1}',
    "weights/large.bin": bytes(range(256)) * 60_000,
}


def rust(cache, *arguments, check=True, **environment):
    """Runs the Rust client; its last line is what it gives."""
    done = subprocess.run(
        [os.environ["RUST_DOWNLOAD"], *arguments],
        env={**os.environ, "HF_HUB_CACHE": str(cache), **environment},
        capture_output=True,
        text=True,
    )
    if check and done.returncode:
        sys.exit(f"the Rust client failed: {arguments}\n{done.stdout}{done.stderr}")
    return done.stdout.strip().rsplit("\n", 1)[-1] if check else done


def tree(folder):
    """Everything below a folder: links as their targets, files as their bytes. Locks and times are left out."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if ".locks" in name or name.endswith(".lock") or name == ".usage.lock":
            continue
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_dir():
            found[name] = None
        elif name.endswith(".metadata"):
            found[name] = path.read_text().splitlines()[:2]
        else:
            found[name] = path.read_bytes()
    return found


def assert_equal(left, right, what):
    assert left.keys() == right.keys(), f"{what}: {left.keys() ^ right.keys()}"
    for name in left:
        assert left[name] == right[name], f"{what}: {name}: {left[name]!r} and {right[name]!r}"


def summary(repos, commit, path):
    """What a scan says, whoever made it: sizes, revisions, branches and files of each repository."""
    return {
        path(repo): (
            repo["size_on_disk"],
            repo["nb_files"],
            {
                commit(revision): (
                    revision["size_on_disk"],
                    sorted(revision["refs"]),
                    sorted((str(f["file_path"]), str(f["blob_path"]), f["size_on_disk"]) for f in revision["files"]),
                )
                for revision in repo["revisions"]
            },
        )
        for repo in repos
    }


def scanned_by_python(info):
    repos = []
    for repo in info.repos:
        revisions = [{**vars(r), "files": [vars(f) for f in r.files]} for r in repo.revisions]
        repos.append({**vars(repo), "revisions": revisions})
    return summary(repos, lambda r: r["commit_hash"], lambda r: str(r["repo_path"]))


def assert_clean(cache, incomplete=0):
    """Neither client finds anything wrong, and both find the same."""
    info = scan_cache_dir(cache)
    assert not info.warnings, info.warnings
    assert len(info.incomplete_files) == incomplete, info.incomplete_files
    found = json.loads(rust(cache, "--scan"))
    assert found["size_on_disk"] == info.size_on_disk, (found["size_on_disk"], info.size_on_disk)
    assert len(found["incomplete_files"]) == incomplete, found["incomplete_files"]
    ours = summary(found["repos"], lambda r: r["commit_hash"], lambda r: r["repo_path"])
    assert ours == scanned_by_python(info), (ours, scanned_by_python(info))
    return info


def same_bytes_on_disk(root):
    snapshot_download(REPO, cache_dir=root / "python")
    rust(root / "rust", REPO)
    assert_equal(tree(root / "python"), tree(root / "rust"), "whole snapshots")
    hf_hub_download(REPO, "config.json", cache_dir=root / "python1", revision="v1")
    rust(root / "rust1", REPO, "--file", "config.json", "--revision", "v1")
    assert_equal(tree(root / "python1"), tree(root / "rust1"), "single files")


def python_then_rust(root):
    folder = snapshot_download(REPO, cache_dir=root)
    assert rust(root, REPO, "--offline") == folder
    for name, content in FILES.items():
        path = rust(root, REPO, "--file", name, "--offline")
        assert Path(path).read_bytes() == content, name
    before = tree(root)
    assert rust(root, REPO) == folder
    assert_equal(before, tree(root), "nothing changes when all is there")
    assert_clean(root)


def rust_then_python(root):
    folder = rust(root, REPO)
    assert snapshot_download(REPO, cache_dir=root, local_files_only=True) == folder
    for name, content in FILES.items():
        path = hf_hub_download(REPO, name, cache_dir=root, local_files_only=True)
        assert Path(path).read_bytes() == content, name
    files = get_cached_repo_tree(REPO, cache_dir=root)
    assert set(FILES) <= {file.path for file in files}
    before = tree(root)
    assert snapshot_download(REPO, cache_dir=root) == folder
    assert_equal(before, tree(root), "nothing changes when all is there")
    info = assert_clean(root)
    (repo,) = info.repos
    assert repo.repo_id == REPO and {"main"} == set(repo.refs)


def parts(root):
    rust(root / "r", REPO, "--allow", "*.json")
    try:
        snapshot_download(REPO, cache_dir=root / "r", local_files_only=True)
        sys.exit("Python took a part for the whole")
    except IncompleteSnapshotError:
        pass
    snapshot_download(REPO, cache_dir=root / "r", allow_patterns="*.json", local_files_only=True)
    snapshot_download(REPO, cache_dir=root / "r")
    rust(root / "r", REPO, "--offline")
    assert_clean(root / "r")
    snapshot_download(REPO, cache_dir=root / "p", allow_patterns="*.json")
    failed = rust(root / "p", REPO, "--offline", check=False)
    assert failed.returncode and "IncompleteSnapshot" in failed.stderr, failed
    rust(root / "p", REPO, "--allow", "*.json", "--offline")
    rust(root / "p", REPO)
    snapshot_download(REPO, cache_dir=root / "p", local_files_only=True)
    assert_clean(root / "p")


def versions(root):
    old = rust(root, REPO, "--revision", "v1")
    new = snapshot_download(REPO, cache_dir=root)
    assert old != new
    assert snapshot_download(REPO, cache_dir=root, revision="v1", local_files_only=True) == old
    assert rust(root, REPO, "--offline") == new
    info = assert_clean(root)
    info.delete_revisions(Path(old).name).execute()
    rust(root, REPO, "--offline")
    assert_clean(root)


def what_does_not_exist(root):
    commit = HfApi().model_info(REPO).sha
    rust(root, REPO, "--file", "nothing", "--revision", commit, check=False)
    found = try_to_load_from_cache(REPO, "nothing", cache_dir=root, revision=commit)
    assert found is _CACHED_NO_EXIST, found
    try:
        hf_hub_download(REPO, "config.json", cache_dir=root, local_files_only=True)
        sys.exit("Python found what is not there")
    except LocalEntryNotFoundError:
        pass
    try:
        hf_hub_download(REPO, "not there either", cache_dir=root)
        sys.exit("Python found what does not exist")
    except EntryNotFoundError:
        pass
    for name in ("nothing", "not there either"):
        assert rust(root, REPO, "--lookup", name) == "KnownMissing", name
    assert rust(root, REPO, "--lookup", "config.json") == "Unknown"
    path = hf_hub_download(REPO, "config.json", cache_dir=root)
    assert rust(root, REPO, "--lookup", "config.json") == path


def what_was_left_half_done(root):
    """Each client finishes beside what the other has left, and this one goes on with its own."""
    large = FILES["weights/large.bin"]
    for name, owner in (("python", "0123abcd"), ("rust", "0123456789abcdef")):
        for client in ("python", "rust"):
            cache = root / f"{name}-{client}"
            snapshot_download(REPO, cache_dir=cache, ignore_patterns="weights/*")
            etag = next(f.lfs.sha256 for f in HfApi().list_repo_tree(REPO, "weights"))
            blobs = cache / "models--user--cache-interop/blobs"
            left = blobs / f"{etag}.{owner}.incomplete"
            left.write_bytes(large[: len(large) // 2])
            assert_clean(cache, incomplete=1)
            if client == "python":
                folder = snapshot_download(REPO, cache_dir=cache)
            else:
                folder = rust(cache, REPO)
            assert Path(folder, "weights/large.bin").read_bytes() == large
            # Taken over only by who wrote it.
            adopted = name == client == "rust"
            assert left.exists() != adopted, (name, client)
            assert_clean(cache, incomplete=0 if adopted else 1)


def pull_requests_and_datasets(root):
    api = HfApi()
    change = [CommitOperationAdd("config.json", b'{"pr": 1}')]
    pr = api.create_commit(REPO, change, commit_message="proposed", create_pr=True)
    for client in ("python", "rust"):
        cache = root / client
        if client == "python":
            path = hf_hub_download(REPO, "config.json", cache_dir=cache, revision=pr.pr_revision)
            snapshot_download(REPO, cache_dir=cache, revision=pr.pr_revision)
        else:
            path = rust(cache, REPO, "--file", "config.json", "--revision", pr.pr_revision)
            rust(cache, REPO, "--revision", pr.pr_revision)
        assert Path(path).read_bytes() == b'{"pr": 1}'
        assert (cache / "models--user--cache-interop/refs" / pr.pr_revision).is_file()
        (repo,) = assert_clean(cache).repos
        assert {pr.pr_revision} == set(repo.refs)
    assert_equal(tree(root / "python"), tree(root / "rust"), "a pull request")
    there = hf_hub_download(REPO, "README.md", cache_dir=root / "rust", revision=pr.pr_revision, local_files_only=True)
    assert rust(root / "rust", REPO, "--revision", pr.pr_revision, "--file", "README.md", "--offline") == there

    api.create_repo("user/data-interop", repo_type="dataset")
    api.upload_file(repo_id="user/data-interop", repo_type="dataset", path_in_repo="a/b.csv", path_or_fileobj=b"1,2")
    cache = root / "datasets"
    folder = rust(cache, "user/data-interop", "--repo-type", "dataset")
    found = snapshot_download("user/data-interop", repo_type="dataset", cache_dir=cache, local_files_only=True)
    assert found == folder
    assert_clean(cache)


def shared_contents(root):
    """Python's store of contents: the other client links to it, and Python keeps count."""
    api = HfApi()
    other = f"{REPO}-twin"
    api.create_repo(other)
    name, content = "weights/large.bin", FILES["weights/large.bin"]
    api.upload_file(repo_id=other, path_in_repo="same.bin", path_or_fileobj=content)
    path = hf_hub_download(REPO, name, cache_dir=root)
    file = next(iter(api.list_repo_tree(REPO, "weights")))
    published = _shared_blobs.publish_blob_to_shared_store(
        blob_path=os.path.join(os.path.dirname(path), os.readlink(path)),
        xet_hash=file.xet_hash,
        cache_dir=root,
        expected_size=len(content),
    )
    assert published
    store = _shared_blobs.shared_blob_path(root, file.xet_hash)
    assert store.read_bytes() == content
    before = assert_clean(root).size_on_disk
    linked = rust(root, other, "--file", "same.bin", HF_HUB_DISABLE_XET="0")
    assert Path(linked).read_bytes() == content
    blob = Path(linked).parent / os.readlink(linked)
    assert blob.is_symlink() and _shared_blobs.shared_blob_target(os.path.normpath(blob), root) == store
    info = assert_clean(root)
    assert info.size_on_disk == before, "the content is on the disk once"
    assert len(_shared_blobs._read_valid_manifest_references(store, root)) == 2
    commits = {repo.repo_id: next(iter(repo.revisions)).commit_hash for repo in info.repos}
    # Python removes the one, the other client the other: the content goes with the last.
    info.delete_revisions(commits[REPO]).execute()
    assert Path(linked).read_bytes() == content
    assert_clean(root)
    assert rust(root, "--delete", commits[other]) == f"{len(content)} bytes"
    assert not store.exists() and not _shared_blobs.unreferenced_shared_blobs(root)


def contents_shared_by_the_other_client(root):
    """What the other client downloads by Xet, it moves to the store as Python does, and Python uses it."""
    name, content = "weights/large.bin", FILES["weights/large.bin"]
    path = rust(root, REPO, "--file", name, HF_HUB_DISABLE_XET="0")
    assert Path(path).read_bytes() == content
    file = next(iter(HfApi().list_repo_tree(REPO, "weights")))
    store = _shared_blobs.shared_blob_path(root, file.xet_hash)
    assert _shared_blobs.is_shared_blobs_dir(root / "blobs")
    assert stat.S_IMODE(store.stat().st_mode) == _shared_blobs._shared_blob_mode(root)
    assert stat.S_IMODE(store.parent.stat().st_mode) == _shared_blobs._shared_directory_mode(root)
    blob = os.path.normpath(Path(path).parent / os.readlink(path))
    assert _shared_blobs.shared_blob_target(blob, root) == store
    assert len(_shared_blobs._read_valid_manifest_references(store, root)) == 1
    elsewhere = root / "models--user--elsewhere/blobs/etag"
    elsewhere.parent.mkdir(parents=True)
    assert _shared_blobs.try_link_from_shared_store(
        blob_path=str(elsewhere), xet_hash=file.xet_hash, cache_dir=root, expected_size=len(content)
    )
    assert elsewhere.read_bytes() == content
    assert len(_shared_blobs._read_valid_manifest_references(store, root)) == 2
    elsewhere.unlink()
    elsewhere.parent.rmdir()
    elsewhere.parent.parent.rmdir()
    (repo,) = assert_clean(root).repos
    scan_cache_dir(root).delete_revisions(next(iter(repo.revisions)).commit_hash).execute()
    assert not store.exists() and not _shared_blobs.unreferenced_shared_blobs(root)


def local_folders(root):
    snapshot_download(REPO, local_dir=root / "python")
    rust(root / "unused", REPO, "--local-dir", str(root / "rust"))
    assert_equal(tree(root / "python"), tree(root / "rust"), "local folders")
    for folder in ("python", "rust"):
        before = {path: path.stat().st_mtime_ns for path in (root / folder).rglob("*.*") if path.is_file()}
        before = {path: time for path, time in before.items() if ".cache" not in path.parts}
        snapshot_download(REPO, local_dir=root / folder)
        rust(root / "unused", REPO, "--local-dir", str(root / folder))
        assert all(path.stat().st_mtime_ns == time for path, time in before.items()), "fetched again"
    # A part by each, the whole by each.
    for first, second in (("python", "rust"), ("rust", "python")):
        folder = root / f"{first}-{second}"
        if first == "python":
            hf_hub_download(REPO, "data/copy.json", local_dir=folder)
            rust(root / "unused", REPO, "--local-dir", str(folder))
        else:
            rust(root / "unused", REPO, "--file", "data/copy.json", "--local-dir", str(folder))
            snapshot_download(REPO, local_dir=folder)
        checked = HfApi().verify_repo_checksums(REPO, local_dir=folder)
        assert not checked.mismatches and not checked.missing_paths, checked
        assert (folder / "data/copy.json").read_bytes() == FILES["data/copy.json"]


def main():
    api = HfApi()
    api.create_repo(REPO)
    for name in ("config.json", "README.md"):
        api.upload_file(repo_id=REPO, path_in_repo=name, path_or_fileobj=b"old " + FILES[name])
    api.create_tag(REPO, tag="v1")
    for name, content in FILES.items():
        api.upload_file(repo_id=REPO, path_in_repo=name, path_or_fileobj=content)
    steps = [
        same_bytes_on_disk,
        python_then_rust,
        rust_then_python,
        parts,
        versions,
        what_does_not_exist,
        what_was_left_half_done,
        pull_requests_and_datasets,
        shared_contents,
        contents_shared_by_the_other_client,
        local_folders,
    ]
    for step in steps:
        with tempfile.TemporaryDirectory() as folder:
            step(Path(folder).resolve())
        print(f"ok {step.__name__}", flush=True)


if __name__ == "__main__":
    main()
