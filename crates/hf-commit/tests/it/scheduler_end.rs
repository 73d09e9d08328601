//! How a scheduler ends: stopped, dropped, with its process; and what the next one makes of it.

use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::support::scheduler::{LOGS, builder, pushed, scheduler};
use crate::support::{World, write};
use hf_commit::{CommitScheduler, Push, PushTurn, RepoTarget, StopGuard};
use hf_testhub::Fault;
use hf_transport::{BoxFuture, Client, ErrorKind, Request, Result, RetryConfig};
use hf_types::CommitInfo;
use http::Method;

/// A client that tries nothing twice, and has a connection that belongs to this runtime.
async fn connected(world: &World) -> Client {
    let retry = RetryConfig::none();
    let client = Client::builder()
        .endpoint(world.hub.endpoint())
        .token(world.hub.token())
        .retry(retry)
        .build()
        .unwrap();
    client.fetch(Request::get("/api/whoami-v2")).await.unwrap();
    client
}

async fn dropped_inside_the_runtime() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let client = connected(&world).await;
    let scheduler = builder(client.clone(), &world, &dir).start().await.unwrap();
    scheduler.trigger().await.unwrap();
    client.fetch(Request::get("/api/whoami-v2")).await.unwrap();
    write(dir.path(), "a", "1");
    // It blocks the thread that drives the connections of this runtime.
    drop(scheduler);
    assert_eq!(pushed(&world, "a").unwrap(), "1");
    // And those are none the worse for it.
    client.fetch(Request::get("/api/whoami-v2")).await.unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn a_drop_inside_a_runtime_of_one_thread_pushes_once_more() {
    dropped_inside_the_runtime().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_inside_a_runtime_of_many_threads_pushes_once_more() {
    dropped_inside_the_runtime().await;
}

#[test]
fn a_drop_after_the_runtime_pushes_once_more() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (world, scheduler) = runtime.block_on(async {
        let world = World::new().await;
        let client = connected(&world).await;
        let scheduler = builder(client, &world, &dir).start().await.unwrap();
        scheduler.trigger().await.unwrap();
        (world, scheduler)
    });
    drop(runtime);
    write(dir.path(), "a", "1");
    drop(scheduler);
    assert_eq!(pushed(&world, "a").unwrap(), "1");
}

#[tokio::test]
async fn a_panic_on_the_way_pushes_once_more() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let scheduler = scheduler(&world, &dir).start().await.unwrap();
    scheduler.trigger().await.unwrap();
    let path = dir.path().to_owned();
    let panicked = tokio::spawn(async move {
        let _scheduler = scheduler;
        write(&path, "a", "1");
        panic!("as a test");
    });
    assert!(panicked.await.unwrap_err().is_panic());
    assert_eq!(pushed(&world, "a").unwrap(), "1");
}

#[tokio::test]
async fn a_stop_from_a_reference_ends_it_for_all() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let scheduler = scheduler(&world, &dir).start().await.unwrap();
    scheduler.trigger().await.unwrap();
    write(dir.path(), "a", "1");
    // Several may ask for it, each at its own time.
    let (one, two) = tokio::join!(scheduler.stop(), scheduler.stop());
    let told = [one.unwrap(), two.unwrap()];
    assert_eq!(told.iter().flatten().count(), 1, "{told:?}");
    assert_eq!(pushed(&world, "a").unwrap(), "1");
    assert!(scheduler.last_commit().is_some());

    write(dir.path(), "b", "2");
    let requests = world.hub.requests().len();
    assert!(scheduler.stop().await.unwrap().is_none());
    let error = scheduler.trigger().await.unwrap_err();
    assert!(error.to_string().contains("stopped"), "{error}");
    drop(scheduler);
    assert_eq!(world.hub.requests().len(), requests, "its end was its end");
}

#[tokio::test]
async fn a_last_push_that_fails_is_told_and_left_to_the_next_scheduler() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let first = scheduler(&world, &dir).start().await.unwrap();
    first.trigger().await.unwrap();
    write(dir.path(), "a", "1");
    let refused = world.hub.fault(
        Fault::on(Method::POST, "/api/datasets/user/logs/commit/*")
            .status(403)
            .always(),
    );
    assert_eq!(first.stop().await.unwrap_err().kind(), ErrorKind::Forbidden);
    refused.lift();
    let second = scheduler(&world, &dir).start().await.unwrap();
    second.stop().await.unwrap();
    assert_eq!(pushed(&world, "a").unwrap(), "1");
}

/// Set in the process that ends: its folder, and how it ends.
const FOLDER: &str = "HF_COMMIT_TEST_SCHEDULED";
const ENDING: &str = "HF_COMMIT_TEST_ENDING";

