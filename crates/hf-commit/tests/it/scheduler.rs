//! A folder pushed in the background.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::scheduler::{LOGS, pushed, scheduler};
use crate::support::{World, write};
use hf_commit::{CommitOperationAdd, CommitScheduler, Push, PushTurn, RepoTarget, UploadFile};
use hf_testhub::{Fault, RepoType};
use hf_transport::{BoxFuture, ErrorKind, Result};
use hf_types::CommitInfo;
use http::Method;

#[tokio::test]
async fn changed_files_are_pushed_and_unchanged_ones_are_not() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.jsonl", "1\n");
    write(dir.path(), "skip.tmp", "x");
    let scheduler = scheduler(&world, &dir)
        .path_in_repo("train")
        .ignore_patterns(["*.tmp"])
        .private(true)
        .start()
        .await
        .unwrap();
    scheduler.trigger().await.unwrap();
    assert_eq!(pushed(&world, "train/a.jsonl").unwrap(), "1\n");
    assert_eq!(pushed(&world, "train/skip.tmp"), None);

    world.hub.clear_requests();
    assert!(scheduler.trigger().await.unwrap().is_none());
    assert_eq!(
        world.hub.requests().len(),
        0,
        "nothing changed, nothing is asked"
    );

    let mut file = std::fs::File::options()
        .append(true)
        .open(dir.path().join("a.jsonl"))
        .unwrap();
    file.write_all(b"2\n").unwrap();
    let info = scheduler.trigger().await.unwrap().unwrap();
    assert_eq!(info.commit_message, "Scheduled Commit");
    assert_eq!(scheduler.last_commit().unwrap().oid, info.oid);
    assert_eq!(pushed(&world, "train/a.jsonl").unwrap(), "1\n2\n");

    write(dir.path(), "last.txt", "before the end");
    let before = Instant::now();
    scheduler.stop().await.unwrap().unwrap();
    assert!(
        before.elapsed() < Duration::from_secs(60),
        "it does not wait for its turn"
    );
    assert_eq!(pushed(&world, "train/last.txt").unwrap(), "before the end");
}

#[tokio::test]
async fn only_what_was_there_at_the_scan_is_pushed_while_others_write() {
    let world = World::new().await;
    world.hub.create_repo(RepoType::Dataset, "user/logs");
    let dir = tempfile::tempdir().unwrap();
    let first = "x".repeat(1_500_000);
    write(dir.path(), "log.txt", &first);
    let path = dir.path().join("log.txt");
    // While the file is on its way, more is appended to it.
    world
        .hub
        .fault(Fault::on_any("*/objects/batch").run(move |_| {
            let mut file = std::fs::File::options().append(true).open(&path).unwrap();
            file.write_all(b"more").unwrap();
        }));
    let scheduler = scheduler(&world, &dir).start().await.unwrap();
    let wait = scheduler.trigger();
    wait.await.unwrap();
    scheduler.stop().await.unwrap();
    let commits = world.hub.commits(LOGS, "main");
    let at = |n: usize| world.hub.read(LOGS, &commits[n].oid, "log.txt").unwrap();
    assert_eq!(commits.len(), 3, "{commits:?}");
    assert_eq!(at(1), first, "the first push is what was there");
    assert_eq!(at(0), format!("{first}more"), "the rest came with the next");
}

#[tokio::test]
async fn a_failed_push_is_reported_and_made_up_for() {
    let world = World::new().await;
    world.hub.create_repo(RepoType::Dataset, "user/logs");
    let dir = tempfile::tempdir().unwrap();
    let fault = world.hub.fault(
        Fault::on(Method::POST, "/api/datasets/user/logs/commit/*")
            .status(403)
            .always(),
    );
    let outcomes = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&outcomes);
    let scheduler = scheduler(&world, &dir)
        .on_push(move |outcome| {
            seen.fetch_add(usize::from(outcome.is_err()), Ordering::SeqCst);
        })
        .start()
        .await
        .unwrap();
    write(dir.path(), "a", "1");
    let error = scheduler.trigger().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert_eq!(scheduler.last_error().unwrap().kind(), ErrorKind::Forbidden);
    assert!(outcomes.load(Ordering::SeqCst) >= 1);
    fault.lift();
    write(dir.path(), "b", "2");
    scheduler.trigger().await.unwrap().unwrap();
    assert!(scheduler.last_error().is_none());
    assert_eq!(
        (pushed(&world, "a"), pushed(&world, "b")),
        (Some("1".into()), Some("2".into()))
    );
    scheduler.stop().await.unwrap();
}

