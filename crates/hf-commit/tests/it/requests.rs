//! How many requests uploads take, against the Python client's.

use crate::support::{World, write};
use hf_commit::UploadFolder;

/// What `huggingface_hub` 2.4.0 sends for the same folders to the same Hub (the `upload` bench counts them again).
const PYTHON_SMALL: usize = 10;
const PYTHON_LARGE: usize = 404;

async fn requests_for(files: usize, lfs: bool) -> usize {
    let world = World::new().await;
    if lfs {
        world.hub.set_lfs_threshold(1);
    }
    let dir = tempfile::tempdir().unwrap();
    for i in 0..files {
        write(dir.path(), &format!("f{i:04}"), i.to_string());
    }
    UploadFolder::new(world.target.clone(), dir.path())
        .state_dir(world.state.path())
        .run(&world.client)
        .await
        .unwrap();
    assert_eq!(world.hub.files(&world.repo, "main").len(), files + 1);
    world.hub.requests().len()
}

#[tokio::test]
async fn two_thousand_small_files_take_no_more_requests_than_in_python() {
    let requests = requests_for(2000, false).await;
    assert!(requests <= PYTHON_SMALL, "{requests}");
}

#[tokio::test]
async fn two_hundred_large_files_take_no_more_requests_than_in_python() {
    let requests = requests_for(200, true).await;
    assert!(requests <= PYTHON_LARGE, "{requests}");
}
