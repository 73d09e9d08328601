//! A Hub with datasets and a bucket, and stores of it for an engine.

use std::process::Command;

use hf_api::Client;
use hf_api::transport::RetryConfig;
use hf_object_store::{HubRoot, HubStoreBuilder};
use hf_testhub::{Fault, Listener, RepoType, TestHub};

/// The bucket that every Hub here has.
pub const BUCKET: &str = "user/bucket";

/// The embedded Hub, and a client with the token of its user.
pub struct World {
    /// The Hub.
    pub hub: TestHub,
    client: Client,
}

impl World {
    /// Starts a Hub with these datasets, which are empty, and an empty bucket.
    pub async fn with(datasets: &[&str]) -> Self {
        let hub = TestHub::start().await;
        hub.set_lfs_threshold(1_000);
        for id in datasets {
            hub.create_repo(RepoType::Dataset, id);
        }
        hub.create_bucket(BUCKET);
        let client = Client::builder()
            .endpoint(hub.endpoint())
            .token(hub.token())
            .retry(RetryConfig::quick())
            .build()
            .expect("the endpoint of the Hub is one");
        Self { hub, client }
    }

    /// Returns a builder of stores of this Hub.
    pub fn builder(&self) -> HubStoreBuilder {
        HubStoreBuilder::new().client(self.client.clone())
    }

    /// Returns a new store of `hf://datasets`, `hf://buckets`, ...
    pub fn root(&self, root: &str) -> HubRoot {
        self.builder().build_root(root).expect("it is a root")
    }

    /// Sets the environment variables by which a program finds this Hub.
    pub fn configure<'c>(&self, program: &'c mut Command) -> &'c mut Command {
        program
            .env("HF_ENDPOINT", self.hub.endpoint())
            .env("HF_TOKEN", self.hub.token())
    }

    /// Returns the number of bytes of all response bodies since the last call.
    pub fn bytes_read(&self) -> u64 {
        let all = [
            Listener::Hub,
            Listener::Storage,
            Listener::Bridge,
            Listener::Cas,
        ];
        let sent = all.into_iter().map(|of| self.hub.bytes_sent(of)).sum();
        self.hub.clear_requests();
        sent
    }

    /// Returns the number of requests to the Hub's API, and of those to the storage behind it, since the last call.
    pub fn requests(&self) -> (usize, usize) {
        let all = self.hub.requests().len();
        let api = self
            .hub
            .count_requests(|request| request.listener == Listener::Hub);
        self.hub.clear_requests();
        (api, all - api)
    }

    /// Installs a fault at the servers that have the bytes of large files.
    pub fn fault_in_storage(&self, fault: impl Fn(Fault) -> Fault) {
        for listener in [Listener::Storage, Listener::Bridge] {
            self.hub.fault(fault(Fault::on_any("*").at(listener)));
        }
    }
}
