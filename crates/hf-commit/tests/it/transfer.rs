//! Another way for large files to leave, beside Git LFS.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{World, bytes, write};
use hf_commit::{
    CommitOperationAdd, CreateCommit, LargeFile, LfsTransfer, UploadFolder, UploadJob,
    UploadTransfer,
};
use hf_testhub::Fault;
use hf_transport::digest::Sha256Hasher;
use hf_transport::{BoxFuture, Error, ErrorKind, Request, Result, TokenMode};
use hf_types::Sha256;
use http::Method;

/// Takes what is called `x-...`, learning its hash only while it sends it; leaves the rest to the next.
#[derive(Debug, Default)]
struct Other {
    taken: AtomicUsize,
    loses_files: bool,
}

impl UploadTransfer for Other {
    fn name(&self) -> &'static str {
        "other"
    }

    fn upload(&self, mut job: UploadJob) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            while let Some(file) = job.next().await {
                if !file.path_in_repo().starts_with("x-") {
                    job.decline(file).await?;
                    continue;
                }
                assert!(file.sha256().is_none(), "nobody hashed it for us");
                self.taken.fetch_add(1, Ordering::SeqCst);
                if self.loses_files {
                    continue;
                }
                let mut content = Vec::new();
                file.open(0)?
                    .read_to_end(&mut content)
                    .map_err(|e| Error::io("reading", e))?;
                let sha256 = Sha256Hasher::digest(&content);
                store(&job, &file, content, sha256).await?;
                job.done(file, sha256)?;
            }
            Ok(())
        })
    }
}

/// Puts the bytes where the Hub will look for them.
async fn store(job: &UploadJob, file: &LargeFile, content: Vec<u8>, sha256: Sha256) -> Result<()> {
    let batch = Request::post(format!(
        "/{}.git/info/lfs/objects/batch",
        job.target().repo_id
    ))
    .token(job.token().clone())
    .json(&serde_json::json!({
        "operation": "upload", "transfers": ["basic"], "hash_algo": "sha256",
        "objects": [{"oid": sha256, "size": file.size()}],
    }));
    let answer: serde_json::Value = job.client().fetch(batch).await?.json()?;
    let href = answer["objects"][0]["actions"]["upload"]["href"]
        .as_str()
        .unwrap();
    let put = Request::put(href).token(TokenMode::None).body(content);
    job.client().fetch(put).await.map(drop)
}

fn operations() -> [hf_commit::CommitOperation; 2] {
    ["x-1.bin", "w.bin"].map(|name| {
        let seed = u64::from(name == "x-1.bin");
        CommitOperationAdd::from_bytes(name, bytes(seed, 1_500_000))
            .unwrap()
            .into()
    })
}

#[tokio::test]
async fn what_one_transfer_declines_the_next_one_takes() {
    let world = World::new().await;
    let other = Arc::new(Other::default());
    CreateCommit::new(world.target.clone(), operations(), "Both")
        .transfer(Arc::clone(&other) as Arc<dyn UploadTransfer>)
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(other.taken.load(Ordering::SeqCst), 1);
    for (name, seed) in [("x-1.bin", 1), ("w.bin", 0)] {
        assert_eq!(
            world.hub.read(&world.repo, "main", name).unwrap(),
            bytes(seed, 1_500_000)
        );
    }
    assert_eq!(LfsTransfer.name(), "lfs");
}

#[tokio::test]
async fn a_file_that_a_transfer_loses_is_an_error_that_names_it() {
    for as_folder in [false, true] {
        let world = World::new().await;
        let other = Arc::new(Other {
            loses_files: true,
            ..Other::default()
        });
        let error = if as_folder {
            let dir = tempfile::tempdir().unwrap();
            write(dir.path(), "x-1.bin", bytes(1, 1_500_000));
            let upload = UploadFolder::new(world.target.clone(), dir.path());
            let upload = upload.state_dir(world.state.path()).transfer(other);
            upload.run(&world.client).await.unwrap_err()
        } else {
            let commit = CreateCommit::new(world.target.clone(), operations(), "Both");
            commit.transfer(other).run(&world.client).await.unwrap_err()
        };
        assert_eq!(error.kind(), ErrorKind::Upload);
        assert!(error.to_string().contains("`x-1.bin`"), "{error}");
        assert_eq!(world.titles(), ["initial commit"]);
    }
}

