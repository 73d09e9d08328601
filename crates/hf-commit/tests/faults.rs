//! What can go wrong on the way, one test each: the upload survives it, or says what happened and leaves nothing behind.

mod support;

use std::time::{Duration, Instant};

use hf_commit::{CommitOperationAdd, CreateCommit, UploadFolder};
use hf_testhub::{Fault, Origin};
use hf_transport::{ErrorKind, Result};
use hf_types::CommitInfo;
use http::Method;
use support::{PATIENCE, World, add, bytes, client, write};

/// A commit of a small and a large file.
async fn commit(world: &World) -> Result<CommitInfo> {
    let large = CommitOperationAdd::from_bytes("w.bin", bytes(1, 2_000_000)).unwrap();
    CreateCommit::new(
        world.target.clone(),
        [add("a.txt", "text"), large.into()],
        "Ours",
    )
    .commit_timeout(PATIENCE)
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
        ("put", Fault::on(Method::PUT, "*").at(Origin::Storage)),
        ("verify", Fault::on(Method::POST, "*/verify*")),
        ("commit", Fault::on(Method::POST, "/api/*/commit/*")),
    ];
    if multipart {
        steps.push((
            "second part",
            Fault::on(Method::PUT, "*").at(Origin::Storage).skip(1),
        ));
        steps.push(("completion", Fault::on(Method::POST, "*complete*")));
    }
    steps
}

/// Every step of an upload in parts, each hit once, each in a world of its own.
async fn each_step(fault: impl Fn(Fault) -> Fault) {
    let worlds = steps(true).into_iter().map(|(name, step)| {
        let step = fault(step);
        async move {
            let world = World::new().await;
            world.hub.set_multipart(500_000, 600_000);
            let placed = world.hub.fault(step);
            commit(&world)
                .await
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(placed.fired() > 0, "{name} was not hit");
            is_whole(&world);
        }
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
    each_step(Fault::stall).await;
}

#[tokio::test]
async fn a_part_that_breaks_or_stalls_half_way() {
    let faults: [fn(Fault) -> Fault; 2] = [
        |part| part.reset_upload_after(300_000),
        |part| part.stall_upload_after(300_000),
    ];
    for fault in faults {
        let world = World::new().await;
        world.hub.set_multipart(500_000, 600_000);
        let part = Fault::on(Method::PUT, "*").at(Origin::Storage).skip(2);
        let placed = world.hub.fault(fault(part));
        commit(&world).await.unwrap();
        assert_eq!(placed.fired(), 1);
        is_whole(&world);
        let puts = world.hub.count_requests(|r| r.method == Method::PUT);
        assert_eq!(puts, 5, "four parts, one of them twice");
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_for() {
    for (name, step) in steps(false) {
        let world = World::new().await;
        world.hub.fault(step.rate_limited(1));
        let before = Instant::now();
        commit(&world)
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(before.elapsed() >= Duration::from_secs(1), "{name}");
        is_whole(&world);
    }
}

#[tokio::test]
async fn an_address_that_expires_is_asked_for_again() {
    for multipart in [false, true] {
        let world = World::new().await;
        if multipart {
            world.hub.set_multipart(500_000, 600_000);
        }
        let put = Fault::on(Method::PUT, "*").at(Origin::Storage);
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
async fn storage_that_refuses_for_good_ends_in_an_error_that_names_the_file() {
    let world = World::new().await;
    world.hub.fault(
        Fault::on(Method::PUT, "*")
            .at(Origin::Storage)
            .status(403)
            .always(),
    );
    let error = commit(&world).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(error.to_string().contains("`w.bin`"), "{error}");
    is_untouched(&world);
}

#[tokio::test]
async fn the_answer_to_a_commit_is_lost() {
    let world = World::new().await;
    let placed = world
        .hub
        .fault(Fault::on(Method::POST, "/api/*/commit/*").lose_answer());
    let info = commit(&world).await.unwrap();
    assert_eq!(placed.fired(), 1);
    is_whole(&world);
    assert_eq!(info.oid, world.hub.resolve(&world.repo, "main").unwrap());
    assert_eq!(world.count("/commit/"), 1, "it was not sent again");
}

#[tokio::test]
async fn the_answer_to_a_commit_that_opens_a_pull_request_is_lost() {
    let world = World::new().await;
    world
        .hub
        .fault(Fault::on(Method::POST, "/api/*/commit/*").lose_answer());
    let info = CreateCommit::new(world.target.clone(), [add("a", "1")], "Proposal")
        .create_pr(true)
        .run(&world.client)
        .await
        .unwrap();
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
            step.lose_answer()
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
        assert_eq!(info.oid, ours.unwrap().oid);
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
async fn a_token_that_may_not_write() {
    let world = World::new().await;
    let reader = client(&world.hub, world.hub.read_token());
    let error = CreateCommit::new(world.target.clone(), [add("a", "1")], "Ours")
        .run(&reader)
        .await
        .unwrap_err();
    assert!(error.is_auth(), "{error:?}");
    assert!(!error.to_string().contains(world.hub.read_token()));
    assert!(!format!("{error:?}").contains(world.hub.read_token()));
    is_untouched(&world);
}

#[tokio::test]
async fn the_repository_is_deleted_meanwhile() {
    for step in ["/api/*/preupload/*", "*/objects/batch", "/api/*/commit/*"] {
        let world = World::new().await;
        let repo = world.repo.clone();
        let fault = Fault::on(Method::POST, step).run(move |hub| hub.delete_repo(&repo));
        world.hub.fault(fault);
        let error = commit(&world).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::RepositoryNotFound,
            "{step}: {error}"
        );
        assert!(
            error.hint().unwrap_or_default().contains("create_repo") || step.contains("batch"),
            "{step}: {error}"
        );
    }
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
async fn an_answer_that_is_not_what_it_should_be() {
    let world = World::new().await;
    for (step, body) in [
        ("/api/*/preupload/*", "<html>"),
        ("/api/*/preupload/*", r#"{"files": []}"#),
        (
            "/api/*/preupload/*",
            r#"{"files": [{"path": "a.txt", "uploadMode": "magic"}]}"#,
        ),
        ("*/objects/batch", r#"{"objects": []}"#),
        ("*/objects/batch", r#"{"transfer": "basic"}"#),
    ] {
        world.hub.fault(Fault::on(Method::POST, step).body(body));
        let error = commit(&world).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{step} {body}: {error}");
    }
    is_untouched(&world);
}
