//! Files copied on the Hub.

use crate::support::{World, bytes};
use hf_commit::{
    CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, CopyFiles, CreateCommit,
    RepoTarget,
};
use hf_testhub::{CannedResponse, Fault, Op, RepoType};
use hf_transport::ErrorKind;
use hf_types::RepoType as Kind;
use http::Method;

#[tokio::test]
async fn files_are_copied_within_and_across_repositories() {
    let world = World::new().await;
    world.hub.set_xet(true);
    let large = bytes(5, 1_200_000);
    world.hub.commit(
        &world.repo,
        "Files",
        [
            Op::add("w.bin", large.clone()),
            Op::add("a.txt", "text"),
            Op::add("d/e/f.txt", "deep"),
        ],
    );
    let copy = |from: &str, to: &str| CommitOperationCopy::new(from, to).unwrap();
    let ops = [
        copy("w.bin", "w2.bin").into(),
        copy("a.txt", "b/a.txt").into(),
    ];
    let info = CreateCommit::new(world.target.clone(), ops.clone(), "Copies")
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
    assert_eq!(
        world.hub.read(&world.repo, "main", "w2.bin").unwrap(),
        large
    );
    assert_eq!(world.text("b/a.txt").unwrap(), "text");
    let again = CreateCommit::new(world.target.clone(), ops, "Again")
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
    assert_eq!(again.oid, info.oid, "they are the same already");

    let other = world.hub.create_repo(RepoType::Dataset, "user/other");
    let to = RepoTarget::dataset("user/other").unwrap();
    CopyFiles::new(world.target.clone(), "", to.clone(), "all/")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.read(&other, "main", "all/w.bin").unwrap(), large);
    assert_eq!(
        world.hub.read(&other, "main", "all/d/e/f.txt").unwrap(),
        "deep"
    );
    CopyFiles::new(world.target.clone(), "d", to.clone(), "all")
        .run(&world.client)
        .await
        .unwrap();
    assert!(world.hub.file(&other, "main", "all/d/e/f.txt").is_some());
    let gone = CopyFiles::new(world.target.clone(), "none", to, "x")
        .run(&world.client)
        .await;
    assert_eq!(gone.unwrap_err().kind(), ErrorKind::EntryNotFound);
    let missing = [copy("none", "x").into()];
    let error = CreateCommit::new(world.target.clone(), missing, "Missing")
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EntryNotFound);
}

/// A copy of `path` in the model `user/repo`, for a commit elsewhere.
fn from_repo(path: &str, to: &str) -> CommitOperationCopy {
    let copy = CommitOperationCopy::new(path, to).unwrap();
    copy.src_repo("user/repo".parse().unwrap(), Kind::Model)
}

fn duplications(world: &World) -> Vec<serde_json::Value> {
    world
        .hub
        .requests()
        .iter()
        .filter(|r| r.path.ends_with("/lfs-files/duplicate"))
        .map(|r| r.json().unwrap())
        .collect()
}

#[tokio::test]
async fn large_files_of_another_repository_are_duplicated_and_small_ones_go_by_content() {
    let world = World::new().await;
    world.hub.set_xet(true);
    let large = bytes(5, 1_200_000);
    let files = [
        Op::add("w.bin", large.clone()),
        Op::add("same.bin", large.clone()),
        Op::add("a.txt", "text"),
    ];
    world.hub.commit(&world.repo, "Files", files);
    let other = world.hub.create_repo(RepoType::Dataset, "user/other");
    let operations = [
        from_repo("w.bin", "x/w.bin").into(),
        from_repo("same.bin", "x/same.bin").into(),
        from_repo("a.txt", "x/a.txt").into(),
    ];
    let objects = world.hub.stored_objects();
    world.hub.clear_requests();
    CreateCommit::new(
        RepoTarget::dataset("user/other").unwrap(),
        operations,
        "Copies",
    )
    .run(&world.client)
    .await
    .unwrap();
    let asked = duplications(&world);
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0]["target"],
        serde_json::json!({"type": "dataset", "name": "user/other"})
    );
    let files = asked[0]["files"].as_array().unwrap();
    assert_eq!(files.len(), 1, "the same content once");
    for path in ["x/w.bin", "x/same.bin"] {
        assert_eq!(world.hub.read(&other, "main", path).unwrap(), large);
        assert_eq!(world.hub.is_lfs(&other, "main", path), Some(true));
    }
    assert_eq!(world.hub.read(&other, "main", "x/a.txt").unwrap(), "text");
    let sent = world.hub.count_requests(|r| r.method == Method::PUT);
    assert_eq!(sent, 0, "nothing large passed through here");
    assert_eq!(world.hub.stored_objects(), objects);
}

