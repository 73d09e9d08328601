//! Files that do not stay what they were, or cannot be read: a clear error, and nothing is committed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{World, bytes};
use hf_commit::{CommitOperationAdd, UploadFile, UploadFolder};
use hf_testhub::{Fault, Listener};
use hf_transport::{Error, ErrorKind};
use http::Method;

/// Uploads a file that `change` alters when the hub sees a request like `step`.
async fn altered(
    step: Fault,
    size: usize,
    change: impl Fn(&std::path::Path) + Send + Sync + 'static,
) -> (World, Error) {
    let world = World::new().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file.bin");
    std::fs::write(&path, bytes(3, size)).unwrap();
    let past = std::time::SystemTime::now() - Duration::from_secs(60);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(past).unwrap();
    drop(file);
    let op = CommitOperationAdd::from_path("file.bin", &path).unwrap();
    world.hub.fault(step.run(move |_| change(&path)));
    let error = UploadFile::new(world.target.clone(), op)
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(world.titles(), ["initial commit"], "nothing was committed");
    (world, error)
}

#[tokio::test]
async fn a_file_changes_between_its_hash_and_its_transfer() {
    let batch = || Fault::on(Method::POST, "*/objects/batch");
    let size = 2_000_000;
    let (_, error) = altered(batch(), size, |p| {
        std::fs::write(p, bytes(9, 2_000_000)).unwrap();
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Upload);
    assert!(error.to_string().contains("written again"), "{error}");
    let (_, error) = altered(batch(), size, |p| {
        std::fs::write(p, bytes(3, 2_000_100)).unwrap();
    })
    .await;
    assert!(
        error.to_string().contains("grew from 2000000 to 2000100"),
        "{error}"
    );
    let (_, error) = altered(batch(), size, |p| std::fs::write(p, "short").unwrap()).await;
    assert!(
        error.to_string().contains("shrank from 2000000 to 5"),
        "{error}"
    );
    let (world, error) = altered(batch(), size, |p| std::fs::remove_file(p).unwrap()).await;
    assert_eq!(error.kind(), ErrorKind::FileNotFound);
    assert!(error.to_string().contains("file.bin is gone"), "{error}");
    let puts = world.hub.count_requests(|r| r.method == Method::PUT);
    assert!(puts <= 1, "a file that is gone is not tried again");
}

#[tokio::test]
async fn a_file_shrinks_while_it_is_sent() {
    let world = World::new().await;
    world.hub.set_bandwidth(40_000_000);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file.bin");
    std::fs::write(&path, bytes(3, 30_000_000)).unwrap();
    let op = CommitOperationAdd::from_path("file.bin", &path).unwrap();
    let put = Fault::on(Method::PUT, "*").at(Listener::Storage);
    let handle = path.clone();
    world.hub.fault(put.run(move |_| {
        let file = std::fs::File::options().write(true).open(&handle).unwrap();
        file.set_len(1_000).unwrap();
    }));
    let upload = UploadFile::new(world.target.clone(), op);
    let error = upload.run(&world.client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upload, "{error}");
    assert!(error.to_string().contains("shrank"), "{error}");
    assert_eq!(world.titles(), ["initial commit"], "nothing was committed");
}

#[tokio::test]
async fn a_regular_file_changes_before_the_commit() {
    // Larger than what is kept in memory between the question and the commit.
    let preupload = || Fault::on(Method::POST, "/api/*/preupload/*");
    let (world, error) = altered(preupload(), 100_000, |p| {
        std::fs::write(p, "short").unwrap();
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Upload);
    assert!(error.to_string().contains("shrank"), "{error}");
    assert!(world.count("/commit/") <= 1);
    let (_, error) = altered(preupload(), 100_000, |p| std::fs::remove_file(p).unwrap()).await;
    assert_eq!(error.kind(), ErrorKind::FileNotFound);
    let (_, error) = altered(preupload(), 100_000, |p| {
        std::fs::write(p, bytes(3, 100_001)).unwrap();
    })
    .await;
    assert!(error.to_string().contains("grew"), "{error}");
    let (_, error) = altered(preupload(), 100_000, |p| {
        std::fs::write(p, bytes(4, 100_000)).unwrap();
    })
    .await;
    assert!(error.to_string().contains("written again"), "{error}");
}

#[tokio::test]
async fn a_folder_takes_the_place_of_a_file() {
    let swap = |p: &std::path::Path| {
        std::fs::remove_file(p).unwrap();
        std::fs::create_dir(p).unwrap();
    };
    let preupload = Fault::on(Method::POST, "/api/*/preupload/*");
    altered(preupload, 100_000, swap).await;
    let batch = Fault::on(Method::POST, "*/objects/batch");
    let (_, error) = altered(batch, 2_000_000, swap).await;
    assert!(error.to_string().contains("file.bin"), "{error}");
}

#[tokio::test]
async fn a_file_of_a_folder_changes_on_its_way() {
    for (name, size, step) in [
        ("w.bin", 2_000_000, "*/objects/batch"),
        ("t.txt", 100_000, "/api/*/preupload/*"),
    ] {
        let world = World::new().await;
        let dir = tempfile::tempdir().unwrap();
        crate::support::write(dir.path(), "a.txt", "stays");
        crate::support::write(dir.path(), name, bytes(3, size));
        let path = dir.path().join(name);
        world.hub.fault(Fault::on(Method::POST, step).run(move |_| {
            std::fs::write(&path, bytes(3, size + 1)).unwrap();
        }));
        let error = UploadFolder::new(world.target.clone(), dir.path())
            .state_dir(world.state.path())
            .run(&world.client)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Upload, "{error}");
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(world.titles(), ["initial commit"], "nothing was committed");
    }
}

struct Broken;

impl hf_commit::ByteSource for Broken {
    fn len(&self) -> u64 {
        4_000_000
    }

    fn open(&self, offset: u64) -> std::io::Result<Box<dyn std::io::Read + Send>> {
        struct Reader(u64);
        impl std::io::Read for Reader {
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                if self.0 >= 3_000_000 {
                    return Err(std::io::Error::other("bad sector"));
                }
                buf.fill(7);
                self.0 += buf.len() as u64;
                Ok(buf.len())
            }
        }
        Ok(Box::new(Reader(offset)))
    }
}

