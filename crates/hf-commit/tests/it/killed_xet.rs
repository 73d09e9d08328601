//! An upload to Xet storage that is killed, and the one after it.

use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use hf_commit::{CommitOperationAdd, RepoTarget, UploadFile};
use hf_transport::Client;

use crate::support::{World, bytes};

const BYTES: usize = 70_000_000;

/// Set in the process that is killed: the file that it uploads.
const FILE: &str = "HF_COMMIT_TEST_XET_FILE";

/// This test program again, as the process that uploads.
fn start(world: &World, file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed_xet::a_file_is_uploaded", "--nocapture"])
        .env(FILE, file)
        .env("HF_ENDPOINT", world.hub.endpoint())
        .env("HF_TOKEN", world.hub.token())
        .env("HF_HOME", world.state.path().join("home"))
        .spawn()
        .unwrap()
}

/// What the killed process does; by itself, an upload that is not killed.
#[tokio::test]
async fn a_file_is_uploaded() {
    if let Some(file) = std::env::var_os(FILE) {
        return upload(&Client::new().unwrap(), file.as_ref()).await;
    }
    let world = World::with_xet().await;
    let file = world.state.path().join("weights.bin");
    std::fs::write(&file, bytes(1, 2_000_000)).unwrap();
    upload(&world.client, &file).await;
    assert_eq!(world.hub.xet().stats().shards, 1);
}

async fn upload(client: &Client, file: &Path) {
    let add = CommitOperationAdd::from_path("weights.bin", file).unwrap();
    UploadFile::new(RepoTarget::model("user/repo").unwrap(), add)
        .run(client)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_upload_commits_nothing_and_the_next_one_sends_the_rest() {
    let world = World::with_xet().await;
    let file = world.state.path().join("weights.bin");
    let content = bytes(1, BYTES);
    std::fs::write(&file, &content).unwrap();
    let before = world.titles();

    let mut killed = start(&world, &file);
    while world.hub.xet().stats().new_xorbs < 3 {
        assert!(
            killed.try_wait().unwrap().is_none(),
            "it has ended by itself"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(world.titles(), before);
    assert_eq!(world.hub.xet().stats().shards, 0);

    assert!(start(&world, &file).wait().unwrap().success());
    let stored = world.hub.read(&world.repo, "main", "weights.bin").unwrap();
    assert!(stored == content);
    let stats = world.hub.xet().stats();
    // Only those that were in flight when the process was killed may have been sent twice.
    assert!(stats.known_xorbs <= 3, "{stats:?}");
    assert_eq!(stats.shards, 1);
}
