//! Commits, as a user makes them.

use crate::support::{World, add, bytes};
use hf_commit::{
    CommitOperationAdd, CommitOperationDelete, CreateCommit, Delete, DeleteFiles, UploadFile,
};
use hf_testhub::{CannedResponse, Fault, Op};
use hf_transport::ErrorKind;
use http::Method;

#[tokio::test]
async fn files_large_and_small_arrive_in_one_commit_with_the_fewest_requests() {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let large = bytes(1, 3_000_000);
    crate::support::write(dir.path(), "w.bin", &large);
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
        .unwrap()
        .into_info();

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
        .unwrap()
        .into_info();
    world.hub.clear_requests();
    let second = CreateCommit::new(world.target.clone(), ops(), "Second")
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
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
        .unwrap()
        .into_info();
    assert_eq!(none.oid, first.oid);
    // Deleted in the same commit, the file has to be written again.
    let ops = [
        CommitOperationDelete::new("a.txt").unwrap().into(),
        add("a.txt", "same"),
    ];
    let third = CreateCommit::new(world.target.clone(), ops, "Third")
        .run(&world.client)
        .await
        .unwrap()
        .into_info();
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
        .unwrap()
        .into_info();
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
        .unwrap()
        .into_info();
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
    assert_eq!(world.hub.requests().len(), 0);
}

#[tokio::test]
async fn an_operation_is_a_value_that_can_be_part_of_several_commits() {
    let world = World::new().await;
    let op = CommitOperationAdd::from_bytes("a", "1").unwrap();
    for created in [true, false] {
        let call = CreateCommit::new(world.target.clone(), [op.clone().into()], "Once");
        let outcome = call.run(&world.client).await.unwrap();
        assert_eq!(outcome.is_created(), created);
    }
    world
        .hub
        .commit(&world.repo, "Theirs", [Op::add("a", "theirs")]);
    let call = CreateCommit::new(world.target.clone(), [op.into()], "Again");
    assert!(call.run(&world.client).await.unwrap().is_created());
    assert_eq!(world.text("a").unwrap(), "1");
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
async fn parts_of_a_multipart_upload_become_the_file() {
    let world = World::new().await;
    world.hub.set_multipart(1_000_000, 700_001);
    let large = bytes(4, 3_000_000);
    let dir = tempfile::tempdir().unwrap();
    crate::support::write(dir.path(), "w.bin", &large);
    let op = CommitOperationAdd::from_path("w.bin", dir.path().join("w.bin")).unwrap();
    UploadFile::new(world.target.clone(), op)
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.read(&world.repo, "main", "w.bin").unwrap(), large);
    assert_eq!(world.hub.tokens_seen_by_storage(), 0);
}

#[tokio::test]
async fn a_presigned_address_gets_no_token_on_the_hub_itself_either() {
    let world = World::new().await;
    let href = world.hub.endpoint() + "/presigned/w?signature=1";
    world.hub.fault(
        Fault::on(Method::POST, "*/objects/batch").script(move |request| {
            let mut object = request.json().unwrap()["objects"][0].clone();
            object["actions"] = serde_json::json!({"upload": {"href": href}});
            CannedResponse::status(200).json(&serde_json::json!({"objects": [object]}))
        }),
    );
    let put = Fault::on(Method::PUT, "/presigned/*");
    world.hub.fault(put.status(200));
    let op = CommitOperationAdd::from_bytes("w.bin", bytes(4, 1_500_000)).unwrap();
    let upload = UploadFile::new(world.target.clone(), op);
    // The object is nowhere: what counts is what was sent.
    let _refused = upload.run(&world.client).await;
    let requests = world.hub.requests();
    let put = requests.iter().find(|r| r.method == Method::PUT).unwrap();
    assert_eq!(put.header("authorization"), None);
    assert_eq!(put.body_len, 1_500_000);
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
        .unwrap()
        .into_info();
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
    assert!(
        error.hint().unwrap().contains("end its path with `/`"),
        "{error}"
    );
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

#[tokio::test]
async fn a_hub_that_says_null_of_gitignore_does_not_exclude_the_file() {
    let world = World::new().await;
    let preupload = Fault::on(Method::POST, "/api/*/preupload/*");
    world.hub.fault(preupload.body(
        r#"{"files": [{"path": "a", "uploadMode": "regular", "shouldIgnore": null, "oid": null}]}"#,
    ));
    CreateCommit::new(world.target.clone(), [add("a", "1")], "Ours")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.text("a").unwrap(), "1");
}
