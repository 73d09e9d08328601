//! Several who write to one branch.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{World, add, bytes, write};
use hf_commit::{
    CommitOperationCopy, CommitOperationDelete, CommitOutcome, CreateCommit, Delete, UploadFolder,
};
use hf_testhub::{Fault, Op};
use hf_transport::ErrorKind;
use http::Method;

fn ours(world: &World, parent: &str) -> CreateCommit {
    CreateCommit::new(world.target.clone(), [add("ours", "1")], "Ours").parent_commit(parent)
}

#[tokio::test]
async fn others_are_faster_again_and_again() {
    let world = World::new().await;
    let parent = world.hub.resolve(&world.repo, "main").unwrap();
    let (repo, commits) = (world.repo.clone(), AtomicUsize::new(0));
    let before_each = Fault::on(Method::POST, "/api/*/commit/*").times(3);
    world.hub.fault(before_each.run(move |hub| {
        let n = commits.fetch_add(1, Ordering::SeqCst);
        hub.add_file(&repo, &format!("theirs-{n}"), "x");
    }));
    ours(&world, &parent)
        .rebase(true)
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.titles()[0], "Ours");
    assert_eq!(world.titles().len(), 5, "{:?}", world.titles());
    assert_eq!(world.count("/commit/"), 4, "three were refused");
}

#[tokio::test]
async fn others_who_never_let_us_in_are_an_error() {
    let world = World::new().await;
    let parent = world.hub.resolve(&world.repo, "main").unwrap();
    let (repo, commits) = (world.repo.clone(), AtomicUsize::new(0));
    let before_each = Fault::on(Method::POST, "/api/*/commit/*").always();
    world.hub.fault(before_each.run(move |hub| {
        let n = commits.fetch_add(1, Ordering::SeqCst);
        hub.add_file(&repo, &format!("theirs-{n}"), "x");
    }));
    let error = ours(&world, &parent)
        .rebase(true)
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    assert_eq!(world.count("/commit/"), 11);
    assert_eq!(world.text("ours"), None);
}

#[tokio::test]
async fn each_kind_of_operation_clashes_with_a_change_of_its_path_and_with_no_other() {
    let delete = |path: &str| CommitOperationDelete::new(path).unwrap().into();
    let copy = CommitOperationCopy::new("dir/a", "copied").unwrap();
    for (name, operation, theirs) in [
        ("add", add("b", "ours"), Op::add("b", "theirs")),
        ("delete", delete("b"), Op::add("b", "theirs")),
        ("delete what is gone", delete("b"), Op::delete("b")),
        (
            "delete a folder",
            delete("dir/"),
            Op::add("dir/new", "theirs"),
        ),
        ("copy", copy.into(), Op::add("copied", "theirs")),
    ] {
        for clash in [true, false] {
            let world = World::new().await;
            let files = ["dir/a", "b"].map(|p| Op::add(p, p));
            let parent = world.hub.commit(&world.repo, "Files", files);
            let change = if clash {
                theirs.clone()
            } else {
                Op::add("elsewhere", "x")
            };
            let head = world.hub.commit(&world.repo, "Theirs", [change]);
            let outcome = CreateCommit::new(world.target.clone(), [operation.clone()], "Ours")
                .parent_commit(&parent)
                .rebase(true)
                .run(&world.client)
                .await;
            let now = world.hub.resolve(&world.repo, "main").unwrap();
            if clash {
                let error = outcome.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{name}");
                assert_eq!(now, head, "{name}");
            } else {
                assert_eq!(outcome.unwrap().info().oid, now, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn every_call_takes_a_parent() {
    let world = World::new().await;
    let files = ["a", "b"].map(|p| Op::add(p, p));
    let parent = world.hub.commit(&world.repo, "Files", files);
    world.hub.add_file(&world.repo, "theirs", "x");
    let head = world.hub.resolve(&world.repo, "main").unwrap();
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "ours", "1");
    let folder = UploadFolder::new(world.target.clone(), dir.path())
        .state_dir(world.state.path())
        .parent_commit(&parent);
    let deletion = Delete::file(world.target.clone(), "a").parent_commit(&parent);
    for outcome in [
        folder
            .run(&world.client)
            .await
            .map(CommitOutcome::into_info),
        deletion.run(&world.client).await,
    ] {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::PreconditionFailed);
    }
    assert_eq!(world.hub.resolve(&world.repo, "main").unwrap(), head);
}

#[tokio::test]
async fn folders_uploaded_at_the_same_time_all_arrive() {
    let world = World::new().await;
    world.hub.set_lfs_threshold(50_000);
    let folders: Vec<_> = (0..3)
        .map(|n| {
            let dir = tempfile::tempdir().unwrap();
            for i in 0..50 {
                write(dir.path(), &format!("{n}/f{i}"), i.to_string());
            }
            write(dir.path(), &format!("{n}/w.bin"), bytes(n, 100_000));
            dir
        })
        .collect();
    let uploads = folders.iter().map(|dir| {
        UploadFolder::new(world.target.clone(), dir.path())
            .state_dir(world.state.path())
            .files_per_commit(20)
            .run(&world.client)
    });
    futures_util::future::try_join_all(uploads).await.unwrap();
    assert_eq!(world.hub.files(&world.repo, "main").len(), 3 * 51 + 1);
}
