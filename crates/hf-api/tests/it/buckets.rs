//! Files go into buckets: in batches, with folders, for jobs, from repositories.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hf_api::calls::bucket_batch::BucketAdd;
use hf_api::calls::uploads::FileSource;
use hf_api::transport::progress::{ProgressEvent, ProgressSink};
use hf_api::{ErrorKind, HfApi};
use hf_testhub::{RepoType, TestHub};

struct World {
    hub: TestHub,
    api: HfApi,
    dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let hub = TestHub::start().await;
        hub.create_bucket("user/data");
        let dir = tempfile::tempdir().unwrap();
        let config = hf_api::transport::Config::in_folder(dir.path().join("home"));
        let api = HfApi::builder()
            .client(|client| client.config(config))
            .endpoint(hub.endpoint())
            .token(hub.token())
            .build()
            .unwrap();
        Self { hub, api, dir }
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The content of a file in a bucket.
    async fn read(&self, bucket: &str, path: &str) -> Option<Vec<u8>> {
        let files = self
            .api
            .get_bucket_paths_info(bucket, [path])
            .await
            .unwrap();
        let file = files.first()?;
        if file.size == Some(0) {
            return Some(Vec::new());
        }
        let content = self.hub.xet().file(&file.xet_hash)?;
        Some(content.to_bytes().unwrap().to_vec())
    }
}

#[tokio::test]
async fn files_of_every_kind_are_added_and_old_ones_deleted_in_one_request() {
    let world = World::new().await;
    world.hub.add_bucket_file("user/data", "old.txt", "old");
    let large = vec![7; 3_000_000];
    let path = world.write("large.bin", &large);
    world
        .api
        .batch_bucket_files("user/data")
        .add([
            BucketAdd::new(path, "models/large.bin"),
            BucketAdd::new(FileSource::bytes("text"), "b.txt"),
            BucketAdd::new(FileSource::bytes(""), "empty"),
        ])
        .delete(["old.txt"])
        .await
        .unwrap();
    let listed = world.hub.bucket_files("user/data").unwrap();
    assert_eq!(listed, ["b.txt", "empty", "models/large.bin"]);
    assert!(world.read("user/data", "models/large.bin").await.unwrap() == large);
    assert_eq!(world.read("user/data", "b.txt").await.unwrap(), b"text");
    let batches = world.hub.count_requests(|r| r.path.ends_with("/batch"));
    assert_eq!(batches, 1);
    assert_eq!(world.hub.leaked_tokens(), [""; 0]);
}

#[tokio::test]
async fn a_missing_file_is_an_error_and_nothing_is_added() {
    let world = World::new().await;
    let adds = [
        BucketAdd::new(FileSource::bytes("text"), "a.txt"),
        BucketAdd::new(world.dir.path().join("missing"), "b.txt"),
    ];
    let error = world
        .api
        .batch_bucket_files("user/data")
        .add(adds)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileNotFound, "{error}");
    assert!(world.hub.bucket_files("user/data").unwrap().is_empty());
}

/// Operations that began and ended, with the number of files.
#[derive(Default)]
struct Told(Mutex<Vec<(String, Option<u64>)>>);

impl ProgressSink for Told {
    fn on_event(&self, event: &ProgressEvent<'_>) {
        let told = match *event {
            ProgressEvent::Begin {
                operation, files, ..
            } => (format!("{operation} begins"), files),
            ProgressEvent::End { operation } => (format!("{operation} ends"), None),
            _ => return,
        };
        self.0.lock().unwrap().push(told);
    }
}

#[tokio::test]
async fn progress_says_when_an_upload_begins_and_ends() {
    let world = World::new().await;
    let told = Arc::new(Told::default());
    let add = |name: &str| BucketAdd::new(FileSource::bytes(vec![1; 1_000]), name);
    let api = world.api.with_progress(told.clone());
    api.batch_bucket_files("user/data")
        .add([add("a"), add("b")])
        .await
        .unwrap();
    let told = told.0.lock().unwrap();
    let expected = [("begins", Some(2)), ("ends", None)];
    let expected = expected.map(|(what, files)| (format!("batch_bucket_files {what}"), files));
    assert_eq!(told[..], expected);
}

