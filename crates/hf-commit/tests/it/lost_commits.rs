//! Commits whose outcome is not known at first: looked for before anything is sent again.

use crate::support::{World, add, write};
use hf_commit::{CommitOperationDelete, CommitOutcome, CreateCommit, Delete, UploadFolder};
use hf_testhub::{Fault, Op};
use hf_transport::{Client, ErrorKind, Request, RetryConfig};
use http::Method;

fn commit_request() -> Fault {
    Fault::on(Method::POST, "/api/*/commit/*")
}

/// What was asked since the last time, in order, by the last word of its kind.
fn asked(world: &World) -> Vec<String> {
    let kinds = ["preupload", "commits", "commit", "paths-info"];
    let requests = world.hub.requests();
    world.hub.clear_requests();
    requests
        .iter()
        .filter_map(|r| {
            let kind = kinds.iter().find(|k| r.path.contains(&format!("/{k}/")))?;
            Some(format!("{} {kind}", r.method))
        })
        .collect()
}

/// The headers of the commits that were sent.
fn parents(world: &World) -> Vec<Option<String>> {
    world
        .hub
        .requests()
        .iter()
        .filter(|r| r.path.contains("/commit/"))
        .map(|r| {
            let line = r.body.split(|b| *b == b'\n').next().unwrap();
            let header: serde_json::Value = serde_json::from_slice(line).unwrap();
            let parent = header["value"]["parentCommit"].as_str();
            parent.map(str::to_owned)
        })
        .collect()
}

#[tokio::test]
async fn a_commit_is_sent_again_only_after_a_look_at_the_branch_and_on_top_of_what_was_seen() {
    for fault in [
        Fault::reset as fn(Fault) -> Fault,
        |f| f.status(500),
        |f| f.status(504),
        |f| f.body("<html>"),
        Fault::close,
    ] {
        let world = World::new().await;
        let head = world.hub.resolve(&world.repo, "main").unwrap();
        // The last one makes the commit, and responds with something else.
        world.hub.fault(fault(commit_request()));
        CreateCommit::new(world.target.clone(), [add("a", "1")], "Ours")
            .run(&world.client)
            .await
            .unwrap();
        let parents = parents(&world);
        let asked = asked(&world);
        assert_eq!(asked[..3], ["POST preupload", "POST commit", "GET commits"]);
        if asked.len() > 4 || asked[3] == "POST commit" {
            assert_eq!(asked[3..], ["POST commit"]);
            assert_eq!(parents, [None, Some(head)], "should the first arrive late");
        } else {
            assert_eq!(asked[3..], ["POST paths-info"], "it was made");
        }
        assert_eq!(world.titles(), ["Ours", "initial commit"]);
    }
}

#[tokio::test]
async fn a_commit_with_the_same_title_and_other_content_is_not_taken_for_ours() {
    let world = World::new().await;
    let repo = world.repo.clone();
    world.hub.fault(commit_request().reset());
    let theirs = Fault::on(Method::GET, "/api/*/commits/*");
    world.hub.fault(theirs.run(move |hub| {
        hub.commit(&repo, "Ours", [Op::add("a", "theirs")]);
    }));
    CreateCommit::new(world.target.clone(), [add("a", "ours")], "Ours")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.titles(), ["Ours", "Ours", "initial commit"]);
    assert_eq!(world.text("a").unwrap(), "ours");
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_not_made_twice() {
    let world = World::new().await;
    world
        .hub
        .commit(&world.repo, "Files", ["logs/1", "b"].map(|p| Op::add(p, p)));
    world.hub.fault(commit_request().lose_response());
    let operations = [
        CommitOperationDelete::new("logs/").unwrap().into(),
        CommitOperationDelete::new("b").unwrap().into(),
    ];
    let info = CreateCommit::new(world.target.clone(), operations, "Gone")
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
    assert_eq!(world.titles(), ["Gone", "Files", "initial commit"]);
    assert_eq!(info.oid, world.hub.resolve(&world.repo, "main").unwrap());
    assert_eq!(world.count("/commit/"), 1);
}

