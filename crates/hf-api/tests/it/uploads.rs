//! Uploads through the facade: what its options reach.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hf_api::commit::{
    CommitOperation, CommitOperationAdd, HashIndex, LinksOutside, RepoTarget, UploadJob,
    UploadTransfer,
};
use hf_api::transport::BoxFuture;
use hf_api::transport::progress::{FileOutcome, ProgressEvent, ProgressSink};
use hf_api::{ErrorKind, HfApi, Result};
use hf_testhub::{Fault, Listener, RepoName, RepoType, TestHub};
use serde_json::json;

struct World {
    hub: TestHub,
    api: HfApi,
    repo: RepoName,
    dir: tempfile::TempDir,
}

impl World {
    async fn new(kind: RepoType) -> Self {
        let hub = TestHub::start().await;
        hub.set_lfs_threshold(100_000);
        let repo = hub.create_repo(kind, "user/repo");
        let dir = tempfile::tempdir().unwrap();
        let mut config = hf_api::transport::Config::from_env().unwrap();
        config.hf_home = dir.path().join("home");
        let api = HfApi::builder()
            .client(|client| client.config(config))
            .endpoint(hub.endpoint())
            .token(hub.token())
            .build()
            .unwrap();
        Self {
            hub,
            api,
            repo,
            dir,
        }
    }

    /// A folder of its own with a small and a large file.
    fn folder(&self) -> std::path::PathBuf {
        let folder = self.dir.path().join("folder");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.txt"), "text").unwrap();
        std::fs::write(folder.join("w.bin"), vec![7; LARGE]).unwrap();
        folder
    }
}

const LARGE: usize = 300_000;

/// What a sink received: how each file ended, and bytes.
#[derive(Debug, Default)]
struct Told {
    operations: Vec<String>,
    ended: Vec<(String, FileOutcome)>,
    hashed: u64,
    transferred: u64,
}

fn sink() -> (Arc<Mutex<Told>>, Arc<dyn ProgressSink>) {
    let told = Arc::<Mutex<Told>>::default();
    let seen = Arc::clone(&told);
    let sink = move |event: &ProgressEvent<'_>| {
        let mut told = seen.lock().unwrap();
        match event {
            ProgressEvent::Begin { operation, .. } => told.operations.push((*operation).into()),
            ProgressEvent::FileEnd { file, outcome } => {
                told.ended.push(((*file).into(), *outcome));
            }
            ProgressEvent::Hashed { bytes, .. } => told.hashed += bytes,
            ProgressEvent::Transferred { bytes, .. } => told.transferred += bytes,
            _ => {}
        }
    };
    (told, Arc::new(sink))
}

#[tokio::test]
async fn a_hot_reload_is_asked_for_with_the_commit_and_only_then() {
    let world = World::new(RepoType::Space).await;
    let app = || b"app".to_vec();
    world
        .api
        .upload_file(app(), "app.py", "user/repo")
        .repo_type("space")
        .hot_reload(true)
        .await
        .unwrap();
    let operations: [CommitOperation; 1] =
        [CommitOperationAdd::from_bytes("b.py", "b").unwrap().into()];
    world
        .api
        .create_commit("user/repo", operations, "B")
        .repo_type("space")
        .hot_reload(true)
        .await
        .unwrap();
    // By name, under Python's name.
    let by_name = |hot: serde_json::Value| {
        json!({"repo_id": "user/repo", "repo_type": "space", "path_in_repo": "c.py",
               "path_or_fileobj": {"content": hot.to_string()}, "_hot_reload": hot})
    };
    for hot in [json!(true), json!(false), json!(null)] {
        world.api.call("upload_file", by_name(hot)).await.unwrap();
    }
    let asked: Vec<String> = world
        .hub
        .requests()
        .into_iter()
        .filter(|r| r.path.contains("/commit/"))
        .map(|r| r.query)
        .collect();
    let hot = "hot_reload=1";
    assert_eq!(asked, [hot, hot, hot, "", ""]);
    let elsewhere = world
        .hub
        .count_requests(|r| r.query.contains("hot_reload") && !r.path.contains("/commit/"));
    assert_eq!(elsewhere, 0);
}

