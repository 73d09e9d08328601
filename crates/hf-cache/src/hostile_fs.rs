//! Complete downloads on misbehaving file systems: each step fails in turn, once or always.

use std::fs;
use std::path::{Path, PathBuf};

use hf_testhub::{Blob, Op as Change, TestHub};
use hf_transport::{Client, Config, ErrorKind, Result};
use rustix::io::Errno;

use crate::store::fs::faults::{Faults, Op};
use crate::{HfHubDownload, SnapshotDownload, scan_cache_dir};

const REPO: &str = "user/repo";
const LARGE: u64 = 400_000;

const STEPS: [Op; 13] = [
    Op::Open,
    Op::Write,
    Op::SetLen,
    Op::Sync,
    Op::SyncDir,
    Op::Rename,
    Op::Symlink,
    Op::HardLink,
    Op::Copy,
    Op::SetMode,
    Op::CreateDir,
    Op::Remove,
    Op::Lock,
];

fn client(hub: &TestHub, fsync: bool) -> Client {
    let config = Config::from_lookup(|name| match name {
        "HF_HOME" => Some("/nowhere"),
        "HF_HUB_FSYNC" if fsync => Some("1"),
        _ => None,
    });
    Client::builder()
        .config(config.unwrap())
        .endpoint(hub.endpoint())
        .no_token()
        .build()
        .unwrap()
}

async fn hub() -> TestHub {
    let hub = TestHub::start().await;
    hub.set_lfs_threshold(LARGE);
    hub.create_repo(hf_testhub::RepoType::Model, REPO);
    hub.commit(
        REPO,
        "files",
        [
            Change::add("a", "small"),
            Change::add("dir/b", "another"),
            Change::add("dir/large", Blob::synthetic(1, LARGE)),
        ],
    );
    hub
}

/// Asserts that every file of the Hub that exists in `folder` has the right bytes.
fn assert_right_bytes(hub: &TestHub, folder: &Path, all: bool, what: &str) {
    for path in hub.files(REPO, "main") {
        match fs::read(folder.join(&path)) {
            Ok(bytes) => {
                assert!(
                    *hub.read(REPO, "main", &path).unwrap() == *bytes,
                    "{what}: {path}"
                );
            }
            Err(e) => assert!(!all, "{what}: {path}: {e}"),
        }
    }
}

async fn download(client: &Client, cache: &Path, local: Option<&Path>) -> Result<PathBuf> {
    let mut call = SnapshotDownload::new(REPO.parse().unwrap()).cache_dir(cache);
    if let Some(local) = local {
        call = call.local_dir(local);
    }
    call.run(client).await
}