#[tokio::test]
async fn a_folder_is_synced_into_a_bucket_once() {
    let world = World::new().await;
    for i in 0..20 {
        world.write(&format!("out/part/{i}.txt"), format!("text {i}"));
    }
    world.write("out/large.bin", vec![3; 2_000_000]);
    world
        .hub
        .add_bucket_file("user/data", "run/gone.txt", "gone");
    let sync = || {
        world
            .api
            .sync_bucket()
            .source(world.dir.path().join("out").to_str().unwrap())
            .dest("hf://buckets/user/data/run")
            .delete(true)
    };
    let summary = sync().await.unwrap().summary();
    assert_eq!((summary.uploads, summary.deletes), (21, 1));
    let listed = world.hub.bucket_files("user/data").unwrap();
    assert_eq!(listed.len(), 21);
    assert_eq!(
        world.read("user/data", "run/part/7.txt").await.unwrap(),
        b"text 7"
    );
    let sent = world.hub.xet().stats();
    let again = sync().await.unwrap().summary();
    assert_eq!((again.uploads, again.deletes, again.skips), (0, 0, 21));
    assert_eq!(world.hub.xet().stats(), sent);
}

#[cfg(unix)]
#[tokio::test]
async fn a_plan_does_not_upload_through_a_link_to_another_folder() {
    let world = World::new().await;
    world.write("secret/key", "secret");
    let folder = world.write("out/a.txt", "text");
    let folder = folder.parent().unwrap();
    std::os::unix::fs::symlink(world.dir.path().join("secret"), folder.join("link")).unwrap();
    let plan = world.dir.path().join("plan.jsonl");
    let header = serde_json::json!({
        "type": "header", "source": folder, "dest": "hf://buckets/user/data",
        "timestamp": "2026-01-01T00:00:00Z", "summary": {},
    });
    let operation = serde_json::json!({
        "type": "operation", "action": "upload", "path": "link/key", "reason": "new file",
    });
    std::fs::write(&plan, format!("{header}\n{operation}\n")).unwrap();
    let error = world.api.sync_bucket().apply(plan).await.unwrap_err();
    assert!(error.message().contains("leads out of"), "{error}");
    assert!(world.hub.bucket_files("user/data").unwrap().is_empty());
}

#[tokio::test]
async fn a_local_script_and_its_files_are_where_the_job_looks_for_them() {
    let world = World::new().await;
    let script = world.write("train me.py", "print(1)");
    let config = world.write("conf/train.yaml", "a: 1");
    let other = world.write("conf/other/train.yaml", "b: 2");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let job = world
        .api
        .run_uv_job(text(&script))
        .script_args(["--config".to_owned(), text(&config), text(&other)])
        .await
        .unwrap();
    let command = job.command.unwrap();
    assert_eq!(command[..2], ["uv", "run"]);
    let files: Vec<&str> = command
        .iter()
        .filter_map(|arg| arg.strip_prefix("/data/"))
        .collect();
    assert_eq!(files.len(), 3, "{command:?}");
    assert_eq!(files[0], "train_me.py");
    let listed = world.hub.bucket_files("user/jobs-artifacts").unwrap();
    for (file, content) in files.iter().zip(["print(1)", "a: 1", "b: 2"]) {
        let path = listed.iter().find(|path| path.ends_with(file)).unwrap();
        assert_eq!(
            world.read("user/jobs-artifacts", path).await.unwrap(),
            content.as_bytes()
        );
    }
}

#[tokio::test]
async fn a_folder_for_jobs_is_in_the_bucket_even_if_it_is_empty() {
    let world = World::new().await;
    world.write("data/a.txt", "text");
    std::fs::create_dir(world.dir.path().join("empty")).unwrap();
    for (folder, file) in [("data", "a.txt"), ("empty", ".keep")] {
        let source = world.dir.path().join(folder);
        let volume = world
            .api
            .sync_job_volume(source.to_str().unwrap(), "/data")
            .remote_name(folder)
            .await
            .unwrap();
        assert_eq!(volume.path.as_deref(), Some(folder));
        let listed = world.hub.bucket_files("user/jobs-artifacts").unwrap();
        assert!(listed.contains(&format!("{folder}/{file}")), "{listed:?}");
    }
}

#[tokio::test]
async fn regular_files_of_a_repository_are_copied_into_a_bucket() {
    let world = World::new().await;
    let repo = world.hub.create_repo(RepoType::Model, "user/model");
    for (path, content) in [("config.json", "{}"), ("sub/notes.md", "notes")] {
        world.hub.add_file(&repo, path, content);
    }
    world
        .api
        .copy_files("hf://user/model", "hf://buckets/user/data/backup/")
        .await
        .unwrap();
    let listed = world.hub.bucket_files("user/data").unwrap();
    let config = listed
        .iter()
        .find(|path| path.ends_with("config.json"))
        .unwrap();
    assert_eq!(world.read("user/data", config).await.unwrap(), b"{}");
    assert!(
        listed.iter().any(|path| path.ends_with("sub/notes.md")),
        "{listed:?}"
    );
}