#[tokio::test]
async fn every_upload_tells_a_sink_of_each_file_and_of_the_whole() {
    let world = World::new(RepoType::Model).await;
    let api = &world.api;
    let whole = |told: &Mutex<Told>, operation: &str, files: &[&str], bytes: usize| {
        let told = std::mem::take(&mut *told.lock().unwrap());
        assert_eq!(told.operations, [operation]);
        let mut ended = told.ended;
        ended.sort_by(|a, b| a.0.cmp(&b.0));
        let wanted: Vec<_> = files
            .iter()
            .map(|f| ((*f).to_owned(), FileOutcome::Done))
            .collect();
        assert_eq!(ended, wanted, "{operation}");
        assert_eq!(told.transferred, bytes as u64, "{operation}");
        assert_eq!(told.hashed, bytes as u64, "{operation}");
    };

    let (told, to) = sink();
    api.upload_folder("user/repo", world.folder())
        .progress(to)
        .await
        .unwrap();
    whole(&told, "upload_folder", &["a.txt", "w.bin"], LARGE);

    let (told, to) = sink();
    api.upload_file(vec![1; LARGE], "one.bin", "user/repo")
        .progress(to)
        .await
        .unwrap();
    whole(&told, "create_commit", &["one.bin"], LARGE);

    let (told, to) = sink();
    let operations: Vec<CommitOperation> = vec![
        CommitOperationAdd::from_bytes("two.bin", vec![2; LARGE])
            .unwrap()
            .into(),
        CommitOperationAdd::from_bytes("two.txt", "2")
            .unwrap()
            .into(),
    ];
    api.create_commit("user/repo", operations, "Two")
        .progress(to)
        .await
        .unwrap();
    whole(&told, "create_commit", &["two.bin", "two.txt"], LARGE);

    let (told, to) = sink();
    let additions = [CommitOperationAdd::from_bytes("three.bin", vec![3; LARGE]).unwrap()];
    api.preupload_lfs_files("user/repo", additions)
        .progress(to)
        .await
        .unwrap();
    whole(&told, "preupload_lfs_files", &["three.bin"], LARGE);
}

#[cfg(unix)]
#[tokio::test]
async fn links_that_lead_out_of_a_folder_are_up_to_the_caller() {
    let world = World::new(RepoType::Model).await;
    let folder = world.folder();
    let outside = world.dir.path().join("outside.txt");
    std::fs::write(&outside, "outside").unwrap();
    std::os::unix::fs::symlink(&outside, folder.join("link.txt")).unwrap();

    let refused = world.api.upload_folder("user/repo", &folder).await;
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("link.txt"), "{error}");
    let args = |links: &str| json!({"repo_id": "user/repo", "folder_path": folder.to_str(), "links_outside": links});
    let wrong = world.api.call("upload_folder", args("maybe")).await;
    assert!(wrong.unwrap_err().to_string().contains("follow"));
    assert_eq!(world.hub.commits(&world.repo, "main").len(), 1);

    world
        .api
        .upload_folder("user/repo", &folder)
        .links_outside(LinksOutside::Follow)
        .await
        .unwrap();
    let there = world.hub.read(&world.repo, "main", "link.txt");
    assert_eq!(there.unwrap(), "outside");
    let again = world.api.call("upload_folder", args("follow")).await;
    assert!(again.is_ok(), "{again:?}");
}

#[tokio::test]
async fn a_commit_on_top_of_others_is_opt_in() {
    let world = World::new(RepoType::Model).await;
    let parent = world.hub.resolve(&world.repo, "main").unwrap();
    world.hub.add_file(&world.repo, "theirs", "x");
    let upload = |path: &str| {
        world
            .api
            .upload_file(b"ours".to_vec(), path, "user/repo")
            .parent_commit(&parent)
    };
    let conflict = upload("ours").await.unwrap_err();
    assert_eq!(conflict.kind(), ErrorKind::PreconditionFailed);
    upload("ours").rebase(true).await.unwrap();
    let clash = upload("theirs").rebase(true).await.unwrap_err();
    assert_eq!(clash.kind(), ErrorKind::PreconditionFailed);
    assert_eq!(world.hub.read(&world.repo, "main", "theirs").unwrap(), "x");
}

