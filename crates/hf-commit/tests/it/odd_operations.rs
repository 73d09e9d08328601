//! Operations that contradict each other, and paths with unusual characters.

use std::sync::{Arc, Mutex};

use crate::support::{World, add};
use hf_commit::{
    CommitOperationAdd, CommitOperationDelete, CopyFiles, CreateCommit, Delete, DeleteFiles,
    UploadFile, UploadFolder,
};
use hf_testhub::Op;
use hf_transport::ErrorKind;

/// A `tracing` subscriber that collects the messages of warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl tracing::field::Visit for Warnings {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn operations_that_look_like_a_mistake_are_carried_out_with_a_warning() {
    let world = World::new().await;
    world
        .hub
        .commit(&world.repo, "Files", [Op::add("e/old", "x")]);
    let warnings = Warnings::default();
    let guard = tracing::subscriber::set_default(warnings.clone());
    let operations = [
        add("d/twice", "1"),
        add("d/twice", "2"),
        add("e/x", "x"),
        CommitOperationDelete::new("e/").unwrap().into(),
        add("data.parquet", "a model has no data"),
    ];
    CreateCommit::new(world.target.clone(), operations, "Odd")
        .run(&world.client)
        .await
        .unwrap();
    drop(guard);
    let said = warnings.0.lock().unwrap().clone();
    let wanted = [
        "`d/twice` is written more than once",
        "the folder `e/` is deleted after",
        "a data file in a model repository",
    ];
    assert_eq!(said.len(), wanted.len(), "{said:?}");
    for (said, wanted) in said.iter().zip(wanted) {
        assert!(said.contains(wanted), "{said}");
    }
    assert_eq!(world.text("d/twice").unwrap(), "2");
}

#[tokio::test]
async fn the_last_of_two_writes_to_one_path_wins_even_if_the_branch_already_has_it() {
    let world = World::new().await;
    world.hub.add_file(&world.repo, "x", "old");
    let operations = [add("x", "new"), add("x", "old")];
    CreateCommit::new(world.target.clone(), operations, "Back and forth")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.text("x").unwrap(), "old");
}

#[tokio::test]
async fn names_that_no_new_file_may_have_can_be_deleted_and_copied() {
    let world = World::new().await;
    let odd = ["d/new\nline", "d/tab\there", "bell\u{7}", "keep.txt"];
    let fill = || {
        let ops = odd.map(|path| Op::add(path, path));
        world.hub.commit(&world.repo, "Pushed with git", ops)
    };
    fill();
    let target = || world.target.clone();
    let files = || world.hub.files(&world.repo, "main");
    CopyFiles::new(target(), "d", target(), "copy")
        .run(&world.client)
        .await
        .unwrap();
    assert!(
        files().contains(&"copy/new\nline".to_owned()),
        "{:?}",
        files()
    );
    Delete::file(target(), odd[2])
        .run(&world.client)
        .await
        .unwrap();
    DeleteFiles::new(target(), ["d/*", "copy/*"])
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(files(), [".gitattributes", "keep.txt"]);
    fill();
    let dir = tempfile::tempdir().unwrap();
    crate::support::write(dir.path(), "keep.txt", "kept");
    UploadFolder::new(target(), dir.path())
        .state_dir(world.state.path())
        .delete_patterns(["*"])
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(files(), [".gitattributes", "keep.txt"]);
    let error = CommitOperationAdd::from_bytes("new\nline", "x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn a_backslash_is_an_ordinary_character_of_a_name() {
    let world = World::new().await;
    let op = CommitOperationAdd::from_bytes("a\\b.txt", "1").unwrap();
    UploadFile::new(world.target.clone(), op)
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.text("a\\b.txt").unwrap(), "1");
}
