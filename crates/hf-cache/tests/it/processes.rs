//! Several processes, dying processes, and processes that may not do all they want.
//!
//! The process is this test program itself, running [`worker`].

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use hf_cache::{HfHubDownload, SnapshotDownload, scan_cache_dir};
use hf_testhub::{Blob, TestHub};
use hf_transport::{Client, Error};

use crate::support::{LARGE, REPO, World, files, ranges, text};

const MIB: u64 = 1024 * 1024;
const ENDPOINT: &str = "HF_CACHE_TEST_ENDPOINT";
const CACHE: &str = "HF_CACHE_TEST_CACHE";
const FILE: &str = "HF_CACHE_TEST_FILE";

/// Downloads the snapshot of [`REPO`] (or one file) as the environment says, and prints how it went. Without that
/// environment, it downloads from a Hub of its own.
#[test]
fn worker() {
    let own = std::env::var(ENDPOINT).is_err().then(|| {
        let hub = TestHub::start_blocking();
        hub.create_repo(hf_testhub::RepoType::Model, REPO);
        (hub, tempfile::tempdir().unwrap())
    });
    let (endpoint, cache) = match &own {
        Some((hub, dir)) => (hub.endpoint(), dir.path().to_path_buf()),
        None => (
            std::env::var(ENDPOINT).unwrap(),
            std::env::var_os(CACHE).unwrap().into(),
        ),
    };
    let client = Client::builder()
        .endpoint(endpoint)
        .no_token()
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let done = runtime.block_on(async {
        if let Ok(file) = std::env::var(FILE) {
            let call = HfHubDownload::new(REPO.parse().unwrap(), file).cache_dir(cache);
            return call.run(&client).await.map(drop);
        }
        let call = SnapshotDownload::new(REPO.parse().unwrap()).cache_dir(cache);
        call.run(&client).await.map(drop)
    });
    println!(
        "OUTCOME {}",
        done.as_ref().map_or_else(describe, |()| "done".to_owned())
    );
    assert!(done.is_ok() || own.is_none(), "{done:?}");
}

fn describe(err: &Error) -> String {
    format!("{} {err} {}", err.kind(), err.hint().unwrap_or_default()).replace('\n', " ")
}

pub(crate) fn command(world: &World) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "processes::worker", "--nocapture"])
        .env(ENDPOINT, world.hub.endpoint())
        .env(CACHE, world.cache())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

pub(crate) fn outcome(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|l| l.split_once("OUTCOME "));
    line.unwrap_or_else(|| panic!("no outcome: {text} {:?}", output.status))
        .1
        .to_owned()
}

fn many() -> Vec<(String, Blob)> {
    let small = (0..30).map(|i| (format!("small/{i}"), text(&format!("content {i}"))));
    let large = (0..3).map(|i| (format!("large/{i}"), Blob::synthetic(i, LARGE + 1000 * i)));
    small.chain(large).collect()
}

async fn world_with(content: &[(String, Blob)]) -> World {
    World::with(
        content
            .iter()
            .map(|(path, blob)| (path.as_str(), blob.clone())),
    )
    .await
}

