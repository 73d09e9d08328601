//! A Hub with datasets, and DataFusion on them.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::Result;
use datafusion::prelude::{SessionConfig, SessionContext};
use hf_api::transport::RetryConfig;
use hf_api::Client;
use hf_object_store::{HubRoot, HubStoreBuilder};
use hf_testhub::{Listener, RepoType, TestHub};
use url::Url;

/// A Hub with empty datasets, and a session whose `hf://datasets` and `hf://buckets` are there.
pub struct World {
    /// The Hub.
    pub hub: TestHub,
    /// The store of all datasets.
    pub datasets: HubRoot,
    /// The session.
    pub context: SessionContext,
}

impl World {
    /// Starts the Hub with these datasets and a bucket, `user/bucket`.
    pub async fn with(datasets: &[&str]) -> Self {
        let hub = TestHub::start().await;
        hub.set_lfs_threshold(1_000);
        for id in datasets {
            hub.create_repo(RepoType::Dataset, id);
        }
        hub.create_bucket("user/bucket");
        let client = Client::builder()
            .endpoint(hub.endpoint())
            .token(hub.token())
            .retry(RetryConfig::quick())
            .build()
            .expect("the endpoint of the Hub is one");
        let builder = HubStoreBuilder::new().client(client);
        let root = |root: &str| builder.clone().build_root(root).expect("it is a root");
        let datasets = root("hf://datasets");
        let config = SessionConfig::new().with_target_partitions(2);
        let context = SessionContext::new_with_config(config);
        for (host, store) in [("datasets", datasets.clone()), ("buckets", root("hf://buckets"))] {
            let url = Url::parse(&format!("hf://{host}")).expect("it is a URL");
            context.register_object_store(&url, Arc::new(store));
        }
        Self {
            hub,
            datasets,
            context,
        }
    }

    /// Runs a statement to its end.
    pub async fn sql(&self, statement: &str) -> Result<Vec<RecordBatch>> {
        self.context.sql(statement).await?.collect().await
    }

    /// Runs a query, and returns its table as text.
    pub async fn table(&self, query: &str) -> Result<String> {
        let batches = self.sql(query).await?;
        Ok(datafusion::arrow::util::pretty::pretty_format_batches(&batches)?.to_string())
    }

    /// The bytes of files that were sent since the last look.
    pub fn bytes_read(&self) -> u64 {
        let sent = [Listener::Hub, Listener::Storage, Listener::Bridge, Listener::Cas]
            .into_iter()
            .map(|listener| self.hub.bytes_sent(listener))
            .sum();
        self.hub.clear_requests();
        sent
    }
}