#[tokio::test]
async fn whatever_step_fails_the_bytes_are_right_or_the_call_fails_and_the_next_run_completes() {
    let hub = hub().await;
    let client = client(&hub, true);
    for op in STEPS {
        for code in [Errno::PERM, Errno::NOSPC, Errno::IO] {
            for (to_folder, times) in [
                (false, 1),
                (false, usize::MAX),
                (true, 1),
                (true, usize::MAX),
            ] {
                let what = format!("{op:?} {code:?} {to_folder} {times}");
                let dir = tempfile::tempdir().unwrap();
                let (cache, local) = (dir.path().join("cache"), dir.path().join("local"));
                let target = to_folder.then_some(&*local);
                let faults = Faults::below(dir.path()).fail_times(op, "", code, times);
                let done = download(&client, &cache, target).await;
                drop(faults);
                match &done {
                    Ok(folder) => assert_right_bytes(&hub, folder, true, &what),
                    Err(e) => {
                        let kind = e.kind();
                        assert_eq!(kind, ErrorKind::Io, "{what}: {e:?}");
                    }
                }
                if to_folder {
                    assert_right_bytes(&hub, &local, false, &what);
                }
                let folder = download(&client, &cache, target).await.unwrap();
                assert_right_bytes(&hub, &folder, true, &what);
                if !to_folder {
                    let info = scan_cache_dir(&cache).unwrap();
                    assert_eq!(info.warnings, [], "{what}");
                    assert_eq!(info.verify().corrupted, [], "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_disk_without_links_modes_and_locks_is_enough() {
    let hub = hub().await;
    let client = client(&hub, false);
    let dir = tempfile::tempdir().unwrap();
    let (cache, local) = (dir.path().join("cache"), dir.path().join("local"));
    let _faults = Faults::below(dir.path())
        .fail(Op::Symlink, Errno::PERM)
        .fail(Op::HardLink, Errno::PERM)
        .fail(Op::SetMode, Errno::PERM)
        .fail(Op::Lock, Errno::OPNOTSUPP)
        .short_writes(1000);
    for _ in 0..2 {
        let folder = download(&client, &cache, None).await.unwrap();
        assert_right_bytes(&hub, &folder, true, "cache");
        let folder = download(&client, &cache, Some(&local)).await.unwrap();
        assert_right_bytes(&hub, &folder, true, "local");
    }
    assert_eq!(scan_cache_dir(&cache).unwrap().warnings, []);
}

#[tokio::test]
async fn a_full_disk_is_named_and_what_arrived_is_kept() {
    let hub = hub().await;
    let client = client(&hub, false);
    let dir = tempfile::tempdir().unwrap();
    let faults = Faults::below(dir.path()).fail(Op::Write, Errno::NOSPC);
    let call = HfHubDownload::new(REPO.parse().unwrap(), "dir/large").cache_dir(dir.path());
    let err = call.run(&client).await.unwrap_err();
    assert_eq!(err.kind(), ErrorKind::Io);
    assert!(err.hint().is_some_and(|h| h.contains("full")), "{err:?}");
    drop(faults);
    let file = call.run(&client).await.unwrap();
    assert_eq!(fs::read(file).unwrap().len() as u64, LARGE);
}

#[tokio::test]
async fn with_fsync_contents_are_on_the_disk_before_names_and_names_before_refs() {
    let hub = hub().await;
    let client = client(&hub, true);
    let dir = tempfile::tempdir().unwrap();
    download(&client, dir.path(), None).await.unwrap();
    hub.commit(
        REPO,
        "change",
        [
            Change::add("a", "small, changed"),
            Change::add("dir/new/large", Blob::synthetic(2, LARGE)),
        ],
    );
    let faults = Faults::below(dir.path());
    let folder = download(&client, dir.path(), None).await.unwrap();
    assert_right_bytes(&hub, &folder, true, "fsync");
    let repo = Path::new("models--user--repo");
    let log: Vec<(Op, PathBuf)> = faults
        .log()
        .into_iter()
        .filter_map(|(op, path)| Some((op, path.strip_prefix(repo).ok()?.to_path_buf())))
        .collect();
    let at = |from: usize, op: Op, what: &dyn Fn(&Path) -> bool| {
        let found = log[from..]
            .iter()
            .position(|(o, path)| *o == op && what(path));
        from + found.unwrap_or_else(|| panic!("{op:?} after {from} in {log:#?}"))
    };
    let refs = at(0, Op::Rename, &|p| p == Path::new("refs/main"));
    at(refs, Op::SyncDir, &|p| p == Path::new("refs"));
    let names: Vec<usize> = (0..log.len())
        .filter(|i| log[*i].0 == Op::Rename && log[*i].1.starts_with("blobs"))
        .collect();
    assert_eq!(names.len(), 2, "{log:#?}");
    for name in names {
        let etag = log[name]
            .1
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let content = at(0, Op::Sync, &|p| p.to_string_lossy().contains(&etag));
        assert!(content < name, "content before name");
        let folder = at(name, Op::SyncDir, &|p| p == Path::new("blobs"));
        let link = at(folder, Op::Symlink, &|p| p.starts_with("snapshots"));
        let parent = log[link].1.parent().unwrap().to_path_buf();
        assert!(
            at(link, Op::SyncDir, &|p| p == parent) < refs,
            "links before refs"
        );
    }
    // The name of a new folder is synced, too.
    let made = at(0, Op::CreateDir, &|p| p.ends_with("dir/new"));
    at(made, Op::SyncDir, &|p| p.ends_with("dir"));
    drop(faults);

    let faults = Faults::below(dir.path());
    hub.commit(REPO, "change", [Change::add("a", "again")]);
    let relaxed = self::client(&hub, false);
    download(&relaxed, dir.path(), None).await.unwrap();
    let forced = |op: &Op| matches!(op, Op::Sync | Op::SyncDir);
    assert!(!faults.log().iter().any(|(op, _)| forced(op)));
}
