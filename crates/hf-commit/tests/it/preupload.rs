//! Large files ahead of their commit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::{World, bytes};
use bytes::Bytes;
use hf_commit::{
    CommitOperation, CommitOperationAdd, CreateCommit, PreuploadLfsFiles, PreuploadedFile,
    UploadMode,
};
use hf_testhub::Fault;
use hf_transport::ErrorKind;
use http::Method;

#[tokio::test]
async fn preuploaded_files_are_let_go_of_and_named_by_the_commit() {
    let world = World::new().await;
    let large = bytes(3, 1_500_000);
    let op = CommitOperationAdd::from_bytes("w.bin", large.clone()).unwrap();
    let prepared = PreuploadLfsFiles::new(world.target.clone(), [op])
        .run(&world.client)
        .await
        .unwrap();
    assert!(prepared[0].sha256().is_some());
    assert_eq!(prepared[0].upload_mode(), UploadMode::Lfs);
    world.hub.clear_requests();
    let operations = prepared.into_iter().map(CommitOperation::from);
    CreateCommit::new(world.target.clone(), operations, "Named")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.requests().len(), 1, "only the commit");
    assert_eq!(world.hub.read(&world.repo, "main", "w.bin").unwrap(), large);
}

/// Content that counts while it is held.
struct Held {
    content: Vec<u8>,
    held: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.content
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.held.fetch_sub(1, Ordering::SeqCst);
    }
}

const FILES: usize = 6;

/// Files of which `held` says how many are in memory.
fn files(held: &Arc<AtomicUsize>, extension: &str) -> Vec<CommitOperationAdd> {
    (0..FILES)
        .map(|n| {
            held.fetch_add(1, Ordering::SeqCst);
            let content = Held {
                content: bytes(n as u64, 1_200_000),
                held: Arc::clone(held),
            };
            CommitOperationAdd::from_bytes(&format!("w{n}.{extension}"), Bytes::from_owner(content))
                .unwrap()
        })
        .collect()
}

/// How many contents were in memory when the bytes of each file were sent, one after the other.
async fn held_at_each_put(keep: bool) -> (World, Vec<PreuploadedFile>, Vec<usize>) {
    let world = World::new().await;
    let held = Arc::<AtomicUsize>::default();
    let ops = files(&held, "bin");
    let kept = keep.then(|| ops.clone());
    let seen = Arc::<Mutex<Vec<usize>>>::default();
    let (note, now) = (Arc::clone(&seen), Arc::clone(&held));
    let put = Fault::on(Method::PUT, "*").always();
    world.hub.fault(put.run(move |_| {
        note.lock().unwrap().push(now.load(Ordering::SeqCst));
    }));
    let prepared = PreuploadLfsFiles::new(world.target.clone(), ops)
        .num_threads(1)
        .run(&world.client)
        .await
        .unwrap();
    // A thread that has sent the last bytes of a body may need a moment to end.
    let left = kept.as_ref().map_or(0, Vec::len);
    while held.load(Ordering::SeqCst) > left {
        tokio::task::yield_now().await;
    }
    assert_eq!(held.load(Ordering::SeqCst), left);
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.len(), FILES);
    (world, prepared, seen)
}

#[tokio::test]
async fn memory_is_given_back_after_each_file_and_not_at_the_end() {
    let (world, prepared, seen) = held_at_each_put(false).await;
    // The file before may wait for its check while this one is sent.
    for (sent, held) in seen.iter().enumerate() {
        assert!(*held <= FILES - sent + 1, "{seen:?}");
    }
    assert!(seen[FILES - 1] <= 2, "{seen:?}");
    let operations = prepared.into_iter().map(CommitOperation::from);
    CreateCommit::new(world.target.clone(), operations, "Named")
        .run(&world.client)
        .await
        .unwrap();
    for n in 0..FILES {
        let there = world.hub.read(&world.repo, "main", &format!("w{n}.bin"));
        assert_eq!(there.unwrap(), bytes(n as u64, 1_200_000));
    }
}

#[tokio::test]
async fn memory_is_kept_for_those_who_want_the_bytes_again() {
    let (world, prepared, seen) = held_at_each_put(true).await;
    assert_eq!(seen, [FILES; FILES]);
    assert!(prepared.iter().all(|file| file.sha256().is_some()));
    assert_eq!(world.titles(), ["initial commit"]);
}

#[tokio::test]
async fn regular_files_are_left_to_the_commit() {
    let world = World::new().await;
    let held = Arc::<AtomicUsize>::default();
    world.hub.set_lfs_threshold(100_000_000);
    let ops = files(&held, "txt");
    let prepared = PreuploadLfsFiles::new(world.target.clone(), ops)
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.requests().len(), 1, "the preupload request");
    for file in &prepared {
        assert_eq!(file.upload_mode(), UploadMode::Regular);
        assert_eq!(file.sha256(), None);
    }
    assert_eq!(held.load(Ordering::SeqCst), FILES, "their bytes are needed");
    world.hub.clear_requests();
    let operations = prepared.into_iter().map(CommitOperation::from);
    CreateCommit::new(world.target.clone(), operations, "Named")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.requests().len(), 1, "only the commit");
    for n in 0..FILES {
        let there = world.hub.read(&world.repo, "main", &format!("w{n}.txt"));
        assert_eq!(there.unwrap(), bytes(n as u64, 1_200_000));
    }
}

#[tokio::test]
async fn files_that_the_rules_ignore_are_not_sent() {
    let world = World::new().await;
    let ops = ["w.bin", "w.tmp"].map(|name| {
        CommitOperationAdd::from_bytes(name, bytes(name.len() as u64, 1_200_000)).unwrap()
    });
    let prepared = PreuploadLfsFiles::new(world.target.clone(), ops.clone())
        .gitignore_content("*.tmp\n")
        .run(&world.client)
        .await
        .unwrap();
    let puts = world.hub.count_requests(|r| r.method == Method::PUT);
    assert_eq!(puts, 1);
    assert!(!prepared[0].is_ignored() && prepared[1].is_ignored());
    let operations = prepared.into_iter().map(CommitOperation::from);
    CreateCommit::new(world.target.clone(), operations, "Named")
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(
        world.hub.files(&world.repo, "main"),
        [".gitattributes", "w.bin"]
    );
    let none = PreuploadLfsFiles::new(world.target.clone(), ops).num_threads(0);
    let error = none.run(&world.client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
}