/// What that process does, with a scheduler in a `static`; by itself, nothing.
#[test]
fn a_process_with_a_scheduler_in_a_static() {
    static LOGS: OnceLock<CommitScheduler> = OnceLock::new();
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let target = RepoTarget::dataset("user/logs").unwrap();
    let started = CommitScheduler::builder(Client::new().unwrap(), target, &folder)
        .every(Duration::from_secs(3600))
        .blocking_start()
        .unwrap();
    let logs = LOGS.get_or_init(|| started);
    let ending = std::env::var(ENDING).unwrap();
    let _guard: Option<StopGuard<'_>> = (ending != "exit").then(|| logs.stop_guard());
    logs.trigger().wait().unwrap();
    write(folder.as_ref(), &ending, "last words");
    match ending.as_str() {
        "exit" => std::process::exit(0),
        "panic" => panic!("as a test"),
        _ => {}
    }
}

#[tokio::test]
async fn the_end_of_the_process_and_the_next_one() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let run = |ending: &str| {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "scheduler_end::a_process_with_a_scheduler_in_a_static",
            ])
            .env(FOLDER, dir.path())
            .env(ENDING, ending)
            .env("HF_ENDPOINT", world.hub.endpoint())
            .env("HF_TOKEN", world.hub.token())
            .env("HF_HOME", world.state.path())
            .output()
            .unwrap()
    };
    assert!(run("return").status.success());
    assert_eq!(pushed(&world, "return").unwrap(), "last words");
    assert!(!run("panic").status.success());
    assert_eq!(pushed(&world, "panic").unwrap(), "last words");
    assert!(run("exit").status.success());
    assert_eq!(pushed(&world, "exit"), None, "nobody was asked");

    let before = world.hub.commits(LOGS, "main").len();
    world.hub.clear_requests();
    assert!(run("again").status.success());
    assert_eq!(pushed(&world, "exit").unwrap(), "last words");
    assert_eq!(pushed(&world, "again").unwrap(), "last words");
    let commits = world.hub.commits(LOGS, "main").len() - before;
    assert_eq!(commits, 2, "what was left over, and the last words");
    let asked: usize = world
        .hub
        .requests()
        .iter()
        .filter(|r| r.path.contains("/preupload/"))
        .map(|r| r.json().unwrap()["files"].as_array().unwrap().len())
        .sum();
    assert_eq!(asked, 2, "nothing that was pushed before is looked at");
}

struct Fragile;

impl Push for Fragile {
    fn push<'a>(&'a self, turn: &'a PushTurn) -> BoxFuture<'a, Result<Option<CommitInfo>>> {
        Box::pin(async move {
            assert!(
                !turn.folder().join("stone").exists(),
                "it fell over a stone"
            );
            turn.push_changed().await
        })
    }
}

#[tokio::test]
async fn a_push_that_panics_is_a_push_that_failed() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let scheduler = scheduler(&world, &dir).push(Fragile).start().await.unwrap();
    scheduler.trigger().await.unwrap();
    write(dir.path(), "stone", "x");
    let error = scheduler.trigger().await.unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
    std::fs::remove_file(dir.path().join("stone")).unwrap();
    write(dir.path(), "a", "1");
    scheduler.stop().await.unwrap().unwrap();
    assert_eq!(pushed(&world, "a").unwrap(), "1");
}

#[tokio::test]
async fn a_callback_that_panics_is_reported_and_pushes_go_on() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let scheduler = scheduler(&world, &dir)
        .on_push(|_| panic!("no room in the log"))
        .start()
        .await
        .unwrap();
    for n in ["1", "2"] {
        write(dir.path(), n, n);
        scheduler.trigger().await.unwrap();
        // The callback runs before the outcome of the next push is known.
        scheduler.trigger().await.unwrap();
        let error = scheduler.last_error().unwrap();
        assert!(error.to_string().contains("no room in the log"), "{error}");
        assert_eq!(pushed(&world, n).unwrap(), n);
    }
    write(dir.path(), "3", "3");
    assert!(scheduler.stop().await.unwrap().is_some());
    assert_eq!(pushed(&world, "3").unwrap(), "3");
}

#[tokio::test]
async fn a_scheduler_that_would_wait_for_itself_says_so() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let own: Arc<OnceLock<CommitScheduler>> = Arc::default();
    let errors: Arc<Mutex<Vec<ErrorKind>>> = Arc::default();
    let (inner, seen) = (Arc::clone(&own), Arc::clone(&errors));
    let started = scheduler(&world, &dir)
        .on_push(move |_| {
            let Some(scheduler) = inner.get() else { return };
            let mut seen = seen.lock().unwrap();
            seen.push(scheduler.blocking_stop().unwrap_err().kind());
            seen.push(scheduler.trigger().wait().unwrap_err().kind());
        })
        .start()
        .await
        .unwrap();
    let scheduler = own.get_or_init(|| started);
    scheduler.trigger().await.unwrap();
    scheduler.stop().await.unwrap();
    {
        let errors = errors.lock().unwrap();
        assert!(errors.len() >= 2, "{errors:?}");
        assert!(errors.iter().all(|kind| *kind == ErrorKind::Validation));
    }
    // Stopped before, it has nothing more to say.
    assert!(scheduler.stop().await.unwrap().is_none());
}