#[tokio::test]
async fn a_duplication_that_fails_leaves_everything_as_it_was() {
    let world = World::new().await;
    world.hub.set_xet(true);
    world.hub.commit(
        &world.repo,
        "Files",
        [Op::add("w.bin", bytes(5, 1_200_000))],
    );
    let other = world.hub.create_repo(RepoType::Dataset, "user/other");
    let target = RepoTarget::dataset("user/other").unwrap();
    let make = || {
        let operations = [from_repo("w.bin", "w.bin").into()];
        CreateCommit::new(target.clone(), operations, "Copies")
    };
    let refused = Fault::on(Method::POST, "*/lfs-files/duplicate");
    world.hub.fault(
        refused.respond(CannedResponse::status(200).json(&serde_json::json!({
            "success": false, "processed": 1, "succeeded": 0,
            "failed": [{"sha256": "abc", "error": "Other region"}],
        }))),
    );
    let error = make().run(&world.client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileDuplication);
    assert!(error.to_string().contains("Other region"), "{error}");
    assert_eq!(world.hub.commits(&other, "main").len(), 1);
    // Without Xet storage there is nothing to duplicate.
    world.hub.set_xet(false);
    let error = make().run(&world.client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("Xet storage"), "{error}");
    assert_eq!(world.hub.commits(&other, "main").len(), 1);
    world.hub.set_xet(true);
    // A server that is busy is asked again.
    let busy = Fault::on(Method::POST, "*/lfs-files/duplicate");
    world.hub.fault(busy.status(503));
    make().run(&world.client).await.unwrap();
    assert_eq!(world.hub.commits(&other, "main").len(), 2);
}

#[tokio::test]
async fn a_copy_is_of_the_revision_it_names() {
    let world = World::new().await;
    let old = world
        .hub
        .commit(&world.repo, "Old", [Op::add("a.txt", "old")]);
    world
        .hub
        .commit(&world.repo, "New", [Op::add("a.txt", "new")]);
    let at = |revision: &str, to: &str| {
        let copy = CommitOperationCopy::new("a.txt", to).unwrap();
        copy.src_revision(revision.parse().unwrap()).into()
    };
    let operations = [at(&old, "b.txt"), at("main", "c.txt")];
    CreateCommit::new(world.target.clone(), operations, "Copies")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.text("b.txt").unwrap(), "old");
    assert_eq!(world.text("c.txt").unwrap(), "new");
}

#[tokio::test]
async fn a_copy_that_arrives_with_other_bytes_is_refused() {
    let world = World::new().await;
    world
        .hub
        .commit(&world.repo, "Files", [Op::add("a.txt", "text")]);
    world
        .hub
        .fault(Fault::on(Method::GET, "*/a.txt").corrupt(1).always());
    let operations = [CommitOperationCopy::new("a.txt", "b.txt").unwrap().into()];
    let error = CreateCommit::new(world.target.clone(), operations, "Copies")
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Checksum, "{error}");
    assert_eq!(world.titles()[0], "Files");
}

#[tokio::test]
async fn a_copy_is_one_operation_among_others() {
    let world = World::new().await;
    world
        .hub
        .commit(&world.repo, "Files", [Op::add("a.txt", "text")]);
    let operations = [
        CommitOperationCopy::new("a.txt", "moved.txt")
            .unwrap()
            .into(),
        CommitOperationDelete::new("a.txt").unwrap().into(),
        CommitOperationAdd::from_bytes("c.txt", "c").unwrap().into(),
    ];
    CreateCommit::new(world.target.clone(), operations, "Move")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        [".gitattributes", "c.txt", "moved.txt"]
    );
    assert_eq!(world.text("moved.txt").unwrap(), "text");
}
