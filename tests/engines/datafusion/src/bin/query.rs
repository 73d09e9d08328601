use std::sync::Arc;

use datafusion::prelude::SessionContext;
use hf_object_store::HubRoot;
use url::Url;

/// Counts the rows of a dataset by year, and writes those of 2024 to another one:
/// `query hf://datasets/org/data/train/ hf://datasets/me/subset/2024.parquet`.
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut urls = std::env::args().skip(1);
    let (Some(from), Some(to)) = (urls.next(), urls.next()) else {
        return Err("usage: query FROM TO".into());
    };
    let context = SessionContext::new();
    // The token and the endpoint come from the environment: HF_TOKEN, HF_ENDPOINT.
    let datasets = HubRoot::open("hf://datasets")?;
    context.register_object_store(&Url::parse("hf://datasets")?, Arc::new(datasets));

    let table = format!("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '{from}'");
    context.sql(&table).await?;
    let counts = "SELECT year, count(*) AS rows FROM t GROUP BY year ORDER BY year";
    context.sql(counts).await?.show().await?;
    let copy = format!("COPY (SELECT * FROM t WHERE year = 2024) TO '{to}' STORED AS PARQUET");
    context.sql(&copy).await?.collect().await?;
    Ok(())
}
