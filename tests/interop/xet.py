"""Xet both ways: what Python's hf_xet uploads this client downloads, and the other way round, byte for byte.

Run by `cargo xtask interop` (against the embedded store) and `cargo xtask cas` (against the official local_cas_server),
which start the Hub and set HF_ENDPOINT, HF_TOKEN, HF_HOME, and name the program `hf` in HF_PROGRAM. XET_STORE is the
folder of the official store, where that is used. Options: `--big` adds a file of 1 GiB, `--python` leaves out this
client. Each upload and download is a process of its own with empty caches. Prints one line per step; the first that
fails ends it with a traceback.
"""

import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

MODEL, BUCKET = "user/xet-interop", "user/xet-box"
# The longest chunk.
CHUNK = 128 * 1024
# An edit changes the chunks that it touches (128 KiB at most) and those in which the boundaries find each other again.
EDIT = 4 * CHUNK


class Python:
    """huggingface_hub with hf_xet, each call in a process of its own."""

    name = "python"

    def call(self, method, **arguments):
        home = tempfile.mkdtemp(dir=SCRATCH)
        environment = {**os.environ, "HF_HOME": home, "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        run([sys.executable, __file__, "--call", method, json.dumps(arguments)], environment)
        shutil.rmtree(home)


class Ours:
    """The program `hf`, each call in a process of its own."""

    name = "ours"

    def call(self, method, **arguments):
        home = tempfile.mkdtemp(dir=SCRATCH)
        run([os.environ["HF_PROGRAM"], "call", method, json.dumps(arguments)], {**os.environ, "HF_HOME": home})
        shutil.rmtree(home)


def run(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"failed: {command}\n{done.stdout}{done.stderr}")


def stats():
    """What the embedded store received."""
    with urllib.request.urlopen(os.environ["HF_ENDPOINT"] + "/-/testhub/xet") as response:
        return json.load(response)


def stored():
    """Bytes of xorbs that were uploaded."""
    if store := os.environ.get("XET_STORE"):
        return sum(path.stat().st_size for path in Path(store, "xorbs").rglob("*") if path.is_file())
    return stats()["xorb_bytes"]


def sent(action):
    before = stored()
    action()
    return stored() - before


class Contents:
    """Contents by name, the same in every run."""

    def __init__(self, big, seed=12):
        self.random = random.Random(seed)
        mib = 1024 * 1024
        normal = [self.random.gauss(0, 1) for _ in range(500_000)]
        floats = struct.pack(f"<{len(normal)}f", *normal)
        sparse = bytearray(5 * mib)
        for _ in range(40):
            sparse[self.random.randrange(len(sparse))] = 1
        words = [f"word{i} " for i in range(5000)]
        self.all = {
            "empty.bin": b"",
            "one-byte.bin": b"x",
            "one-chunk.bin": self.random.randbytes(8 * 1024),
            "random.bin": self.random.randbytes(3 * mib),
            "text.bin": "".join(self.random.choice(words) for _ in range(500_000)).encode(),
            "float32.bin": floats,
            "bf16.bin": b"".join(floats[i + 2 : i + 4] for i in range(0, len(floats), 4)),
            "sparse.bin": bytes(sparse),
            "below-a-xorb.bin": self.random.randbytes(64 * mib - 1),
            "above-a-xorb.bin": self.random.randbytes(64 * mib + 1),
        }
        if big:
            # At once, it would be more bits than `randbytes` of Python 3.11 can make.
            self.all["big.bin"] = b"".join(self.random.randbytes(64 * mib) for _ in range(16))

    def edited(self, content, edits):
        """Bytes inserted, removed and changed at random places, but not in the first chunk: with empty caches, that is the
        one that clients ask the store about, and in a short file often the only one."""
        content = bytearray(content)
        for i in range(edits):
            at = self.random.randrange(CHUNK, len(content))
            if i % 3 == 0:
                content[at:at] = self.random.randbytes(11)
            elif i % 3 == 1:
                del content[at : at + 7]
            else:
                content[at] ^= 0xFF
        return bytes(content)


def write(folder, name, content):
    path = Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def same(path, content, what):
    found = Path(path).read_bytes()
    assert len(found) == len(content), f"{what}: {len(found)} bytes instead of {len(content)}"
    assert hashlib.sha256(found).digest() == hashlib.sha256(content).digest(), f"{what}: other bytes"


def upload(client, content, name):
    path = write(SCRATCH, "upload.bin", content)
    client.call("upload_file", path_or_fileobj=path, path_in_repo=name, repo_id=MODEL)


def download(client, content, name):
    folder = tempfile.mkdtemp(dir=SCRATCH)
    client.call("hf_hub_download", repo_id=MODEL, filename=name, local_dir=folder)
    same(Path(folder, name), content, f"{name} by {client.name}")
    shutil.rmtree(folder)


def one_file_each(here, there, contents):
    """Every content, uploaded by one and downloaded by the other."""
    for name, content in contents.all.items():
        upload(here, content, f"{here.name}/{name}")
        download(there, content, f"{here.name}/{name}")


def the_same_again(here, there, contents):
    """What one has sent, the other sends no byte of."""
    for name, content in contents.all.items():
        if len(content) > 1:
            again = sent(lambda: upload(there, content, f"again/{name}"))
            assert again == 0, f"{there.name} sent {again} bytes of {name} again"


def edits(here, there, contents):
    """Edits at random places: little is sent, and the other client sees them."""
    for name in ["random.bin", "text.bin", "below-a-xorb.bin"]:
        for edits in [1, 2, 3]:
            content = contents.edited(contents.all[name], edits)
            new = sent(lambda: upload(there, content, f"edited/{name}"))
            assert 0 < new <= edits * EDIT, f"{there.name} sent {new} bytes for {edits} edits of {name}"
            download(here, content, f"edited/{name}")


def folders(here, there, contents):
    """A folder, uploaded by one and downloaded by the other."""
    folder = tempfile.mkdtemp(dir=SCRATCH)
    files = {f"small/{i}.bin": contents.random.randbytes(20_000 + i) for i in range(40)}
    files |= {"large.bin": contents.random.randbytes(9_000_000), "README.md": b"# a folder\n", "none": b""}
    for name, content in files.items():
        write(folder, name, content)
    base = f"folder-of-{here.name}"
    here.call("upload_folder", repo_id=MODEL, folder_path=folder, path_in_repo=base)
    target = tempfile.mkdtemp(dir=SCRATCH)
    there.call("snapshot_download", repo_id=MODEL, local_dir=target, allow_patterns=[f"{base}/*"])
    for name, content in files.items():
        same(Path(target, base, name), content, f"{name} by {there.name}")
    for used in [folder, target]:
        shutil.rmtree(used)


def buckets(here, there, contents):
    """Files of a bucket, one by one and a whole folder."""
    names = [name for name in contents.all if not name.endswith("a-xorb.bin") and name != "big.bin"]
    source = {name: write(SCRATCH, f"bucket/{name}", contents.all[name]) for name in names}
    add = [[path, f"{here.name}/{name}"] for name, path in source.items()]
    here.call("batch_bucket_files", bucket_id=BUCKET, add=add)
    target = tempfile.mkdtemp(dir=SCRATCH)
    files = [[f"{here.name}/{name}", str(Path(target, name))] for name in names]
    there.call("download_bucket_files", bucket_id=BUCKET, files=files)
    for name in names:
        same(Path(target, name), contents.all[name], f"{name} of a bucket by {there.name}")
    shutil.rmtree(target)
    synced = tempfile.mkdtemp(dir=SCRATCH)
    here.call("sync_bucket", source=str(Path(SCRATCH, "bucket")), dest=f"hf://buckets/{BUCKET}/sync-of-{here.name}")
    there.call("sync_bucket", source=f"hf://buckets/{BUCKET}/sync-of-{here.name}", dest=synced)
    for name in names:
        same(Path(synced, name), contents.all[name], f"{name} synced by {there.name}")
    shutil.rmtree(synced)


def by_xet():
    """All of it went through the store, and no token to where it does not belong."""
    if not os.environ.get("XET_STORE"):
        seen = stats()
        assert seen["leaked_tokens"] == [], seen["leaked_tokens"]
        assert seen["shards"] > 0 and seen["reconstructions"] > 0 and seen["dedup_hits"] > 0, seen


def main(options):
    contents = Contents("--big" in options)
    python = Python()
    ours = python if "--python" in options else Ours()
    python.call("create_repo", repo_id=MODEL)
    python.call("create_bucket", bucket_id=BUCKET)
    steps = 0
    for here, there in [(python, ours), (ours, python)]:
        for step in [one_file_each, the_same_again, edits, folders, buckets]:
            start = time.monotonic()
            step(here, there, contents)
            print(f"ok {here.name} to {there.name}: {step.__name__} {time.monotonic() - start:.1f} s", flush=True)
            steps += 1
        if here is there:
            break
        # What one has sent, the other would find: other contents for the way back.
        contents = Contents("--big" in options, seed=13)
    by_xet()
    print(f"{steps} steps")


def call(method, arguments):
    """One call of huggingface_hub."""
    from huggingface_hub import HfApi

    arguments = json.loads(arguments)
    for name in ["add", "files"]:
        if name in arguments:
            arguments[name] = [tuple(pair) for pair in arguments[name]]
    getattr(HfApi(), method)(**arguments)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--call"]:
        call(*sys.argv[2:])
    else:
        with tempfile.TemporaryDirectory() as SCRATCH:
            main(sys.argv[1:])
