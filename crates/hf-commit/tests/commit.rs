//! Commits, as a user makes them.

mod support;

use hf_commit::{
    CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, CopyFiles, CreateCommit,
    Delete, DeleteFiles, PreuploadLfsFiles, RepoTarget, UploadFile, UploadMode,
};
use hf_testhub::{Op, RepoType};
use hf_transport::ErrorKind;
use support::{World, add, bytes};

#[tokio::test]
async fn files_large_and_small_arrive_in_one_commit_with_the_fewest_requests() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let large = bytes(1, 3_000_000);
    support::write(dir.path(), "w.bin", &large);
    let ops = [
        add("config.json", "{\"a\": 1}"),
        add("dir/é ü.txt", "text"),
        add("empty", ""),
        CommitOperationAdd::from_path("w.bin", dir.path().join("w.bin"))
            .unwrap()
            .into(),
    ];
    let info = CreateCommit::new(world.target.clone(), ops, "First")
        .commit_description("All of it")
        .run(&world.client)
        .await
        .unwrap();

    assert_eq!(world.text("config.json").unwrap(), "{\"a\": 1}");
    assert_eq!(world.text("dir/é ü.txt").unwrap(), "text");
    assert_eq!(world.text("empty").unwrap(), "");
    assert_eq!(world.hub.read(&world.repo, "main", "w.bin").unwrap(), large);
    assert_eq!(world.hub.is_lfs(&world.repo, "main", "w.bin"), Some(true));
    let head = &world.hub.commits(&world.repo, "main")[0];
    assert_eq!(
        (head.title.as_str(), head.message.as_str()),
        ("First", "All of it")
    );
    assert_eq!(info.oid, head.oid);
    assert_eq!(info.repo_url().unwrap().repo_id().as_str(), "user/repo");
    assert_eq!(world.hub.tokens_seen_by_storage(), 0);
    // preupload, batch, PUT, verify, commit
    let requests: Vec<String> = world
        .hub
        .requests()
        .iter()
        .map(|r| format!("{} {}", r.method, r.path))
        .collect();
    assert_eq!(requests.len(), 5, "{requests:#?}");
}

#[tokio::test]
async fn unchanged_files_drop_out_and_an_empty_commit_is_the_head() {
    let world = World::new().await;
    let large = bytes(2, 2_000_000);
    let ops = || {
        [
            add("a.txt", "same"),
            CommitOperationAdd::from_bytes("w.bin", large.clone())
                .unwrap()
                .into(),
        ]
    };
    let first = CreateCommit::new(world.target.clone(), ops(), "First")
        .run(&world.client)
        .await
        .unwrap();
    world.hub.clear_requests();
    let second = CreateCommit::new(world.target.clone(), ops(), "Second")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(second.oid, first.oid);
    assert_eq!(second.commit_message, "Second");
    assert_eq!(world.count("/commit/"), 0);
    assert_eq!(
        world.count("/objects/batch"),
        0,
        "its content is known to be there"
    );
    let none = CreateCommit::new(world.target.clone(), [], "Nothing")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(none.oid, first.oid);
    // Deleted in the same commit, the file has to be written again.
    let ops = [
        CommitOperationDelete::new("a.txt").unwrap().into(),
        add("a.txt", "same"),
    ];
    let third = CreateCommit::new(world.target.clone(), ops, "Third")
        .run(&world.client)
        .await
        .unwrap();
    assert_ne!(third.oid, first.oid);
    assert_eq!(world.text("a.txt").unwrap(), "same");
}

#[tokio::test]
async fn a_pull_request_is_opened_by_the_commit() {
    let world = World::new().await;
    let info = CreateCommit::new(world.target.clone(), [add("a", "1")], "Proposal")
        .create_pr(true)
        .run(&world.client)
        .await
        .unwrap();
    let num = info.pr_num().unwrap();
    assert!(
        info.pr_url
            .unwrap()
            .ends_with(&format!("/user/repo/discussions/{num}"))
    );
    assert_eq!(world.text("a"), None);
    let there = world.hub.read(&world.repo, &format!("refs/pr/{num}"), "a");
    assert_eq!(there.unwrap(), "1");
    // On top of the same pull request.
    let target = world
        .target
        .clone()
        .revision(&format!("refs/pr/{num}"))
        .unwrap();
    UploadFile::new(target, CommitOperationAdd::from_bytes("b", "2").unwrap())
        .run(&world.client)
        .await
        .unwrap();
    let there = world.hub.read(&world.repo, &format!("refs/pr/{num}"), "b");
    assert_eq!(there.unwrap(), "2");
}

#[tokio::test]
async fn two_writers_on_one_branch() {
    let world = World::new().await;
    let parent = world.hub.resolve(&world.repo, "main").unwrap();
    let theirs = world.hub.add_file(&world.repo, "theirs.txt", "theirs");

    let ours = || CreateCommit::new(world.target.clone(), [add("ours.txt", "ours")], "Ours");
    let error = ours()
        .parent_commit(&parent)
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    assert!(error.hint().unwrap().contains("rebase"), "{error}");
    assert_eq!(world.text("ours.txt"), None);

    let info = ours()
        .parent_commit(&parent)
        .rebase(true)
        .run(&world.client)
        .await
        .unwrap();
    let commits = world.hub.commits(&world.repo, "main");
    assert_eq!(commits[0].oid, info.oid);
    assert_eq!(commits[0].parent.as_deref(), Some(theirs.as_str()));

    // The same path was changed by both: nothing is overwritten.
    let clash = CreateCommit::new(world.target.clone(), [add("theirs.txt", "x")], "Clash")
        .parent_commit(&parent)
        .rebase(true)
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(clash.kind(), ErrorKind::PreconditionFailed);
    assert!(clash.to_string().contains("`theirs.txt`"), "{clash}");
    assert_eq!(world.text("theirs.txt").unwrap(), "theirs");
}

