//! `hf papers`.

use clap::{Args, Subcommand};
use hf_api::types::DailyPapersSort;
use serde_json::{Value, json};

use crate::args::TokenArgs;
use crate::failure::{Done, Failure};
use crate::hub::{self, Hub};
use crate::listing::sort_parser;
use crate::output::{Facts, Output};
use crate::runtime;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum PapersCommand {
    /// Print what the Hub knows of a paper.
    Info(PaperArgs),
    /// List the papers of a day, a week or a month.
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Print a paper as Markdown.
    Read(PaperArgs),
    /// Search papers.
    Search(SearchArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PaperArgs {
    /// The id on arXiv, such as `2502.08025`.
    paper_id: String,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The day: `2026-01-31`, or `today` in UTC.
    #[arg(long)]
    date: Option<String>,
    /// The week: `2026-W05`.
    #[arg(long)]
    week: Option<String>,
    /// The month: `2026-01`.
    #[arg(long)]
    month: Option<String>,
    /// List papers that this user has submitted.
    #[arg(long)]
    submitter: Option<String>,
    /// The order.
    #[arg(long, value_parser = sort_parser(DailyPapersSort::KNOWN))]
    sort: Option<String>,
    /// The greatest number of papers to list.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// What to search for.
    query: String,
    /// The greatest number of papers to list.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    token: TokenArgs,
}

/// The attributes of Python's `PaperInfo`, in their order.
const PAPER: &[&str] = &[
    "id",
    "authors",
    "published_at",
    "title",
    "summary",
    "upvotes",
    "discussion_id",
    "source",
    "comments",
    "submitted_at",
    "submitted_by",
    "ai_summary",
    "ai_keywords",
    "organization",
    "project_page",
    "github_repo",
    "github_stars",
    "linked_models",
    "num_total_models",
    "linked_datasets",
    "num_total_datasets",
    "linked_spaces",
];

pub(crate) fn run(command: PapersCommand, output: Output) -> Done {
    runtime::run(async move {
        match command {
            PapersCommand::Info(args) => {
                let hub = Hub::connect(&args.token, output).await?;
                let info = hub.call("paper_info", hub::one("id", &args.paper_id)).await;
                hub.dict(&Facts::fields(
                    &info.map_err(|failure| missing(failure, &args.paper_id))?,
                    PAPER,
                ))
            }
            PapersCommand::List(args) => list(&args, output).await,
            PapersCommand::Read(args) => {
                let hub = Hub::connect(&args.token, output).await?;
                let text = hub.call("read_paper", hub::one("id", &args.paper_id)).await;
                let text = text.map_err(|failure| missing(failure, &args.paper_id))?;
                Ok(output.text("text", text.as_str().unwrap_or_default())?)
            }
            PapersCommand::Search(args) => {
                let hub = Hub::connect(&args.token, output).await?;
                let arguments = json!({"query": args.query, "limit": args.limit});
                let found = hub.items("list_papers", arguments, args.limit).await?;
                let columns = ["id", "title", "summary", "upvotes", "published_at"];
                hub.table(hub::rows(&found, PAPER), &columns, "id")
            }
        }
    })
}

async fn list(args: &ListArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    let today = || {
        jiff::Timestamp::now()
            .to_string()
            .chars()
            .take(10)
            .collect::<String>()
    };
    let date = args.date.as_ref();
    let date = date.map(|date| {
        if date.eq_ignore_ascii_case("today") {
            today()
        } else {
            date.clone()
        }
    });
    let arguments = json!({
        "date": date,
        "week": args.week,
        "month": args.month,
        "submitter": args.submitter,
        "sort": args.sort,
        "limit": args.limit,
    });
    let found = hub
        .items("list_daily_papers", arguments, args.limit)
        .await?;
    let row = |paper: &Value| {
        let mut row = Facts::fields(paper, PAPER);
        let by = &paper["submitted_by"];
        let name = [&by["fullname"], &by["username"]]
            .into_iter()
            .find_map(Value::as_str);
        row.set("submitted_by_name", name.unwrap_or_default());
        row
    };
    let columns = [
        "id",
        "title",
        "upvotes",
        "comments",
        "published_at",
        "submitted_by_name",
    ];
    hub.table(found.iter().map(row).collect(), &columns, "id")
}

fn missing(failure: Failure, id: &str) -> Failure {
    match failure {
        Failure::Call(error) if error.is_not_found() => Failure::Call(Box::new(
            error.with_context(format!("paper '{id}' not found on the Hub")),
        )),
        other => other,
    }
}
