//! A Hub with a repository, a cache, a client, and looks at what became of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hf_cache::{HfHubDownload, SnapshotDownload, scan_cache_dir};
use hf_testhub::{Blob, Hub, Op, RecordedRequest, TestHub};
use hf_transport::{Client, Config, Result, RetryConfig, Timeouts};

pub(crate) const REPO: &str = "user/repo";
/// The size from which a repository's files are large in these tests.
pub(crate) const LARGE: u64 = 1_000_000;

pub(crate) struct World {
    pub(crate) hub: TestHub,
    pub(crate) client: Client,
    dir: tempfile::TempDir,
}

impl World {
    /// A Hub without repositories.
    pub(crate) async fn empty() -> Self {
        let hub = TestHub::start().await;
        hub.set_lfs_threshold(LARGE);
        let client = client(&hub);
        Self {
            hub,
            client,
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// A Hub with [`REPO`] and these files.
    pub(crate) async fn with(files: impl IntoIterator<Item = (&str, Blob)>) -> Self {
        let world = Self::empty().await;
        world.hub.create_repo(hf_testhub::RepoType::Model, REPO);
        world.commit(files);
        world.hub.clear_requests();
        world
    }

    pub(crate) fn commit<'a>(&self, files: impl IntoIterator<Item = (&'a str, Blob)>) -> String {
        let operations = files
            .into_iter()
            .map(|(path, content)| Op::add(path, content));
        self.hub.commit(REPO, "change", operations)
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.dir.path().join("hub")
    }

    pub(crate) fn local(&self) -> PathBuf {
        self.dir.path().join("local")
    }

    pub(crate) fn repo_folder(&self) -> PathBuf {
        self.cache().join("models--user--repo")
    }

    /// Where the snapshot of `main` is.
    pub(crate) fn snapshot_folder(&self) -> PathBuf {
        let commit = self.hub.resolve(REPO, "main").unwrap();
        self.repo_folder().join("snapshots").join(commit)
    }

    pub(crate) fn download(&self, filename: &str) -> HfHubDownload {
        self.download_from(REPO, filename)
    }

    pub(crate) fn download_from(&self, repo: &str, filename: &str) -> HfHubDownload {
        HfHubDownload::new(repo.parse().unwrap(), filename).cache_dir(self.cache())
    }

    pub(crate) fn snapshot(&self) -> SnapshotDownload {
        SnapshotDownload::new(REPO.parse().unwrap()).cache_dir(self.cache())
    }

    pub(crate) async fn get(&self, filename: &str) -> Result<PathBuf> {
        self.download(filename).run(&self.client).await
    }

    /// A client that makes no symbolic links, as on a disk that has none.
    pub(crate) fn without_symlinks(&self) -> Client {
        let config = Config::from_lookup(|name| match name {
            "HF_HOME" => Some("/nowhere"),
            "HF_HUB_DISABLE_SYMLINKS" => Some("1"),
            _ => None,
        });
        Client::builder()
            .config(config.unwrap())
            .endpoint(self.hub.endpoint())
            .no_token()
            .build()
            .unwrap()
    }

    pub(crate) async fn get_all(&self) -> Result<PathBuf> {
        self.snapshot().run(&self.client).await
    }

    /// The requests since the last look, as `METHOD /path`.
    pub(crate) fn requests(&self) -> Vec<String> {
        let lines = self
            .hub
            .requests()
            .iter()
            .map(|r| format!("{} {}", r.method, r.path))
            .collect();
        self.hub.clear_requests();
        lines
    }

    /// Nothing in the cache is wrong: every content is what its name says, every link leads to one, Python's rules hold.
    pub(crate) fn assert_sound(&self) {
        let Ok(info) = scan_cache_dir(self.cache()) else {
            return;
        };
        let no_snapshot_yet = info
            .warnings
            .iter()
            .all(|w| w.message.contains("no folder `snapshots`"));
        assert!(no_snapshot_yet, "{:?}", info.warnings);
        let report = info.verify();
        assert_eq!(report.corrupted, [], "corrupted");
        for path in files(&self.repo_folder().join("blobs")).into_keys() {
            let name = path.to_string_lossy().into_owned();
            if !name.ends_with(".incomplete") {
                let etag = hash_of(&self.repo_folder().join("blobs").join(&path), name.len());
                assert_eq!(name, etag, "a content under a wrong name");
            }
        }
    }

    /// The files of a snapshot are those of the Hub at `revision`.
    pub(crate) fn assert_snapshot(&self, folder: &Path, revision: &str) {
        let mut expected = BTreeMap::new();
        for path in self.hub.files(REPO, revision) {
            let content = self.hub.read(REPO, revision, &path).unwrap();
            expected.insert(PathBuf::from(path), content.to_vec());
        }
        assert!(
            files(folder) == expected,
            "the snapshot differs from {revision}"
        );
    }

    pub(crate) fn partials(&self) -> Vec<PathBuf> {
        let blobs = self.repo_folder().join("blobs");
        files(&blobs)
            .into_keys()
            .filter(|p| p.extension().is_some_and(|e| e == "incomplete"))
            .map(|p| blobs.join(p))
            .collect()
    }
}

pub(crate) fn client(hub: &Hub) -> Client {
    let timeouts = Timeouts::default().with_idle(Duration::from_secs(2));
    Client::builder()
        .endpoint(hub.endpoint())
        .no_token()
        .timeouts(timeouts)
        .retry(RetryConfig::quick())
        .build()
        .unwrap()
}

/// A client whose requests are sent once: tests of what a download does about failures need not wait.
pub(crate) fn client_without_retries(hub: &Hub) -> Client {
    Client::builder()
        .endpoint(hub.endpoint())
        .no_token()
        .retry(RetryConfig::none())
        .build()
        .unwrap()
}

/// All files below a folder with what is in them, links followed; those of `.cache` left out.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|n| n == ".cache") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = fs::read(&path).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), content);
            }
        }
    }
    found
}

fn hash_of(path: &Path, digits: usize) -> String {
    let blob = Blob::from(fs::read(path).unwrap());
    if digits == 64 {
        blob.sha256().to_owned()
    } else {
        blob.git_oid().to_owned()
    }
}

pub(crate) fn text(content: &str) -> Blob {
    Blob::from(content)
}

/// Ranges that were asked for, in order.
pub(crate) fn ranges(requests: &[RecordedRequest]) -> Vec<String> {
    requests
        .iter()
        .filter_map(|r| r.header("range").map(str::to_owned))
        .collect()
}