/// This many processes download the same snapshot at once, and each has it in the end.
fn all_done(world: &World, processes: usize) {
    let children: Vec<_> = (0..processes)
        .map(|_| command(world).spawn().unwrap())
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("OUTCOME done"),
            "{output:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_share_one_download() {
    let world = world_with(&many()).await;
    all_done(&world, 8);
    world.assert_snapshot(&world.snapshot_folder(), "main");
    world.assert_sound();
    assert!(world.partials().is_empty());
    let fetched = world
        .hub
        .count_requests(|r| r.path.starts_with("/objects/"));
    assert_eq!(
        fetched, 3,
        "each large content is fetched by one of the processes"
    );
    let small = world
        .hub
        .count_requests(|r| r.path.starts_with("/api/resolve-cache/"));
    assert_eq!(small, world.hub.files(REPO, "main").len() - 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_draw_a_file_once_from_the_storage() {
    let size = 9 * LARGE;
    let world = World::with([("big", Blob::synthetic(1, size))]).await;
    // Slow enough for all of them to be there before the first is done.
    world.hub.set_bandwidth(6 * MIB);
    let children: Vec<_> = (0..8)
        .map(|_| command(&world).env(FILE, "big").spawn().unwrap())
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("OUTCOME done"), "{text}");
    }
    let sent = world.hub.bytes_sent(hf_testhub::Listener::Storage);
    assert_eq!(sent, size, "nobody asks the storage before it has the lock");
    world.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_locks_processes_do_double_work_and_nothing_wrong() {
    let world = world_with(&many()).await;
    fs::create_dir_all(world.cache()).unwrap();
    // A file where the folder of the locks should be: none can be made.
    fs::write(world.cache().join(".locks"), "").unwrap();
    all_done(&world, 4);
    world.assert_snapshot(&world.snapshot_folder(), "main");
    world.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_fifty_times_and_right_in_the_end() {
    let mut content = many();
    content.push(("huge".to_owned(), Blob::synthetic(99, 40 * MIB)));
    let world = world_with(&content).await;
    world.hub.set_bandwidth(8 * MIB);
    let mut killed = 0;
    for round in 0..50 {
        let mut child = command(&world).spawn().unwrap();
        // Deaths at moments that no one chose: the times are spread over the first part of a run.
        let wait = Duration::from_millis(20 + (round * 37) % 260);
        let deadline = std::time::Instant::now() + wait;
        while std::time::Instant::now() < deadline && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        world.assert_sound();
    }
    assert!(killed > 0, "no run was interrupted");
    world.hub.set_bandwidth(0);
    world.hub.clear_requests();
    assert_eq!(outcome(&mut command(&world)), "done");
    world.assert_snapshot(&world.snapshot_folder(), "main");
    world.assert_sound();
    let report = scan_cache_dir(world.cache()).unwrap().prune().execute();
    // A temporary file that a killed run left a moment ago may be somebody's.
    let is_temporary = |path: &Path| path.extension().is_some_and(|e| e == "tmp");
    let mut kept = report.skipped.iter();
    assert!(kept.all(|(path, _)| is_temporary(path)), "{report:?}");
    assert!(world.partials().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_download_is_adopted_by_the_next_process() {
    let world = World::with([("big", Blob::synthetic(1, 3 * LARGE))]).await;
    world.hub.set_bandwidth(2_000_000);
    let mut child = command(&world).env(FILE, "big").spawn().unwrap();
    while !world
        .partials()
        .iter()
        .any(|p| fs::metadata(p).is_ok_and(|m| m.len() > LARGE))
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    world.hub.set_bandwidth(0);
    world.hub.clear_requests();
    assert_eq!(outcome(command(&world).env(FILE, "big")), "done");
    let asked = ranges(&world.hub.requests());
    assert!(!asked.is_empty(), "it started from nothing");
    world.assert_sound();
    assert!(world.partials().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_deleted_under_a_process_that_downloads() {
    let world = World::with([("old", text("old"))]).await;
    let old = world.hub.resolve(REPO, "main").unwrap();
    world.get_all().await.unwrap();
    world.commit([("big", Blob::synthetic(1, 3 * LARGE))]);
    world.hub.set_bandwidth(2_000_000);
    let child = command(&world).spawn().unwrap();
    while world.partials().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let info = scan_cache_dir(world.cache()).unwrap();
    let before = files(&world.repo_folder().join("snapshots"));
    for report in [
        info.delete_revisions([&old]).execute(),
        info.quota(0).execute(),
        info.prune().execute(),
    ] {
        assert_eq!(report.deleted, 0, "{report:?}");
        assert!(!report.skipped.is_empty());
    }
    assert!(files(&world.repo_folder().join("snapshots")) == before);
    world.hub.set_bandwidth(0);
    let output = child.wait_with_output().unwrap();
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("OUTCOME done"),
        "{output:?}"
    );
    world.assert_sound();
    let info = scan_cache_dir(world.cache()).unwrap();
    assert!(info.delete_revisions([&old]).execute().deleted > 0);
    world.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_what_arrived_is_kept() {
    let world = World::with([
        ("big", Blob::synthetic(1, 3 * LARGE)),
        ("mid", Blob::synthetic(2, 200_000)),
    ])
    .await;
    let limited = |blocks: u32, file: &str| {
        let mut shell = Command::new("sh");
        shell
            .args([
                "-c",
                &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""),
            ])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "processes::worker", "--nocapture"])
            .env(ENDPOINT, world.hub.endpoint())
            .env(CACHE, world.cache())
            .env(FILE, file)
            .stdout(Stdio::piped());
        outcome(&mut shell)
    };
    for (blocks, file) in [(1000, "big"), (100, "mid")] {
        let told = limited(blocks, file);
        assert!(told.starts_with("Io ") && told.contains("full"), "{told}");
        world.assert_sound();
    }
    let kept = world.partials();
    assert_eq!(kept.len(), 1);
    assert!(fs::metadata(&kept[0]).unwrap().len() >= 256_000);
    world.hub.clear_requests();
    assert_eq!(outcome(&mut command(&world)), "done");
    assert!(!ranges(&world.hub.requests()).is_empty());
    world.assert_sound();
}

/// The same program as somebody who may not write; who runs the tests as root is let fall to nobody.
fn restricted(world: &World) -> Command {
    let mut command = command(world);
    if fs::metadata(world.cache()).unwrap().uid() == 0 {
        command.uid(65_534).gid(65_534);
    }
    command
}

fn set_modes(folder: &Path, mode: u32) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            set_modes(&path, mode);
        }
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_cache_is_read() {
    let world = World::with([("a", text("a")), ("big", Blob::synthetic(1, LARGE))]).await;
    world.get_all().await.unwrap();
    let before = files(&world.cache());
    fs::set_permissions(
        world.cache().parent().unwrap(),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    set_modes(&world.cache(), 0o555);
    assert_eq!(outcome(&mut restricted(&world)), "done");
    assert_eq!(outcome(restricted(&world).env(FILE, "a")), "done");
    world.commit([("b", text("b"))]);
    let told = outcome(restricted(&world).env(FILE, "b"));
    assert!(
        told.starts_with("Io ") && told.contains("ermission denied"),
        "{told}"
    );
    // The file is there, its new commit cannot be noted.
    let told = outcome(restricted(&world).env(FILE, "big"));
    assert!(told.starts_with("Io "), "{told}");
    assert!(files(&world.cache()) == before);
    // Locks that cannot be made are done without.
    set_modes(&world.cache(), 0o777);
    set_modes(&world.cache().join(".locks"), 0o555);
    assert_eq!(outcome(restricted(&world).env(FILE, "b")), "done");
    world.assert_sound();
    set_modes(&world.cache(), 0o755);
}
