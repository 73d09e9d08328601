//! What is refused for good: an error that says what and why, and nothing is committed.

use crate::support::{World, add, bytes, client, write};
use hf_commit::{CommitOperationAdd, CommitOutcome, CreateCommit, UploadFolder};
use hf_testhub::{Fault, Listener};
use hf_transport::{ErrorKind, Result};
use http::Method;

/// A commit of a small and a large file.
async fn commit(world: &World) -> Result<CommitOutcome> {
    let large = CommitOperationAdd::from_bytes("w.bin", bytes(1, 2_000_000)).unwrap();
    CreateCommit::new(
        world.target.clone(),
        [add("a.txt", "text"), large.into()],
        "Ours",
    )
    .run(&world.client)
    .await
}

fn is_untouched(world: &World) {
    assert_eq!(world.titles(), ["initial commit"]);
}

#[tokio::test]
async fn storage_that_refuses_for_good_ends_in_an_error_that_names_the_file() {
    let world = World::new().await;
    world.hub.fault(
        Fault::on(Method::PUT, "*")
            .at(Listener::Storage)
            .status(403)
            .always(),
    );
    let error = commit(&world).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(error.to_string().contains("`w.bin`"), "{error}");
    is_untouched(&world);
}

#[tokio::test]
async fn a_token_that_may_not_write() {
    let world = World::new().await;
    let reader = client(&world.hub, world.hub.read_token());
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "w.bin", bytes(1, 2_000_000));
    let small = CreateCommit::new(world.target.clone(), [add("a", "1")], "Ours");
    let large = CommitOperationAdd::from_bytes("w.bin", bytes(1, 2_000_000)).unwrap();
    let large = CreateCommit::new(world.target.clone(), [large.into()], "Ours");
    let folder = UploadFolder::new(world.target.clone(), dir.path()).state_dir(world.state.path());
    for outcome in [
        small.run(&reader).await,
        large.run(&reader).await,
        folder.run(&reader).await,
    ] {
        let error = outcome.unwrap_err();
        assert!(error.is_auth(), "{error:?}");
        assert!(!error.to_string().contains(world.hub.read_token()));
        assert!(!format!("{error:?}").contains(world.hub.read_token()));
    }
    let bytes_sent = world.hub.count_requests(|r| r.method == Method::PUT);
    assert_eq!(bytes_sent, 0, "it is told before anything large is sent");
    is_untouched(&world);
}

#[tokio::test]
async fn the_repository_is_deleted_meanwhile() {
    let steps = [
        Fault::on(Method::POST, "/api/*/preupload/*"),
        Fault::on(Method::POST, "*/objects/batch"),
        Fault::on(Method::PUT, "*").at(Listener::Storage),
        Fault::on(Method::POST, "*/verify*"),
        Fault::on(Method::POST, "/api/*/commit/*"),
    ];
    for (at, step) in steps.into_iter().enumerate() {
        let world = World::new().await;
        let repo = world.repo.clone();
        world.hub.fault(step.run(move |hub| hub.delete_repo(&repo)));
        let error = commit(&world).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::RepositoryNotFound,
            "step {at}: {error}"
        );
        if matches!(at, 0 | 4) {
            let hint = error.hint().unwrap_or_default();
            assert!(hint.contains("create_repo"), "step {at}: {error}");
        }
        assert!(!world.hub.repo_exists(&world.repo));
    }
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

#[tokio::test]
async fn a_check_that_fails_leaves_the_file_out_of_any_commit() {
    for multipart in [false, true] {
        let world = World::new().await;
        if multipart {
            world.hub.set_multipart(500_000, 600_000);
        }
        let verify = Fault::on(Method::POST, "*/verify*");
        let placed = world.hub.fault(verify.status(422).always());
        let error = commit(&world).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), 422);
        assert!(error.to_string().contains("`w.bin`"), "{error}");
        assert_eq!(placed.fired(), 1, "a refusal is final");
        assert_eq!(world.count("/commit/"), 0);
        is_untouched(&world);
    }
}

#[tokio::test]
async fn an_object_that_the_batch_refuses_is_told_with_the_reason() {
    let world = World::new().await;
    world.hub.fault(
        Fault::on(Method::POST, "*/objects/batch").script(|request| {
            let mut object = request.json().unwrap()["objects"][0].clone();
            object["error"] = serde_json::json!({"code": 422, "message": "Quota exceeded"});
            hf_testhub::CannedResponse::status(200).json(&serde_json::json!({"objects": [object]}))
        }),
    );
    let error = commit(&world).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upload);
    assert!(
        error.to_string().contains("Quota exceeded (422)"),
        "{error}"
    );
    assert_eq!(world.hub.stored_objects(), 0);
    is_untouched(&world);
}

#[tokio::test]
async fn a_part_without_an_etag_cannot_become_a_file() {
    let world = World::new().await;
    world.hub.set_multipart(500_000, 600_000);
    let part = Fault::on(Method::PUT, "*").at(Listener::Storage).skip(1);
    world.hub.fault(part.without_header("etag"));
    let error = commit(&world).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upload);
    assert!(error.to_string().contains("no ETag for part"), "{error}");
    is_untouched(&world);
}