#[tokio::test]
async fn a_hub_that_stays_down_is_told_after_as_many_tries_as_the_client_makes() {
    let world = World::new().await;
    let down = world.hub.fault(commit_request().status(502).always());
    let error = CreateCommit::new(world.target.clone(), [add("a", "1")], "Ours")
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 502);
    assert_eq!(down.fired(), 6, "as often as a request would be");
    assert_eq!(
        world.count("/commits/"),
        down.fired(),
        "one look for each commit that was sent"
    );
    assert_eq!(world.titles(), ["initial commit"]);

    // Who wants no retries gets none, but still the truth.
    world.hub.clear_requests();
    let once = Client::builder()
        .endpoint(world.hub.endpoint())
        .token(world.hub.token())
        .retry(RetryConfig::none())
        .build()
        .unwrap();
    let make = || CreateCommit::new(world.target.clone(), [add("a", "1")], "Ours");
    make().run(&once).await.unwrap_err();
    assert_eq!(world.count("/commit/"), 1);
    down.lift();
    world.hub.fault(commit_request().lose_response());
    make().run(&once).await.unwrap();
    assert_eq!(world.titles(), ["Ours", "initial commit"]);
}

#[tokio::test]
async fn a_folder_whose_every_answer_is_lost_is_committed_once_in_each_part() {
    for create_pr in [false, true] {
        let world = World::new().await;
        let dir = tempfile::tempdir().unwrap();
        for i in 0..70 {
            write(dir.path(), &format!("f{i:02}"), i.to_string());
        }
        // The retry of each look passes.
        let lost = world.hub.fault(commit_request().lose_response().always());
        let info = UploadFolder::new(world.target.clone(), dir.path())
            .state_dir(world.state.path())
            .files_per_commit(30)
            .create_pr(create_pr)
            .commit_message("Parts")
            .run(&world.client)
            .await
            .unwrap()
            .into_info();
        assert_eq!(lost.fired(), 3);
        assert_eq!(world.count("/commit/"), 3, "none was sent again");
        let revision = match info.pr_num() {
            Some(num) => format!("refs/pr/{num}"),
            None => "main".to_owned(),
        };
        assert_eq!(info.pr_num().is_some(), create_pr);
        let titles: Vec<String> = world
            .hub
            .commits(&world.repo, &revision)
            .into_iter()
            .map(|c| c.title)
            .take(3)
            .collect();
        assert_eq!(titles, ["Parts (part 3)", "Parts (part 2)", "Parts"]);
        assert_eq!(world.hub.files(&world.repo, &revision).len(), 71);
    }
}

#[tokio::test]
async fn a_refusal_is_final() {
    for (status, kind) in [
        (400, ErrorKind::BadRequest),
        (403, ErrorKind::Forbidden),
        (409, ErrorKind::Conflict),
    ] {
        let world = World::new().await;
        world.hub.fault(commit_request().status(status).always());
        let error = CreateCommit::new(world.target.clone(), [add("a", "1")], "Ours")
            .run(&world.client)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(world.count("/commit/"), 1);
        assert_eq!(world.count("/commits/"), 0);
    }
}

/// An upload of a folder whose only file is `x` with this content.
async fn upload_x(world: &World, content: &str) -> CommitOutcome {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "x", content);
    UploadFolder::new(world.target.clone(), dir.path())
        .state_dir(world.state.path())
        .run(&world.client)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_older_commit_with_the_same_title_and_content_is_not_taken_for_the_one_that_was_lost() {
    let world = World::new().await;
    let first = upload_x(&world, "v1").await;
    upload_x(&world, "v2").await;
    let lost = world.hub.fault(commit_request().status(502));
    let third = upload_x(&world, "v1").await;
    assert_eq!(lost.fired(), 1);
    assert_eq!(world.text("x").unwrap(), "v1", "the rollback was made");
    assert_ne!(third.info().oid, first.info().oid);
    assert_eq!(world.titles().len(), 4);
}

#[tokio::test]
async fn an_older_deletion_of_the_same_path_is_not_taken_for_the_one_that_was_lost() {
    let world = World::new().await;
    world.hub.add_file(&world.repo, "x", "1");
    let delete = || Delete::file(world.target.clone(), "x");
    delete().run(&world.client).await.unwrap();
    world.hub.add_file(&world.repo, "x", "2");
    let lost = world.hub.fault(commit_request().status(502));
    let info = delete().run(&world.client).await.unwrap();
    assert_eq!(lost.fired(), 1);
    assert_eq!(world.text("x"), None);
    assert_eq!(info.oid, world.hub.resolve(&world.repo, "main").unwrap());
}