#[tokio::test]
async fn the_disk_fails_while_reading() {
    let world = World::new().await;
    // While it is hashed.
    let op = CommitOperationAdd::from_source("w.bin", Broken).unwrap();
    let error = UploadFile::new(world.target.clone(), op)
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("bad sector"), "{error}");
    // While it is sent.
    let op = CommitOperationAdd::from_source("w.bin", Broken)
        .unwrap()
        .with_sha256(hf_types::Sha256::from([7; 32]));
    let error = UploadFile::new(world.target.clone(), op)
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("bad sector"), "{error}");
    // As part of the commit itself.
    world.hub.set_lfs_threshold(100_000_000);
    let op = CommitOperationAdd::from_source("w.txt", Broken).unwrap();
    let error = UploadFile::new(world.target.clone(), op)
        .run(&world.client)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(world.titles(), ["initial commit"], "nothing was committed");
}

/// A source that panics where an error was meant.
struct Panicking {
    at: u64,
    opened: Arc<AtomicUsize>,
}

impl hf_commit::ByteSource for Panicking {
    fn len(&self) -> u64 {
        2_000_000
    }

    fn open(&self, offset: u64) -> std::io::Result<Box<dyn std::io::Read + Send>> {
        struct Reader(u64, u64);
        impl std::io::Read for Reader {
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                assert!(self.0 < self.1, "no such sector");
                buf.fill(7);
                self.0 += buf.len() as u64;
                Ok(buf.len())
            }
        }
        self.opened.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Reader(offset, self.at)))
    }
}

#[tokio::test]
async fn a_source_that_panics_is_an_error_that_is_not_tried_again() {
    let sha256 = hf_types::Sha256::from([7; 32]);
    for (name, hashed) in [("w.bin", false), ("w.bin", true), ("w.txt", false)] {
        let world = World::new().await;
        if name == "w.txt" {
            // As part of the commit itself.
            world.hub.set_lfs_threshold(100_000_000);
        }
        let opened = Arc::new(AtomicUsize::new(0));
        let source = Panicking {
            at: 1_000_000,
            opened: Arc::clone(&opened),
        };
        let mut op = CommitOperationAdd::from_source(name, source).unwrap();
        if hashed {
            // So that it panics while it is sent.
            op = op.with_sha256(sha256);
        }
        let error = UploadFile::new(world.target.clone(), op)
            .run(&world.client)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.to_string().contains("no such sector"), "{error}");
        assert_eq!(
            opened.load(Ordering::SeqCst),
            2,
            "for the sample, and once more"
        );
        assert_eq!(world.titles(), ["initial commit"]);
    }
}