/// Sends half of a file, and then its service is gone: that file and all after it are left to the next.
#[derive(Debug, Default)]
struct Flaky {
    begun: AtomicUsize,
    left: AtomicUsize,
    /// Waits with the second file until somebody else has sent the first.
    first_is_stored: tokio::sync::Notify,
}

impl UploadTransfer for Flaky {
    fn name(&self) -> &'static str {
        "flaky"
    }

    fn upload(&self, mut job: UploadJob) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            while let Some(file) = job.next().await {
                if self.left.fetch_add(1, Ordering::SeqCst) == 0 {
                    self.begun.fetch_add(1, Ordering::SeqCst);
                    let half = Request::put(job.client().endpoint().to_string() + "/nowhere")
                        .body(bytes(1, 750_000));
                    job.client().fetch(half).await.unwrap_err();
                    job.decline(file).await?;
                    self.first_is_stored.notified().await;
                } else {
                    job.decline(file).await?;
                }
            }
            Ok(())
        })
    }
}

#[tokio::test]
async fn what_a_transfer_fails_to_send_goes_over_lfs_while_it_still_runs() {
    let world = World::new().await;
    let flaky = Arc::new(Flaky::default());
    let notify = Arc::clone(&flaky);
    let verified = Fault::on(Method::POST, "*/verify*");
    world
        .hub
        .fault(verified.run(move |_| notify.first_is_stored.notify_one()));
    let make = |names: [&str; 2]| {
        let ops = names.map(|name| {
            let content = bytes(name.len() as u64, 1_500_000);
            CommitOperationAdd::from_bytes(name, content)
                .unwrap()
                .into()
        });
        CreateCommit::new(world.target.clone(), ops, "Fallen back")
    };
    make(["w.bin", "w2.bin"])
        .transfer(Arc::clone(&flaky) as Arc<dyn UploadTransfer>)
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(flaky.begun.load(Ordering::SeqCst), 1);
    assert_eq!(flaky.left.load(Ordering::SeqCst), 2);
    // The choice was that commit's alone.
    make(["w03.bin", "w004.bin"])
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(flaky.left.load(Ordering::SeqCst), 2);
    for name in ["w.bin", "w2.bin", "w03.bin", "w004.bin"] {
        let there = world.hub.read(&world.repo, "main", name).unwrap();
        assert_eq!(there, bytes(name.len() as u64, 1_500_000), "{name}");
    }
    assert_eq!(world.titles().len(), 3);
}

#[test]
fn an_upload_that_is_dropped_stops_hashing() {
    struct Endless(Arc<AtomicUsize>);
    impl hf_commit::ByteSource for Endless {
        fn len(&self) -> u64 {
            1 << 50
        }
        fn open(&self, _: u64) -> std::io::Result<Box<dyn std::io::Read + Send>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(Box::new(std::io::repeat(1)))
        }
    }
    let opened = Arc::new(AtomicUsize::new(0));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let started = Arc::clone(&opened);
    let uploading = runtime.spawn(async move {
        let world = World::new().await;
        let op = CommitOperationAdd::from_source("w.bin", Endless(started)).unwrap();
        CreateCommit::new(world.target.clone(), [op.into()], "Never")
            .run(&world.client)
            .await
    });
    // Once for the sample, once for the hash.
    while opened.load(Ordering::SeqCst) < 2 {
        std::thread::yield_now();
    }
    uploading.abort();
    // Waits for all threads: it would take years if the hash went on.
    drop(runtime);
}
