"""One cache for two clients: what Python downloads, Rust reads without the network, and the other way round.

Run by `cargo xtask interop`, which starts the Hub, sets HF_ENDPOINT and HF_TOKEN, and names the Rust client in
RUST_DOWNLOAD. Prints one line per step; the first that fails ends it with a traceback.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from huggingface_hub import (
    HfApi,
    _CACHED_NO_EXIST,
    get_cached_repo_tree,
    hf_hub_download,
    scan_cache_dir,
    snapshot_download,
    try_to_load_from_cache,
)
from huggingface_hub.errors import IncompleteSnapshotError, LocalEntryNotFoundError

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


def assert_clean(cache):
    info = scan_cache_dir(cache)
    assert not info.warnings, info.warnings
    assert not info.incomplete_files, info.incomplete_files
    rust(cache, "--scan")
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
        local_folders,
    ]
    for step in steps:
        with tempfile.TemporaryDirectory() as folder:
            step(Path(folder).resolve())
        print(f"ok {step.__name__}", flush=True)


if __name__ == "__main__":
    main()
