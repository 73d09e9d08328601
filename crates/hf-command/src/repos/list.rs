//! `hf repos list`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::json;

use crate::args::TokenArgs;
use crate::failure::Done;
use crate::output::{Output, Table};
use crate::{session, text};

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// An organization. By default, you.
    #[arg(long)]
    namespace: Option<String>,
    /// Only repositories of this type.
    #[arg(long = "type", visible_alias = "repo-type", value_name = "TYPE",
        value_parser = PossibleValuesParser::new(["model", "dataset", "space", "bucket"]))]
    repo_type: Option<String>,
    /// Only repositories with this in their id.
    #[arg(long)]
    search: Option<String>,
    /// At most so many; 0 for all.
    #[arg(long, default_value_t = 30, value_name = "COUNT")]
    limit: usize,
    #[command(flatten)]
    token: TokenArgs,
}

pub(super) async fn run(args: ListArgs, output: Output) -> Done {
    let api = session::api(&args.token, output).await?;
    let repos = api.list_user_repos().namespace(args.namespace).await?;
    let search = args.search.map(|text| text.to_lowercase());
    let selected: Vec<_> = repos
        .iter()
        .filter(|repo| {
            args.repo_type
                .as_ref()
                .is_none_or(|kind| repo.r#type == *kind)
        })
        .filter(|repo| {
            let id = repo.id.to_lowercase();
            search.as_ref().is_none_or(|text| id.contains(text))
        })
        .collect();
    let shown = if args.limit == 0 {
        selected.len()
    } else {
        args.limit
    };
    let columns = [
        "id",
        "type",
        "updated",
        "visibility",
        "storage",
        "%_of_total",
    ];
    let mut table = Table::new(columns, "id").right(["storage", "%_of_total"]);
    for repo in selected.iter().take(shown) {
        let updated = repo.updated_at.map(|at| at.to_string());
        let percent = repo.storage_percent.as_f64().unwrap_or_default();
        table.push([
            ("id", json!(repo.id)),
            ("type", json!(repo.r#type)),
            (
                "updated",
                json!(updated.as_deref().and_then(|at| at.get(..10))),
            ),
            ("visibility", json!(repo.visibility)),
            (
                "storage",
                json!(text::bytes(repo.storage.unwrap_or_default())),
            ),
            ("%_of_total", json!(format!("{percent:.1}%"))),
            ("storage_bytes", json!(repo.storage)),
            ("updated_at", json!(updated)),
        ]);
    }
    output.table(&table)?;
    if selected.len() > shown {
        output.hint(&format!(
            "Showing {shown} of {} repos. Use `--limit 0` to list all.",
            selected.len()
        ));
    }
    Ok(())
}