/// Leaves every file to the next, and counts them.
#[derive(Debug, Default)]
struct Onlooker(Mutex<Vec<String>>);

impl UploadTransfer for Onlooker {
    fn name(&self) -> &'static str {
        "onlooker"
    }

    fn upload(&self, mut job: UploadJob) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            while let Some(file) = job.next().await {
                self.0.lock().unwrap().push(file.path_in_repo().to_owned());
                job.decline(file).await?;
            }
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_transfer_and_an_index_are_chosen_per_call() {
    let world = World::new(RepoType::Model).await;
    let folder = world.folder();
    let past = std::time::SystemTime::now() - Duration::from_secs(3600);
    let file = std::fs::File::options()
        .write(true)
        .open(folder.join("w.bin"));
    file.unwrap().set_modified(past).unwrap();
    let index = Arc::new(HashIndex::open(world.dir.path().join("hashes")).unwrap());
    let onlooker = Arc::new(Onlooker::default());
    let upload = |name: &str| {
        world
            .api
            .upload_file(folder.join("w.bin"), name, "user/repo")
            .hash_index(Arc::clone(&index))
    };
    upload("one.bin")
        .transfer(Arc::clone(&onlooker) as Arc<dyn UploadTransfer>)
        .await
        .unwrap();
    let (told, to) = sink();
    upload("two.bin").progress(to).await.unwrap();
    assert_eq!(*onlooker.0.lock().unwrap(), ["one.bin"]);
    assert_eq!(told.lock().unwrap().hashed, 0, "its hash was known");
}

#[tokio::test]
async fn a_scheduler_has_the_token_of_its_client() {
    let world = World::new(RepoType::Dataset).await;
    let folder = world.folder();
    let target = || RepoTarget::dataset("user/repo").unwrap();
    let options = hf_api::RequestOptions::new().with_token(hf_api::TokenMode::None);
    let anonymous = world.api.with_options(options);
    let scheduler = anonymous.commit_scheduler(target(), &folder).start().await;
    assert!(scheduler.unwrap().stop().await.unwrap_err().is_auth());
    let scheduler = world.api.commit_scheduler(target(), &folder).start().await;
    scheduler.unwrap().stop().await.unwrap();
    assert!(world.hub.file(&world.repo, "main", "a.txt").is_some());
}

#[tokio::test]
async fn headers_of_a_call_go_to_the_hub_with_each_request_and_not_to_storage() {
    let world = World::new(RepoType::Model).await;
    let folder = world.folder();
    let marked = |path: &str| {
        world
            .api
            .upload_file(folder.join("w.bin"), path, "user/repo")
            .header("x-billing", "team")
    };
    marked("one.bin").await.unwrap();
    let upload = world.api.upload_folder("user/repo", &folder);
    upload.header("x-billing", "team").await.unwrap();
    let additions = [CommitOperationAdd::from_bytes("three.bin", vec![3; LARGE]).unwrap()];
    let preupload = world.api.preupload_lfs_files("user/repo", additions);
    preupload.header("x-billing", "team").await.unwrap();
    let copy = world
        .api
        .copy_files("hf://user/repo/a.txt", "hf://user/repo/b.txt");
    copy.header("x-billing", "team").await.unwrap();
    world
        .api
        .delete_file("b.txt", "user/repo")
        .header("x-billing", "team")
        .await
        .unwrap();
    for request in world.hub.requests() {
        let wanted = (request.listener == Listener::Hub).then_some("team");
        assert_eq!(request.header("x-billing"), wanted, "{}", request.line());
    }

    world
        .hub
        .fault(Fault::on_any("/api/*/preupload/*").stall().always());
    let error = marked("two.bin")
        .timeout(Duration::from_millis(200))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}
