//! A Hub and a session that knows it.

use std::sync::Arc;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::error::Result;
use datafusion::prelude::{SessionConfig, SessionContext};
use engine_support::World;
use hf_object_store::HubRoot;
use hf_testhub::{RepoName, RepoType};
use url::Url;

/// Ten columns of which no two are alike and none compresses well, in files by region.
pub(crate) const ROWS: &str = "SELECT value, value % 3 AS region, \
    value * 7919 % 1000003 AS c0, value * 104729 % 1000033 AS c1, value * 1299709 % 1000037 AS c2, \
    value * 15485863 % 1000039 AS c3, value * 32452843 % 1000081 AS c4, value * 49979687 % 1000099 AS c5, \
    value * 67867967 % 1000117 AS c6, value * 86028121 % 1000121 AS c7 FROM generate_series(1, 60000)";

/// All columns of them.
pub(crate) const SUMS: &str = "SELECT count(*) AS n, sum(value) AS v, sum(c0) AS s0, sum(c1) AS s1, sum(c2) AS s2, \
    sum(c3) AS s3, sum(c4) AS s4, sum(c5) AS s5, sum(c6) AS s6, sum(c7) AS s7 FROM t";

/// A session with the stores of datasets and buckets.
pub(crate) struct Session {
    pub(crate) context: SessionContext,
    pub(crate) datasets: HubRoot,
}

impl Session {
    pub(crate) fn new(world: &World) -> Self {
        Self::with(world.root("hf://datasets"), world.root("hf://buckets"))
    }

    pub(crate) fn with(datasets: HubRoot, buckets: HubRoot) -> Self {
        let config = SessionConfig::new().with_target_partitions(2);
        let context = SessionContext::new_with_config(config);
        for (host, store) in [("datasets", datasets.clone()), ("buckets", buckets)] {
            let url = Url::parse(&format!("hf://{host}")).unwrap();
            context.register_object_store(&url, Arc::new(store));
        }
        Self { context, datasets }
    }

    /// Runs a statement, and returns the number of rows of its result.
    pub(crate) async fn run(&self, statement: &str) -> Result<usize> {
        let batches = self.context.sql(statement).await?.collect().await?;
        Ok(batches.iter().map(|batch| batch.num_rows()).sum())
    }

    /// Runs a query, and returns its result as text.
    pub(crate) async fn query(&self, query: &str) -> Result<String> {
        let batches = self.context.sql(query).await?.collect().await?;
        Ok(pretty_format_batches(&batches)?.to_string())
    }

    /// Creates the table `t` of the parquet files that [`written`] has written.
    pub(crate) async fn create_table(&self) {
        self.run(
            "CREATE EXTERNAL TABLE t STORED AS PARQUET PARTITIONED BY (region) \
             LOCATION 'hf://datasets/user/data/parquet/'",
        )
        .await
        .unwrap();
    }
}

pub(crate) fn data() -> RepoName {
    RepoName::from((RepoType::Dataset, "user/data"))
}

/// Writes [`ROWS`] to a dataset, one parquet file for each region.
pub(crate) async fn written() -> World {
    let world = World::with(&["user/data"]).await;
    let copy = format!(
        "COPY ({ROWS}) TO 'hf://datasets/user/data/parquet/' STORED AS PARQUET PARTITIONED BY (region)"
    );
    Session::new(&world).run(&copy).await.unwrap();
    world.hub.clear_requests();
    world
}
