//! Trains: pushes metrics in the background and uploads checkpoints.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hf_api::commit::RepoTarget;
use hf_api::transport::progress::ProgressMeter;
use hf_api::{HfApi, Result};
use hf_testhub::TestHub;

use super::api;

const STEPS: usize = 3;

async fn train(api: &HfApi, dir: &Path) -> Result<()> {
    let logs = dir.join("logs");
    std::fs::create_dir_all(&logs).unwrap();
    let scheduler = api
        .commit_scheduler(RepoTarget::dataset("user/logs")?, &logs)
        .every(Duration::from_secs(3600))
        .state_dir(dir.join("state"))
        .start()
        .await?;
    api.create_repo("user/model").exist_ok(true).await?;
    let mut metrics = OpenOptions::new()
        .create(true)
        .append(true)
        .open(logs.join("metrics.jsonl"))
        .unwrap();
    for step in 0..STEPS {
        writeln!(metrics, "{{\"step\": {step}}}").unwrap();
        let checkpoint = vec![u8::try_from(step).unwrap(); 1000];
        api.upload_file(checkpoint, format!("checkpoint-{step}.bin"), "user/model")
            .await?;
    }
    // The next line is being written while a push reads the file.
    write!(metrics, "{{\"step\": ").unwrap();
    scheduler.trigger().await?;
    writeln!(metrics, "{STEPS}}}").unwrap();
    scheduler.stop().await?;
    Ok(())
}

#[tokio::test]
async fn metrics_and_checkpoints_are_on_the_hub_and_no_version_ends_within_a_line() {
    let hub = TestHub::start().await;
    let dir = tempfile::tempdir().unwrap();
    let meter = Arc::new(ProgressMeter::new());
    let api = api(&hub).with_progress(meter.clone());
    train(&api, dir.path()).await.unwrap();

    let files = api.list_repo_files("user/model").await.unwrap();
    assert!(
        files.iter().any(|file| file == "checkpoint-2.bin"),
        "{files:?}"
    );
    assert!(meter.summary().files_done >= STEPS as u64);
    let commits = api
        .list_repo_commits("user/logs")
        .repo_type("dataset")
        .await
        .unwrap();
    let mut lines = Vec::new();
    for commit in &commits {
        let found = api
            .hf_hub_download("user/logs", "metrics.jsonl")
            .repo_type("dataset")
            .revision(commit.commit_id.as_str())
            .cache_dir(dir.path().join("cache"))
            .await;
        // The first commit has no metrics yet.
        let Ok(path) = found else { continue };
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.ends_with('\n'), "{text:?}");
        lines.push(text.lines().count());
    }
    // The latest first. The push at the start may have found the first lines already.
    assert_eq!(lines[..2], [STEPS + 1, STEPS]);
    assert!(
        lines.is_sorted_by(|later, earlier| later > earlier),
        "{lines:?}"
    );
}
