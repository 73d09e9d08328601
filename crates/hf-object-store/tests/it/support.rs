//! A Hub with a dataset and a bucket, and stores of them.

use std::ops::Range;
use std::time::Duration;

use hf_api::transport::RetryConfig;
use hf_api::{Client, HfApi};
use hf_object_store::{HubStore, HubStoreBuilder};
use hf_testhub::{Blob, Fault, Listener, Op, RepoName, RepoType, TestHub};
use object_store::path::Path;

pub(crate) const REPO: &str = "user/data";
pub(crate) const BUCKET: &str = "user/bucket";
/// The size from which files are large: those are in storage behind the Hub.
pub(crate) const LARGE: u64 = 100_000;

pub(crate) struct World {
    pub(crate) hub: TestHub,
    repo: RepoName,
}

impl World {
    /// A Hub with an empty dataset and an empty bucket.
    pub(crate) async fn new() -> Self {
        let hub = TestHub::start().await;
        hub.set_lfs_threshold(LARGE);
        let repo = hub.create_repo(RepoType::Dataset, REPO);
        hub.create_bucket(BUCKET);
        hub.clear_requests();
        Self { hub, repo }
    }

    /// The same with files in the dataset.
    pub(crate) async fn with(files: impl IntoIterator<Item = (&str, Blob)>) -> Self {
        let world = Self::new().await;
        world.commit(files);
        world.hub.clear_requests();
        world
    }

    pub(crate) fn repo(&self) -> RepoName {
        self.repo.clone()
    }

    pub(crate) fn commit<'a>(&self, files: impl IntoIterator<Item = (&'a str, Blob)>) -> String {
        let operations = files
            .into_iter()
            .map(|(path, content)| Op::add(path, content));
        self.hub.commit(self.repo(), "change", operations)
    }

    pub(crate) fn client(&self, token: Option<&str>) -> Client {
        let client = Client::builder()
            .endpoint(self.hub.endpoint())
            .retry(RetryConfig::quick());
        match token {
            Some(token) => client.token(token),
            None => client.no_token(),
        }
        .build()
        .unwrap()
    }

    /// A builder with the owner's token.
    pub(crate) fn builder(&self, url: &str) -> HubStoreBuilder {
        let client = self.client(Some(self.hub.token()));
        HubStoreBuilder::new().url(url).client(client)
    }

    pub(crate) fn at(&self, revision: &str) -> HubStore {
        let url = format!("hf://datasets/{REPO}@{revision}");
        self.builder(&url).build().unwrap()
    }

    pub(crate) fn store(&self) -> HubStore {
        self.builder(&format!("hf://datasets/{REPO}"))
            .build()
            .unwrap()
    }

    pub(crate) fn bucket(&self) -> HubStoreBuilder {
        self.builder(&format!("hf://buckets/{BUCKET}"))
    }

    pub(crate) fn anonymous(&self) -> HubStore {
        HubStoreBuilder::new()
            .url(format!("hf://datasets/{REPO}"))
            .api(HfApi::from_client(self.client(None)))
            .build()
            .unwrap()
    }

    /// The requests since the last look, as `listener method path`.
    pub(crate) fn lines(&self) -> Vec<String> {
        let requests = self.hub.requests();
        let lines = requests
            .iter()
            .map(|request| format!("{:?} {} {}", request.listener, request.method, request.path))
            .collect();
        self.hub.clear_requests();
        lines
    }

    pub(crate) fn count(&self, listener: Listener) -> usize {
        self.hub
            .count_requests(|request| request.listener == listener)
    }
}

/// A fault of the origins that have the bytes of large files.
pub(crate) fn storage(fault: fn(&str) -> Fault) -> [Fault; 2] {
    [
        fault("*").at(Listener::Storage),
        fault("*").at(Listener::Bridge),
    ]
}

pub(crate) fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

pub(crate) fn text(text: &str) -> Blob {
    Blob::from(text.as_bytes().to_vec())
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A range of positions as one of indexes.
pub(crate) fn span(range: &Range<u64>) -> Range<usize> {
    usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()
}
