//! Folders that are uploaded to pull requests.

use hf_commit::CommitOutcome;
use hf_testhub::Fault;
use http::Method;

use crate::folder::folder;
use crate::support::{World, write};

#[tokio::test]
async fn a_folder_that_has_not_changed_opens_no_pull_request_and_the_type_says_so() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a", "1");
    let first = folder(&world, &dir).run(&world.client).await.unwrap();
    assert!(first.is_created());
    let second = folder(&world, &dir)
        .create_pr(true)
        .run(&world.client)
        .await
        .unwrap();
    let CommitOutcome::Unchanged(head) = second else {
        panic!("{second:?}");
    };
    assert_eq!(
        (head.oid.as_str(), head.pr_url),
        (first.info().oid.as_str(), None)
    );
    assert_eq!(world.hub.resolve(&world.repo, "refs/pr/1"), None);
    // As JSON it is what Python returns.
    let json = serde_json::to_value(&first).unwrap();
    assert_eq!(json["oid"], first.info().oid.as_str());
}

#[tokio::test]
async fn an_upload_with_another_title_does_not_join_the_pull_request_of_an_unfinished_one() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    for i in 0..60 {
        write(dir.path(), &format!("f{i:02}"), i.to_string());
    }
    let propose = |title: &str| {
        folder(&world, &dir)
            .files_per_commit(30)
            .create_pr(true)
            .commit_message(title)
    };
    let commit = Fault::on(Method::POST, "/api/*/commit/*");
    world.hub.fault(commit.skip(1).status(403));
    propose("Last week").run(&world.client).await.unwrap_err();
    let num = |outcome: CommitOutcome| outcome.info().pr_num().unwrap();
    let other = propose("This week").run(&world.client).await.unwrap();
    assert_eq!(num(other), 2);
    let same = propose("Last week").run(&world.client).await.unwrap();
    assert_eq!(
        num(same),
        1,
        "the same title continues with its pull request"
    );
    for revision in ["refs/pr/1", "refs/pr/2"] {
        assert_eq!(world.hub.files(&world.repo, revision).len(), 61);
    }
}

#[tokio::test]
async fn two_uploads_of_one_folder_at_the_same_time_fill_a_pull_request_each() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    for i in 0..60 {
        write(dir.path(), &format!("f{i:02}"), i.to_string());
    }
    let propose = || {
        folder(&world, &dir)
            .files_per_commit(30)
            .create_pr(true)
            .run(&world.client)
    };
    let (one, two) = tokio::join!(propose(), propose());
    let num = |outcome: &CommitOutcome| outcome.info().pr_num().unwrap();
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!(num(&one), num(&two));
    for outcome in [one, two] {
        let revision = format!("refs/pr/{}", num(&outcome));
        assert_eq!(world.hub.files(&world.repo, &revision).len(), 61);
    }
}
