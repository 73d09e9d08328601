//! What can go wrong on the way, one test each: the upload survives it, or says what happened and leaves nothing behind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{PATIENCE, World, add, bytes, write};
use hf_commit::{CommitOperationAdd, CommitOutcome, CreateCommit, UploadFolder};
use hf_testhub::{Fault, Listener};
use hf_transport::Result;
use hf_transport::progress::ProgressEvent;
use http::Method;

/// No limit for any test that does not wait for it.
const LONG: Duration = Duration::from_secs(120);

/// A commit of a small and a large file.
async fn commit(world: &World) -> Result<CommitOutcome> {
    commit_within(world, LONG).await
}

async fn commit_within(world: &World, limit: Duration) -> Result<CommitOutcome> {
    let large = CommitOperationAdd::from_bytes("w.bin", bytes(1, 2_000_000)).unwrap();
    CreateCommit::new(
        world.target.clone(),
        [add("a.txt", "text"), large.into()],
        "Ours",
    )
    .commit_timeout(limit)
    .run(&world.client)
    .await
}

fn is_whole(world: &World) {
    assert_eq!(world.text("a.txt").unwrap(), "text");
    assert_eq!(
        world.hub.read(&world.repo, "main", "w.bin").unwrap(),
        bytes(1, 2_000_000)
    );
    assert_eq!(
        world.titles(),
        ["Ours", "initial commit"],
        "exactly one commit"
    );
    assert_eq!(world.hub.tokens_seen_by_storage(), 0);
}

fn is_untouched(world: &World) {
    assert_eq!(world.titles(), ["initial commit"]);
}

/// The steps of an upload, as the hub sees them.
fn steps(multipart: bool) -> Vec<(&'static str, Fault)> {
    let mut steps = vec![
        ("preupload", Fault::on(Method::POST, "/api/*/preupload/*")),
        ("batch", Fault::on(Method::POST, "*/objects/batch")),
        ("put", Fault::on(Method::PUT, "*").at(Listener::Storage)),
        ("verify", Fault::on(Method::POST, "*/verify*")),
        ("commit", Fault::on(Method::POST, "/api/*/commit/*")),
    ];
    if multipart {
        steps.push((
            "second part",
            Fault::on(Method::PUT, "*").at(Listener::Storage).skip(1),
        ));
        steps.push(("completion", Fault::on(Method::POST, "*complete*")));
    }
    steps
}

/// The same as a folder.
async fn folder_within(world: &World, limit: Duration) -> Result<CommitOutcome> {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.txt", "text");
    write(dir.path(), "w.bin", bytes(1, 2_000_000));
    UploadFolder::new(world.target.clone(), dir.path())
        .state_dir(world.state.path())
        .commit_message("Ours")
        .commit_timeout(limit)
        .run(&world.client)
        .await
}

/// Every step of an upload in parts, each hit once, each in a world of its own: as a commit and as a folder.
async fn each_step(fault: impl Fn(Fault) -> Fault) {
    each_step_within(LONG, fault).await;
}

/// With a `limit` that is shorter than the client's usual ones, the client suffers no longer silence either.
async fn each_step_within(limit: Duration, fault: impl Fn(Fault) -> Fault) {
    let worlds = [false, true].into_iter().flat_map(|as_folder| {
        let fault = &fault;
        steps(true).into_iter().map(move |(name, step)| {
            let step = fault(step);
            async move {
                let world = if limit == PATIENCE {
                    World::impatient().await
                } else {
                    World::new().await
                };
                world.hub.set_multipart(500_000, 600_000);
                let placed = world.hub.fault(step);
                let outcome = if as_folder {
                    folder_within(&world, limit).await
                } else {
                    commit_within(&world, limit).await
                };
                outcome.unwrap_or_else(|e| panic!("{name}: {e}"));
                assert!(placed.fired() > 0, "{name} was not hit");
                is_whole(&world);
            }
        })
    });
    futures_util::future::join_all(worlds).await;
}

#[tokio::test]
async fn a_500_at_each_step() {
    each_step(|step| step.status(500)).await;
}

#[tokio::test]
async fn a_503_with_retry_after_at_each_step() {
    each_step(|step| step.status(503).retry_after(1)).await;
}

#[tokio::test]
async fn a_reset_at_each_step() {
    each_step(Fault::reset).await;
}

#[tokio::test]
async fn a_stall_at_each_step() {
    each_step_within(PATIENCE, Fault::stall).await;
}

#[tokio::test]
async fn a_part_that_breaks_or_stalls_half_way() {
    let faults: [fn(Fault) -> Fault; 2] = [
        |part| part.reset_upload_after(300_000),
        |part| part.stall_upload_after(300_000),
    ];
    for fault in faults {
        let world = World::impatient().await;
        world.hub.set_multipart(500_000, 600_000);
        let part = Fault::on(Method::PUT, "*").at(Listener::Storage).skip(2);
        let placed = world.hub.fault(fault(part));
        commit(&world).await.unwrap();
        assert_eq!(placed.fired(), 1);
        is_whole(&world);
        let puts = world.hub.count_requests(|r| r.method == Method::PUT);
        assert_eq!(puts, 5, "four parts, one of them twice");
    }
}

