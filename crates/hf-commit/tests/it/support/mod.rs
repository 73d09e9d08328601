//! What the tests of this crate share.
#![allow(dead_code)] // No test uses all of it.

pub(crate) mod scheduler;

use std::path::Path;
use std::time::Duration;

use hf_commit::{CommitOperation, CommitOperationAdd, RepoTarget};
use hf_testhub::{RecordedRequest, RepoName, RepoType, TestHub};
use hf_transport::{Client, ClientBuilder, Config, RetryConfig, Timeouts};

/// A Hub with a model `user/repo`, and a client of it.
pub(crate) struct World {
    pub(crate) hub: TestHub,
    pub(crate) client: Client,
    pub(crate) repo: RepoName,
    pub(crate) target: RepoTarget,
    /// Where uploads of this test keep what outlives them.
    pub(crate) state: tempfile::TempDir,
}

/// How long silence is suffered where a server falls silent. Everything else has the client's usual limits, so that a
/// loaded machine is not taken for a silent server.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_client(client).await
    }

    /// A client that gives up on a silent server after [`PATIENCE`].
    pub(crate) async fn impatient() -> Self {
        Self::with_client(|hub, token| {
            let timeouts = Timeouts::default()
                .with_headers(PATIENCE)
                .with_idle(PATIENCE);
            quick(hub, token).timeouts(timeouts).build().unwrap()
        })
        .await
    }

    async fn with_client(client: impl FnOnce(&TestHub, &str) -> Client) -> Self {
        let hub = TestHub::start().await;
        hub.set_lfs_threshold(1_000_000);
        let repo = hub.create_repo(RepoType::Model, "user/repo");
        let client = client(&hub, hub.token());
        Self {
            hub,
            client,
            repo,
            target: RepoTarget::model("user/repo").unwrap(),
            state: tempfile::tempdir().unwrap(),
        }
    }

    /// A Hub that keeps large files in Xet, and a client that uses it.
    pub(crate) async fn with_xet() -> Self {
        let mut world = Self::new().await;
        world.hub.set_xet(true);
        world.client = world.client_with(|_| {});
        world
    }

    /// A client that keeps its state in this test's folder, configured by `change`.
    pub(crate) fn client_with(&self, change: impl FnOnce(&mut Config)) -> Client {
        let mut config = Config::in_folder(self.state.path().join("home"));
        change(&mut config);
        // A store looks at megabytes before it responds.
        let client = builder(config, &self.hub, self.hub.token());
        client.timeouts(Timeouts::default()).build().unwrap()
    }

    pub(crate) fn text(&self, path: &str) -> Option<String> {
        let bytes = self.hub.read(&self.repo, "main", path)?;
        Some(String::from_utf8(bytes.into()).unwrap())
    }

    pub(crate) fn titles(&self) -> Vec<String> {
        self.hub
            .commits(&self.repo, "main")
            .into_iter()
            .map(|commit| commit.title)
            .collect()
    }

    /// How many requests had this text in their path.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.hub
            .count_requests(|request: &RecordedRequest| request.path.contains(part))
    }
}

/// Quick to try again; without Xet, which has tests of its own.
pub(crate) fn client(hub: &TestHub, token: &str) -> Client {
    quick(hub, token).build().unwrap()
}

fn quick(hub: &TestHub, token: &str) -> ClientBuilder {
    let mut config = Config::in_folder("/nonexistent");
    config.disable_xet = true;
    builder(config, hub, token)
}

fn builder(config: Config, hub: &TestHub, token: &str) -> ClientBuilder {
    Client::builder()
        .config(config)
        .endpoint(hub.endpoint())
        .token(token)
        .retry(RetryConfig::quick())
}

pub(crate) fn add(path: &str, content: &str) -> CommitOperation {
    CommitOperationAdd::from_bytes(path, content.to_owned())
        .unwrap()
        .into()
}

/// Bytes that differ by `seed` and do not repeat.
pub(crate) fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut out = Vec::with_capacity(len + 8);
    while out.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(len);
    out
}

pub(crate) fn write(dir: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}