#[tokio::test]
async fn what_is_wrong_is_told_before_anything_is_sent() {
    let world = World::new().await;
    let make = |message: &str| CreateCommit::new(world.target.clone(), [add("a", "1")], message);
    for (call, wanted) in [
        (make(""), "commit_message"),
        (make("x").parent_commit("not hex"), "parent_commit"),
        (make("x").parent_commit("abc"), "parent_commit"),
        (make("x").num_threads(0), "num_threads"),
    ] {
        let error = call.run(&world.client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains(wanted), "{error}");
    }
    let op = CommitOperationAdd::from_bytes("a", "1").unwrap();
    assert_eq!(world.hub.requests().len(), 0);
    for expected in [true, false] {
        let call = CreateCommit::new(world.target.clone(), [op.clone().into()], "Once");
        assert_eq!(call.run(&world.client).await.is_ok(), expected);
    }
}

#[tokio::test]
async fn a_card_that_the_hub_refuses_stops_the_upload() {
    let world = World::new().await;
    let ops = [add("README.md", "---\nlicense: [\n---\n# x"), add("a", "1")];
    let error = CreateCommit::new(world.target.clone(), ops, "Card")
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    assert!(error.to_string().contains("README.md"), "{error}");
    assert_eq!(world.count("/preupload/"), 0);
}

#[tokio::test]
async fn preuploaded_files_are_let_go_of_and_named_by_the_commit() {
    let world = World::new().await;
    let large = bytes(3, 1_500_000);
    let op = CommitOperationAdd::from_bytes("w.bin", large.clone()).unwrap();
    PreuploadLfsFiles::new(world.target.clone(), [op.clone()])
        .run(&world.client)
        .await
        .unwrap();
    assert!(op.is_uploaded());
    assert_eq!(op.upload_mode(), Some(UploadMode::Lfs));
    assert!(format!("{op:?}").contains("freed"), "{op:?}");
    world.hub.clear_requests();
    CreateCommit::new(world.target.clone(), [op.into()], "Named")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.requests().len(), 1, "only the commit");
    assert_eq!(world.hub.read(&world.repo, "main", "w.bin").unwrap(), large);
}

#[tokio::test]
async fn parts_of_a_multipart_upload_become_the_file() {
    let world = World::new().await;
    world.hub.set_multipart(1_000_000, 700_001);
    let large = bytes(4, 3_000_000);
    let dir = tempfile::tempdir().unwrap();
    support::write(dir.path(), "w.bin", &large);
    let op = CommitOperationAdd::from_path("w.bin", dir.path().join("w.bin")).unwrap();
    UploadFile::new(world.target.clone(), op)
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.read(&world.repo, "main", "w.bin").unwrap(), large);
    assert_eq!(world.hub.tokens_seen_by_storage(), 0);
}

#[tokio::test]
async fn ignored_files_stay_away() {
    let world = World::new().await;
    let ops = [
        add(".gitignore", "*.log\n"),
        add("a.log", "x"),
        add("b.txt", "y"),
    ];
    CreateCommit::new(world.target.clone(), ops, "Ignoring")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        [".gitattributes", ".gitignore", "b.txt"]
    );
}

#[tokio::test]
async fn files_and_folders_are_deleted() {
    let world = World::new().await;
    let files = ["a.txt", "b.bin", "logs/1", "logs/2", "keep/x.bin"].map(|p| Op::add(p, p));
    world.hub.commit(&world.repo, "Files", files);
    Delete::file(world.target.clone(), "a.txt")
        .run(&world.client)
        .await
        .unwrap();
    Delete::folder(world.target.clone(), "logs")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        [".gitattributes", "b.bin", "keep/x.bin"]
    );
    let info = DeleteFiles::new(world.target.clone(), ["*.bin", ".git*"])
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.files(&world.repo, "main"), [".gitattributes"]);
    assert_eq!(
        info.commit_message,
        "Delete files *.bin .git* with huggingface_hub"
    );
    assert_eq!(
        world.titles()[..3],
        [
            "Delete files *.bin .git* with huggingface_hub",
            "Delete folder logs with huggingface_hub",
            "Delete a.txt with huggingface_hub"
        ]
    );
    let error = Delete::file(world.target.clone(), "none")
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EntryNotFound, "{error}");
    assert!(error.hint().unwrap().contains("trailing `/`"), "{error}");
}

#[tokio::test]
async fn files_are_copied_within_and_across_repositories() {
    let world = World::new().await;
    world.hub.set_xet_headers(true);
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
        .unwrap();
    assert_eq!(
        world.hub.read(&world.repo, "main", "w2.bin").unwrap(),
        large
    );
    assert_eq!(world.text("b/a.txt").unwrap(), "text");
    let again = CreateCommit::new(world.target.clone(), ops, "Again")
        .run(&world.client)
        .await
        .unwrap();
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

#[tokio::test]
async fn thousands_of_operations_ask_in_batches() {
    let world = World::new().await;
    let ops: Vec<_> = (0..600)
        .map(|i| add(&format!("d/{i:04}.txt"), &i.to_string()))
        .collect();
    CreateCommit::new(world.target.clone(), ops, "Many")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.count("/preupload/"), 3);
    assert_eq!(world.hub.files(&world.repo, "main").len(), 601);
    assert_eq!(world.text("d/0599.txt").unwrap(), "599");
}
