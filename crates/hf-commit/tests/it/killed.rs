//! An upload that is killed, and the run after it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::{World, bytes, write};
use hf_commit::{RepoTarget, UploadFolder};
use hf_testhub::{Fault, Hub, Listener, RepoName};
use hf_transport::Client;
use hf_transport::progress::ProgressEvent;
use http::Method;

const LARGE: usize = 6;
const LARGE_BYTES: usize = 1_500_000;
const SMALL: usize = 60;

/// The folder; its files are old enough for their hashes to be trusted.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..SMALL {
        write(dir.path(), &format!("s/{i:02}.txt"), i.to_string());
    }
    for i in 0..LARGE {
        let name = format!("w{i}.bin");
        write(dir.path(), &name, bytes(i as u64, LARGE_BYTES));
        let file = std::fs::File::options()
            .write(true)
            .open(dir.path().join(&name))
            .unwrap();
        let past = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        file.set_modified(past).unwrap();
    }
    dir
}

/// Set in the process that is killed: the folder that it uploads.
const FOLDER: &str = "HF_COMMIT_TEST_FOLDER";

/// This test program again, as the process that uploads.
fn start(world: &World, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::a_folder_is_uploaded", "--nocapture"])
        .env(FOLDER, folder)
        .env("HF_ENDPOINT", world.hub.endpoint())
        .env("HF_TOKEN", world.hub.token())
        .env("HF_HOME", world.state.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What the killed process does; by itself, an upload that is not killed.
#[tokio::test]
async fn a_folder_is_uploaded() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        upload(&Client::new().unwrap(), folder.as_ref()).await;
        return;
    }
    let world = World::new().await;
    let mut config = world.client.config().clone();
    config.hf_home = world.state.path().to_owned();
    let client = Client::builder().config(config).token(world.hub.token());
    upload(
        &client.endpoint(world.hub.endpoint()).build().unwrap(),
        folder().path(),
    )
    .await;
    assert_eq!(
        world.hub.files(&world.repo, "refs/pr/1").len(),
        SMALL + LARGE + 1
    );
}

async fn upload(client: &Client, folder: &Path) {
    let hashed = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&hashed);
    let sink = move |event: &ProgressEvent<'_>| {
        if let ProgressEvent::Hashed { bytes, .. } = event {
            count.fetch_add(*bytes, Ordering::Relaxed);
        }
    };
    let outcome = UploadFolder::new(RepoTarget::model("user/repo").unwrap(), folder)
        .create_pr(true)
        .delete_patterns(["old/*"])
        .files_per_commit(20)
        .progress(Arc::new(sink))
        .run(client)
        .await
        .unwrap();
    println!("\npull_request={}", outcome.into_info().pr_url.unwrap());
    println!("hashed={}", hashed.load(Ordering::Relaxed));
}

/// Runs to the end; what it prints, as name and value.
fn finish(child: Child) -> Vec<(String, String)> {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn value(printed: &[(String, String)], name: &str) -> String {
    let found = printed.iter().find(|(n, _)| n == name);
    found.unwrap_or_else(|| panic!("no {name}")).1.clone()
}

/// How many files of the folder are on the pull request of the first run.
fn committed(hub: &Hub, repo: &RepoName) -> u64 {
    if hub.resolve(repo, "refs/pr/1").is_none() {
        return 0;
    }
    let files = hub.files(repo, "refs/pr/1");
    let ours = |file: &&String| file.starts_with("s/") || file.starts_with('w');
    files.iter().filter(ours).count() as u64
}

/// How many files the commits since then name.
fn files_sent(world: &World) -> usize {
    let requests = world.hub.requests();
    let commits = requests.iter().filter(|r| r.path.contains("/commit/"));
    commits
        .flat_map(|r| {
            r.body
                .split(|b| *b == b'\n')
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        })
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(&line).ok())
        .filter(|line| line["key"] == "file" || line["key"] == "lfsFile")
        .count()
}