#[tokio::test]
async fn a_part_that_is_sent_twice_is_told_of_once() {
    let world = World::new().await;
    world.hub.set_multipart(500_000, 600_000);
    let part = Fault::on(Method::PUT, "*").at(Listener::Storage).skip(2);
    let placed = world.hub.fault(part.reset_upload_after(300_000));
    let told = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&told);
    let sink = move |event: &ProgressEvent<'_>| {
        if let ProgressEvent::Transferred { file, bytes } = event {
            assert_eq!(*file, "w.bin");
            seen.fetch_add(*bytes, Ordering::SeqCst);
        }
    };
    let large = CommitOperationAdd::from_bytes("w.bin", bytes(1, 2_000_000)).unwrap();
    CreateCommit::new(world.target.clone(), [large.into()], "Ours")
        .progress(Arc::new(sink))
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(placed.fired(), 1);
    assert_eq!(told.load(Ordering::SeqCst), 2_000_000);
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_at_each_step() {
    let before = Instant::now();
    each_step(|step| step.rate_limited(1)).await;
    // A lower bound: the Hub said when to come back.
    assert!(before.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn an_address_that_expires_is_asked_for_again() {
    for multipart in [false, true] {
        let world = World::new().await;
        if multipart {
            world.hub.set_multipart(500_000, 600_000);
        }
        let put = Fault::on(Method::PUT, "*").at(Listener::Storage);
        let placed = world
            .hub
            .fault(put.skip(usize::from(multipart)).expire_storage_urls());
        commit(&world).await.unwrap();
        assert_eq!(placed.fired(), 1);
        assert_eq!(world.count("/objects/batch"), 2, "a fresh batch");
        is_whole(&world);
    }
}

#[tokio::test]
async fn the_answer_to_a_commit_is_lost() {
    let world = World::new().await;
    let placed = world
        .hub
        .fault(Fault::on(Method::POST, "/api/*/commit/*").lose_response());
    let info = commit(&world).await.unwrap();
    assert_eq!(placed.fired(), 1);
    is_whole(&world);
    assert_eq!(
        info.info().oid,
        world.hub.resolve(&world.repo, "main").unwrap()
    );
    assert_eq!(world.count("/commit/"), 1, "it was not sent again");
}

#[tokio::test]
async fn the_answer_to_a_commit_that_opens_a_pull_request_is_lost() {
    let world = World::new().await;
    world
        .hub
        .fault(Fault::on(Method::POST, "/api/*/commit/*").lose_response());
    let info = CreateCommit::new(world.target.clone(), [add("a", "1")], "Proposal")
        .create_pr(true)
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
    let num = info.pr_num().unwrap();
    let there = world.hub.read(&world.repo, &format!("refs/pr/{num}"), "a");
    assert_eq!(there.unwrap(), "1");
    assert_eq!(world.count("/commit/"), 1, "no second pull request");
}

#[tokio::test]
async fn others_commit_while_the_answer_is_lost() {
    for lost in [true, false] {
        let world = World::new().await;
        let step = Fault::on(Method::POST, "/api/*/commit/*");
        world.hub.fault(if lost {
            step.lose_response()
        } else {
            step.reset()
        });
        let repo = world.repo.clone();
        // They commit before the branch is looked at.
        world
            .hub
            .fault(Fault::on(Method::GET, "/api/*/commits/*").run(move |hub| {
                hub.add_file(&repo, "theirs", "x");
            }));
        let info = commit(&world).await.unwrap();
        let titles = world.titles();
        assert_eq!(
            titles.iter().filter(|t| *t == "Ours").count(),
            1,
            "{titles:?}"
        );
        assert_eq!(titles.len(), 3);
        let ours = world
            .hub
            .commits(&world.repo, "main")
            .into_iter()
            .find(|c| c.title == "Ours");
        assert_eq!(info.info().oid, ours.unwrap().oid);
    }
}

#[tokio::test]
async fn a_hub_that_stays_down_ends_in_an_error_and_no_commit() {
    let world = World::new().await;
    world.hub.fault(
        Fault::on(Method::POST, "/api/*/commit/*")
            .status(500)
            .always(),
    );
    world.hub.fault(
        Fault::on(Method::GET, "/api/*/commits/*")
            .status(404)
            .always(),
    );
    let error = commit(&world).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 500);
    assert!(error.hint().unwrap().contains("unknown whether"), "{error}");
    is_untouched(&world);
}

#[tokio::test]
async fn a_commit_that_is_too_much_for_the_hub_is_made_in_halves() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    for i in 0..60 {
        write(dir.path(), &format!("f{i:02}"), i.to_string());
    }
    world
        .hub
        .fault(Fault::on(Method::POST, "/api/*/commit/*").status(413));
    UploadFolder::new(world.target.clone(), dir.path())
        .state_dir(world.state.path())
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.files(&world.repo, "main").len(), 61);
    assert_eq!(world.titles().len(), 3, "{:?}", world.titles());
}

#[tokio::test]
async fn each_step_that_is_tried_again_is_reported_by_its_name() {
    for (name, step) in steps(false) {
        let world = World::new().await;
        let placed = world.hub.fault(step.status(500));
        let reports = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&reports);
        let sink = move |event: &ProgressEvent<'_>| {
            if let ProgressEvent::RequestRetry {
                operation, attempt, ..
            } = event
            {
                seen.lock().unwrap().push((*operation, *attempt));
            }
        };
        let large = CommitOperationAdd::from_bytes("w.bin", bytes(1, 2_000_000)).unwrap();
        CreateCommit::new(world.target.clone(), [large.into()], "Ours")
            .progress(Arc::new(sink))
            .run(&world.client)
            .await
            .unwrap();
        assert_eq!(placed.fired(), 1, "{name}");
        let operation = match name {
            "preupload" => "preupload",
            "batch" => "lfs_batch",
            "put" => "lfs_upload",
            "verify" => "lfs_verify",
            _ => "create_commit",
        };
        assert_eq!(*reports.lock().unwrap(), [(operation, 1)], "{name}");
    }
}
