//! Search, templates, hardware.

use clap::Args;
use serde_json::{Value, json};

use crate::args::TokenArgs;
use crate::failure::Done;
use crate::hardware::{Storage, row};
use crate::hub::{self, Hub, fact};
use crate::output::{Facts, Output};

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// What the Spaces should do.
    query: String,
    /// Find Spaces with this tag. May be repeated.
    #[arg(long)]
    filter: Vec<String>,
    /// Find Spaces of this SDK: `gradio`, `docker`, `static`. May be repeated.
    #[arg(long)]
    sdk: Vec<String>,
    /// Find Spaces that do not run, too.
    #[arg(long, overrides_with = "no_include_non_running")]
    include_non_running: bool,
    #[arg(long, hide = true)]
    no_include_non_running: bool,
    /// Show a description of each, which a model has written.
    #[arg(long, overrides_with = "no_description")]
    description: bool,
    #[arg(long, hide = true)]
    no_description: bool,
    /// The greatest number of Spaces to list.
    #[arg(long, default_value_t = 10)]
    limit: usize,
    #[command(flatten)]
    token: TokenArgs,
}

pub(super) async fn run(args: &SearchArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    let arguments = json!({
        "query": args.query,
        "filter": some(&args.filter),
        "sdk": some(&args.sdk),
        "include_non_running": args.include_non_running,
    });
    let found = hub.items("search_spaces", arguments, args.limit).await?;
    let row = |space: &Value| {
        let score = space["semantic_relevancy_score"].as_f64();
        let mut row = Facts::from([
            ("id", fact(space, "id")),
            ("title", fact(space, "title")),
            ("sdk", fact(space, "sdk")),
            ("likes", fact(space, "likes")),
            ("stage", fact(&space["runtime"], "stage")),
            ("category", fact(space, "ai_category")),
            (
                "score",
                json!(score.map(|score| (score * 100.0).round() / 100.0)),
            ),
        ]);
        if args.description {
            row.set("description", fact(space, "ai_short_description"));
        }
        row
    };
    hub.table(found.iter().map(row).collect(), &[], "id")?;
    if !args.description {
        output.hint("--description shows what each Space does");
    }
    Ok(())
}

pub(super) async fn templates(token: &TokenArgs, output: Output) -> Done {
    let hub = Hub::connect(token, output).await?;
    let templates = hub.call("list_space_templates", Value::Null).await?;
    let fields = ["name", "repo_id", "sdk", "preferred_private"];
    hub.table(hub::rows(items(&templates), &fields), &[], "name")?;
    output.hint(
        "`hf repos create ID --type space --space-sdk SDK --template REPO_ID` makes a Space of one",
    );
    Ok(())
}

pub(super) async fn hardware(token: &TokenArgs, output: Output) -> Done {
    let hub = Hub::connect(token, output).await?;
    let known = hub.call("list_spaces_hardware", Value::Null).await?;
    let rows = items(&known)
        .iter()
        .map(|hardware| row(hardware, Storage::None));
    hub.table(rows.collect(), &[], "name")?;
    output.hint("`hf spaces settings SPACE_ID --hardware NAME` asks for one");
    Ok(())
}

pub(super) fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}