#[tokio::test]
async fn a_closed_pull_request_with_the_same_title_and_content_is_not_taken_for_the_lost_one() {
    let world = World::new().await;
    let propose = || {
        CreateCommit::new(world.target.clone(), [add("a", "1")], "Proposal")
            .create_pr(true)
            .run(&world.client)
    };
    let first = propose().await.unwrap().info().pr_num().unwrap();
    let close = Request::post(format!("/api/models/user/repo/discussions/{first}/status"))
        .json(&serde_json::json!({"status": "closed"}));
    world.client.fetch(close).await.unwrap();
    // The Hub itself has failed: nothing can arrive late.
    let lost = world.hub.fault(commit_request().status(500));
    let second = propose().await.unwrap().info().pr_num().unwrap();
    assert_eq!(lost.fired(), 1);
    assert_ne!(second, first);
    let revision = format!("refs/pr/{second}");
    assert_eq!(world.hub.read(&world.repo, &revision, "a").unwrap(), "1");
}

#[tokio::test]
async fn a_pull_request_that_may_still_be_opened_is_not_opened_twice() {
    for fault in [
        Fault::reset as fn(Fault) -> Fault,
        |f| f.status(502),
        |f| f.status(504),
    ] {
        let world = World::new().await;
        world.hub.fault(fault(commit_request()));
        let error = CreateCommit::new(world.target.clone(), [add("a", "1")], "Proposal")
            .create_pr(true)
            .run(&world.client)
            .await
            .unwrap_err();
        assert!(error.hint().unwrap().contains("unknown whether"), "{error}");
        assert!(!error.is_retryable());
        assert_eq!(world.count("/commit/"), 1);
    }
}

#[tokio::test]
async fn the_halves_of_a_commit_are_not_sent_while_it_is_unknown_whether_the_whole_was_made() {
    for create_pr in [false, true] {
        let world = World::new().await;
        let dir = tempfile::tempdir().unwrap();
        for i in 0..60 {
            write(dir.path(), &format!("f{i:02}"), i.to_string());
        }
        // The commit is made, its response is lost, and then the Hub is away.
        world.hub.fault(commit_request().lose_response());
        let away = ["/api/*/commits/*", "/api/*/discussions*"];
        for route in away {
            world
                .hub
                .fault(Fault::on(Method::GET, route).status(503).always());
        }
        let error = UploadFolder::new(world.target.clone(), dir.path())
            .state_dir(world.state.path())
            .create_pr(create_pr)
            .run(&world.client)
            .await
            .unwrap_err();
        assert!(error.hint().unwrap().contains("unknown whether"), "{error}");
        assert!(!error.is_retryable());
        assert_eq!(world.count("/commit/"), 1, "neither again nor in halves");
    }
}

#[tokio::test]
async fn a_conflict_with_our_own_second_attempt_does_not_speak_of_a_parent_that_nobody_set() {
    let world = World::new().await;
    world.hub.fault(commit_request().status(500));
    world.hub.fault(commit_request().status(412).always());
    let error = CreateCommit::new(world.target.clone(), [add("a", "1")], "Ours")
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    assert!(!error.hint().unwrap().contains("parent_commit"), "{error}");
}

#[tokio::test]
async fn a_commit_whose_response_does_not_name_it_is_made_once() {
    let oid = "1234567890123456789012345678901234567890";
    for (body, wanted) in [
        (
            format!(r#"{{"success": true, "commitOid": "{oid}"}}"#),
            Some(oid),
        ),
        (r#"{"success": true}"#.to_owned(), None),
    ] {
        let world = World::new().await;
        world.hub.fault(commit_request().body(body.as_str()));
        let outcome = CreateCommit::new(world.target.clone(), [add("a", "1")], "Ours")
            .run(&world.client)
            .await
            .unwrap();
        assert_eq!(world.count("/commit/"), 1);
        let info = outcome.into_info();
        let head = world.hub.resolve(&world.repo, "main").unwrap();
        assert_eq!(info.oid, wanted.unwrap_or(&head));
        assert!(
            info.commit_url
                .ends_with(&format!("/user/repo/commit/{}", info.oid))
        );
    }
}
