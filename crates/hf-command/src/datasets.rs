//! `hf datasets`.

use clap::{Args, Subcommand};
use hf_api::types::{DatasetSort, ExpandDatasetProperty};
use serde_json::json;

use crate::args::{TokenArgs, repo_id};
use crate::failure::Done;
use crate::hub::{self, Hub, fact};
use crate::listing::{self, CardArgs, DATASET, InfoArgs, ListArgs, expand_parser, sort_parser};
use crate::output::{Facts, Output};
use crate::{duckdb, runtime};

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum DatasetsCommand {
    /// Print the card of a dataset: its README.md.
    Card(CardArgs),
    /// Print what the Hub knows of a dataset.
    Info {
        #[command(flatten)]
        info: InfoArgs,
        #[command(flatten)]
        expand: ExpandArgs,
    },
    /// List the scores of models on a benchmark.
    Leaderboard(LeaderboardArgs),
    /// List datasets, or the files of one.
    #[command(visible_alias = "ls")]
    List(DatasetListArgs),
    /// List the URLs of the Parquet files that the Hub has made of a dataset.
    Parquet(ParquetArgs),
    /// Run a query over Parquet files by DuckDB, which must be installed.
    Sql(SqlArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExpandArgs {
    /// Print only these properties, separated by commas, and the id.
    #[arg(long, value_delimiter = ',', value_parser = expand_parser(ExpandDatasetProperty::KNOWN), hide_possible_values = true)]
    expand: Option<Vec<String>>,
}

#[derive(Debug, Args)]
pub(crate) struct LeaderboardArgs {
    /// The dataset of the benchmark.
    #[arg(value_parser = repo_id)]
    dataset_id: String,
    /// The greatest number of scores to list.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct DatasetListArgs {
    #[command(flatten)]
    common: ListArgs,
    #[command(flatten)]
    expand: ExpandArgs,
    /// The order, greatest first.
    #[arg(long, conflicts_with = "repo_id", value_parser = sort_parser(DatasetSort::KNOWN))]
    sort: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ParquetArgs {
    /// The dataset.
    #[arg(value_parser = repo_id)]
    dataset_id: String,
    /// List files of this subset.
    #[arg(long)]
    subset: Option<String>,
    /// List files of this split.
    #[arg(long)]
    split: Option<String>,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SqlArgs {
    /// The query.
    sql: String,
    #[command(flatten)]
    token: TokenArgs,
}

pub(crate) fn run(command: DatasetsCommand, output: Output) -> Done {
    runtime::run(async move {
        match command {
            DatasetsCommand::Card(args) => listing::card(DATASET, args, output).await,
            DatasetsCommand::Info { info, expand } => {
                listing::info(DATASET, info, expand.expand, output).await
            }
            DatasetsCommand::Leaderboard(args) => leaderboard(args, output).await,
            DatasetsCommand::List(args) => {
                let hub = Hub::connect(&args.common.token, output).await?;
                let filters = json!({"sort": args.sort, "expand": args.expand.expand});
                listing::list(DATASET, &args.common, filters, &hub).await
            }
            DatasetsCommand::Parquet(args) => parquet(args, output).await,
            DatasetsCommand::Sql(args) => {
                let hub = Hub::connect(&args.token, output).await?;
                let client = hub.api.client();
                let endpoint = client.endpoint().to_string();
                let rows = duckdb::query(&args.sql, &endpoint, client.token()).await?;
                hub.table(rows, &[], "")
            }
        }
    })
}

async fn leaderboard(args: LeaderboardArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    let entries = hub
        .call(
            "get_dataset_leaderboard",
            hub::one("repo_id", &args.dataset_id),
        )
        .await?;
    let fields = [
        "rank",
        "model_id",
        "value",
        "filename",
        "verified",
        "source",
        "author",
        "pull_request",
        "notes",
    ];
    let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
    let rows = hub::rows(&entries[..entries.len().min(args.limit)], &fields);
    let first = rows.first().map(|row| row.get("model_id").cloned());
    hub.table(rows, &["rank", "model_id", "value", "source"], "model_id")?;
    hub.output
        .hint("`hf datasets ls --filter benchmark:official` lists the benchmarks");
    if let Some(model) = first.flatten().as_ref().and_then(|model| model.as_str()) {
        hub.output
            .hint(&format!("`hf models info {model}` tells more of a model"));
    }
    Ok(())
}

async fn parquet(args: ParquetArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    let arguments = json!({"repo_id": args.dataset_id, "config": args.subset});
    let entries = hub.call("list_dataset_parquet_files", arguments).await?;
    let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
    let wanted = entries.iter().filter(|entry| {
        let split = args.split.as_deref();
        split.is_none_or(|split| entry["split"] == split)
    });
    let rows = wanted.map(|entry| {
        Facts::from([
            ("subset", fact(entry, "config")),
            ("split", fact(entry, "split")),
            ("url", fact(entry, "url")),
            ("size", fact(entry, "size")),
        ])
    });
    hub.table(rows.collect(), &["subset", "split", "url", "size"], "url")
}
