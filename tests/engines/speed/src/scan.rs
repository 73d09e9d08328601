//! A scan of all columns by DataFusion.

use std::sync::Arc;

use datafusion::prelude::{SessionConfig, SessionContext};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hf_api::transport::Request;
use hf_testhub::{Blob, Op, RepoName, RepoType};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use url::Url;

use crate::{AT_ONCE, Bench, RUNS, Result};

const DATASET: &str = "user/scan";
const FOLDER: &str = "train";
const FILES: u64 = 16;
/// Of eight columns that cannot be compressed: a gigabyte.
const ROWS: u64 = 16_000_000;
const COLUMNS: u64 = 8;

fn session() -> SessionContext {
    SessionContext::new_with_config(SessionConfig::new().with_target_partitions(AT_ONCE))
}

/// Creates the table `t` of the files in `store`.
async fn table(store: Arc<dyn ObjectStore>) -> Result<SessionContext> {
    let session = session();
    session.register_object_store(&Url::parse("bench://store")?, store);
    let create =
        format!("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 'bench://store/{FOLDER}/'");
    session.sql(&create).await?.collect().await?;
    Ok(session)
}

impl Bench {
    /// Writes the files, and measures a query that reads all of them.
    pub(crate) async fn scan(&self) -> Result {
        let local = tempfile::tempdir()?;
        let bytes = self.write_files(local.path()).await?;
        let what = format!("scan of {:.2} GB of parquet", bytes as f64 / 1e9);
        let sums: Vec<_> = (0..COLUMNS).map(|c| format!("sum(c{c})")).collect();
        let query = format!("SELECT {} FROM t", sums.join(", "));
        let mut stores = self.both(DATASET)?.to_vec();
        let on_disk = Arc::new(LocalFileSystem::new_with_prefix(local.path())?);
        stores.push(("files on the local disk", on_disk));
        for (who, store) in stores {
            let work = async || {
                let session = table(store.clone()).await?;
                let rows = session.sql(&query).await?.collect().await?;
                assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 1);
                Ok(())
            };
            self.measure(RUNS, work).await?.show(&what, who);
        }
        let work = async || {
            let reads = stream::iter(0..FILES).map(|i| async move {
                let url = format!("/datasets/{DATASET}/resolve/main/{FOLDER}/{i}.parquet");
                let response = self.client.execute(Request::get(url)).await?;
                let mut chunks = response.chunks();
                while let Some(chunk) = chunks.next().await {
                    chunk?;
                }
                Ok::<_, hf_api::Error>(())
            });
            let reads = reads.buffer_unordered(AT_ONCE);
            Ok(reads.try_for_each(async |()| Ok(())).await?)
        };
        self.measure(RUNS, work)
            .await?
            .show(&what, "bare client, which decodes nothing");
        Ok(())
    }

    /// Writes the parquet files with DataFusion to a local folder and, as they are, to the dataset. Returns their bytes.
    async fn write_files(&self, local: &std::path::Path) -> Result<u64> {
        let folder = local.join(FOLDER);
        std::fs::create_dir(&folder)?;
        let columns: Vec<_> = (0..COLUMNS).map(|c| format!("random() AS c{c}")).collect();
        let rows = ROWS / FILES;
        let mut operations = Vec::new();
        let mut bytes = 0;
        for i in 0..FILES {
            let file = folder.join(format!("{i}.parquet"));
            let copy = format!(
                "COPY (SELECT {} FROM generate_series(1, {rows})) TO '{}' STORED AS PARQUET",
                columns.join(", "),
                file.display()
            );
            session().sql(&copy).await?.collect().await?;
            let content = std::fs::read(&file)?;
            bytes += content.len() as u64;
            let path = format!("{FOLDER}/{i}.parquet");
            operations.push(Op::add(path, Blob::from(content)));
        }
        self.hub.create_repo(RepoType::Dataset, DATASET);
        let name = RepoName::from((RepoType::Dataset, DATASET));
        self.hub.commit(&name, "files", operations);
        Ok(bytes)
    }
}