#[tokio::test]
async fn a_restart_pushes_nothing_again_unless_the_repository_is_new() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    let first = scheduler(&world, &dir).start().await.unwrap();
    first.trigger().await.unwrap();
    // The end of a process that has no time for a last push.
    first.abort().await;
    world.hub.clear_requests();
    let second = scheduler(&world, &dir).start().await.unwrap();
    assert!(second.trigger().await.unwrap().is_none());
    second.abort().await;
    assert_eq!(world.count("/preupload/"), 0);

    world.hub.delete_repo(LOGS);
    let third = scheduler(&world, &dir).start().await.unwrap();
    third.trigger().await.unwrap();
    third.stop().await.unwrap();
    assert_eq!(pushed(&world, "a").unwrap(), "1");
}

#[tokio::test]
async fn the_lock_keeps_the_scheduler_out() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let scheduler = scheduler(&world, &dir).start().await.unwrap();
    scheduler.trigger().await.unwrap();
    let guard = scheduler.lock().await;
    let push = scheduler.trigger();
    write(dir.path(), "a", "half");
    write(dir.path(), "a", "whole");
    drop(guard);
    push.await.unwrap().unwrap();
    let commits = world.hub.commits(LOGS, "main");
    assert_eq!(commits.len(), 2);
    assert_eq!(pushed(&world, "a").unwrap(), "whole");
    scheduler.stop().await.unwrap();
}

#[tokio::test]
async fn the_history_is_squashed_after_each_push() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    let scheduler = scheduler(&world, &dir)
        .squash_history(true)
        .start()
        .await
        .unwrap();
    scheduler.trigger().await.unwrap();
    scheduler.stop().await.unwrap();
    assert_eq!(world.hub.commits(LOGS, "main").len(), 1);
    assert_eq!(pushed(&world, "a").unwrap(), "1");
}

#[test]
fn without_a_runtime_and_with_a_last_push_on_drop() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    drop(runtime);
    let dir = tempfile::tempdir().unwrap();
    {
        let scheduler = scheduler(&world, &dir).blocking_start().unwrap();
        let guard = scheduler.blocking_lock();
        write(dir.path(), "a", "1");
        drop(guard);
        scheduler.trigger().wait().unwrap();
        write(dir.path(), "b", "2");
    }
    assert_eq!(
        (pushed(&world, "a"), pushed(&world, "b")),
        (Some("1".into()), Some("2".into()))
    );
}

struct Joined;

impl Push for Joined {
    fn push<'a>(&'a self, turn: &'a PushTurn) -> BoxFuture<'a, Result<Option<CommitInfo>>> {
        Box::pin(async move {
            let file = CommitOperationAdd::from_bytes("joined.txt", "packed")?;
            let upload = UploadFile::new(turn.target().clone(), file);
            Ok(upload.run(turn.client()).await?.into_created())
        })
    }
}

#[tokio::test]
async fn a_push_of_ones_own() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    let scheduler = scheduler(&world, &dir).push(Joined).start().await.unwrap();
    // The push at the start may have come first.
    scheduler.trigger().await.unwrap();
    scheduler.stop().await.unwrap();
    assert_eq!(
        (pushed(&world, "a"), pushed(&world, "joined.txt")),
        (None, Some("packed".into()))
    );
}

#[tokio::test]
async fn what_a_scheduler_refuses() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    let error = scheduler(&world, &dir)
        .every(Duration::ZERO)
        .start()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    let file = CommitScheduler::builder(
        world.client.clone(),
        world.target.clone(),
        dir.path().join("a"),
    );
    assert_eq!(
        file.start().await.unwrap_err().kind(),
        ErrorKind::Validation
    );
    let foreign = RepoTarget::dataset("somebody/else").unwrap();
    let refused = CommitScheduler::builder(world.client.clone(), foreign, dir.path());
    assert!(refused.start().await.unwrap_err().is_auth());
}
