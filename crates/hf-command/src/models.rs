//! `hf models`.

use clap::{Args, Subcommand};
use hf_api::types::{ExpandModelProperty, ModelSort};
use serde_json::json;

use crate::failure::Done;
use crate::hub::Hub;
use crate::listing::{self, CardArgs, InfoArgs, ListArgs, MODEL, expand_parser, sort_parser};
use crate::output::Output;
use crate::runtime;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum ModelsCommand {
    /// Print the card of a model: its README.md.
    Card(CardArgs),
    /// Print what the Hub knows of a model.
    Info {
        #[command(flatten)]
        info: InfoArgs,
        #[command(flatten)]
        expand: ExpandArgs,
    },
    /// List models, or the files of one.
    #[command(visible_alias = "ls")]
    List(Box<ModelListArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct ExpandArgs {
    /// Print only these properties, separated by commas, and the id.
    #[arg(long, value_delimiter = ',', value_parser = expand_parser(ExpandModelProperty::KNOWN), hide_possible_values = true)]
    expand: Option<Vec<String>>,
}

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct ModelListArgs {
    #[command(flatten)]
    common: ListArgs,
    #[command(flatten)]
    expand: ExpandArgs,
    /// The order, greatest first.
    #[arg(long, conflicts_with = "repo_id", value_parser = sort_parser(ModelSort::KNOWN))]
    sort: Option<String>,
    /// List models for this task, such as `text-generation`.
    #[arg(long, conflicts_with = "repo_id")]
    pipeline_tag: Option<String>,
    /// List models to which access must be requested.
    #[arg(long, overrides_with = "no_gated", conflicts_with = "repo_id")]
    gated: bool,
    /// List models to which access need not be requested.
    #[arg(long, conflicts_with = "repo_id")]
    no_gated: bool,
    /// List models that this application can run, such as `ollama`. May be repeated.
    #[arg(long, conflicts_with = "repo_id")]
    apps: Vec<String>,
    /// List models of this size, such as `min:6B,max:128B`.
    #[arg(long, conflicts_with = "repo_id")]
    num_parameters: Option<String>,
    /// List models that this inference provider serves, such as `fireworks-ai`. May be repeated.
    #[arg(long, conflicts_with = "repo_id")]
    inference_provider: Vec<String>,
    /// List models that some inference provider serves.
    #[arg(long, conflicts_with_all = ["repo_id", "inference_provider"])]
    warm: bool,
}

pub(crate) fn run(command: ModelsCommand, output: Output) -> Done {
    runtime::run(async move {
        match command {
            ModelsCommand::Card(args) => listing::card(MODEL, args, output).await,
            ModelsCommand::Info { info, expand } => {
                listing::info(MODEL, info, expand.expand, output).await
            }
            ModelsCommand::List(args) => list(&args, output).await,
        }
    })
}

async fn list(args: &ModelListArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.common.token, output).await?;
    let gated = (args.gated || args.no_gated).then_some(args.gated);
    let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    let providers = some(&args.inference_provider);
    let is_served = args.warm || providers.is_some();
    let filters = json!({
        "sort": args.sort,
        "pipeline_tag": args.pipeline_tag,
        "gated": gated,
        "apps": some(&args.apps),
        "num_parameters": args.num_parameters,
        "inference": args.warm.then_some("warm"),
        "inference_provider": providers,
        "expand": args.expand.expand,
    });
    listing::list(MODEL, &args.common, filters, &hub).await?;
    if is_served && args.expand.expand.is_none() {
        hub.output.hint(
            "`--expand inferenceProviderMapping` shows which provider serves each model, and its id there",
        );
    }
    Ok(())
}