/// Kills an upload when the hub sees `fault`'s request, runs it again, and looks at what came of both.
/// Returns how many bytes the second run hashed.
async fn killed_at(fault: Fault) -> u64 {
    let world = World::new().await;
    // Deleted by the first commit: gone when the second run looks.
    let old = hf_testhub::Op::add("old/file", "x");
    world.hub.commit(&world.repo, "Old", [old]);
    let dir = folder();
    let running: Arc<Mutex<Option<Child>>> = Arc::default();
    let victim = Arc::clone(&running);
    // The request ends with its sender: what is there does not change any more when the first run is over.
    let placed = world.hub.fault(fault.reset().run(move |_| {
        let mut child = victim.lock().unwrap();
        // SIGKILL: nothing is tidied up.
        child.as_mut().unwrap().kill().unwrap();
    }));
    {
        // The hook waits until it has somebody to kill.
        let mut child = running.lock().unwrap();
        *child = Some(start(&world, dir.path()));
    }
    // The hook needs the child as well: wait without holding on to it.
    let status = loop {
        if let Some(status) = running
            .lock()
            .unwrap()
            .as_mut()
            .unwrap()
            .try_wait()
            .unwrap()
        {
            break status;
        }
        tokio::task::yield_now().await;
    };
    assert!(!status.success(), "it was killed");
    assert_eq!(placed.fired(), 1);
    let stored = world.hub.stored_objects();
    world.hub.clear_requests();
    // What the second run finds: other requests of the first may have been in work when it died.
    let found = Arc::new(AtomicU64::new(0));
    let (note, repo) = (Arc::clone(&found), world.repo.clone());
    let asked = Fault::on(Method::POST, "/api/*/preupload/*");
    world
        .hub
        .fault(asked.run(move |hub| note.store(committed(hub, &repo), Ordering::SeqCst)));

    let printed = finish(start(&world, dir.path()));
    // Each object, however often a slow machine lets it be tried.
    let requests = world.hub.requests();
    let puts = requests.iter().filter(|r| r.method == Method::PUT);
    let sent: BTreeSet<&str> = puts.map(|r| r.path.as_str()).collect();
    assert!(
        sent.len() + stored <= LARGE,
        "{sent:?} sent, {stored} were there"
    );
    let committed = usize::try_from(found.load(Ordering::SeqCst)).unwrap();
    assert_eq!(
        files_sent(&world),
        SMALL + LARGE - committed,
        "{committed} were committed, the others are, once"
    );
    let opened = world
        .hub
        .count_requests(|r| r.path.ends_with("/discussions"));
    let url = value(&printed, "pull_request");
    let num = url.rsplit('/').next().unwrap();
    let revision = format!("refs/pr/{num}");
    assert_eq!(
        world.hub.files(&world.repo, &revision).len(),
        SMALL + LARGE + 1
    );
    for i in 0..LARGE {
        let there = world
            .hub
            .read(&world.repo, &revision, &format!("w{i}.bin"))
            .unwrap();
        assert_eq!(there, bytes(i as u64, LARGE_BYTES));
    }
    if num == "2" {
        // The first run died when the Hub had opened its pull request, and before it could note the number.
        assert_eq!(self::committed(&world.hub, &world.repo), 0);
    } else {
        assert_eq!(
            world.hub.resolve(&world.repo, "refs/pr/2"),
            None,
            "one pull request"
        );
    }
    assert!(opened <= 1);
    value(&printed, "hashed").parse().unwrap()
}

#[tokio::test]
async fn killed_while_large_files_are_sent() {
    let hashed = killed_at(Fault::on(Method::PUT, "*").at(Listener::Storage).skip(3)).await;
    assert!(hashed <= (LARGE * LARGE_BYTES) as u64);
}

#[tokio::test]
async fn killed_at_the_first_and_at_a_later_commit() {
    for earlier in [0, 1, 2] {
        killed_at(Fault::on(Method::POST, "/api/*/commit/*").skip(earlier)).await;
    }
}

#[tokio::test]
async fn killed_when_everything_was_hashed_nothing_is_hashed_again() {
    // The last of the checks: all files were hashed and sent.
    let last_check = Fault::on(Method::POST, "*/verify*").skip(LARGE - 1);
    assert_eq!(killed_at(last_check).await, 0);
}
