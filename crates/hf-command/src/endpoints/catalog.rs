//! `hf endpoints catalog`.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::{NamespaceArgs, print};
use crate::args::TokenArgs;
use crate::failure::Done;
use crate::hub::{Hub, fact};
use crate::listing::soft_choices;
use crate::output::{Facts, Output};

const ACCELERATORS: &[&str] = &["cpu", "gpu", "neuron"];
const ENGINES: &[&str] = &["llamacpp", "sglang", "tei", "vllm"];

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum CatalogCommand {
    /// Deploy a model of the catalog.
    Deploy(DeployArgs),
    /// List the catalog, a line for each way to deploy a model.
    #[command(visible_alias = "ls")]
    List(ListArgs),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["repo", "recipe"]))]
pub(crate) struct DeployArgs {
    /// The model, deployed in its default way.
    #[arg(long)]
    repo: Option<String>,
    /// The way to deploy, as `hf endpoints catalog ls` lists it.
    #[arg(long)]
    recipe: Option<String>,
    /// The name of the endpoint.
    #[arg(long)]
    name: Option<String>,
    /// The kind of hardware.
    #[arg(long, conflicts_with = "recipe", value_parser = soft_choices(ACCELERATORS))]
    accelerator: Option<String>,
    /// The GGUF file, for models with one way for each.
    #[arg(long, conflicts_with = "recipe")]
    gguf_file: Option<String>,
    #[command(flatten)]
    namespace: NamespaceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// List ways on this kind of hardware.
    #[arg(long, value_parser = soft_choices(ACCELERATORS))]
    accelerator: Option<String>,
    /// List ways with this engine.
    #[arg(long, value_parser = soft_choices(ENGINES))]
    engine: Option<String>,
    /// List models with this licence, such as `Apache 2.0`.
    #[arg(long)]
    license: Option<String>,
    /// List models for this task, such as `text-generation`.
    #[arg(long)]
    task: Option<String>,
    /// List models that match these words.
    #[arg(long)]
    search: Option<String>,
    /// The greatest number of models to list.
    #[arg(long)]
    limit: Option<u64>,
    #[command(flatten)]
    token: TokenArgs,
}

pub(super) async fn run(command: CatalogCommand, output: Output) -> Done {
    match command {
        CatalogCommand::Deploy(args) => deploy(&args, output).await,
        CatalogCommand::List(args) => list(&args, output).await,
    }
}

async fn deploy(args: &DeployArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.namespace.token, output).await?;
    let arguments = json!({
        "repo_id": args.repo,
        "recipe_id": args.recipe,
        "name": args.name,
        "accelerator": args.accelerator,
        "gguf_file": args.gguf_file,
        "namespace": args.namespace.namespace,
    });
    let endpoint = hub
        .call("create_inference_endpoint_from_catalog", arguments)
        .await?;
    print(&hub, &endpoint)?;
    if let Some(name) = endpoint["name"].as_str() {
        output.hint(&format!("`hf endpoints describe {name}` shows how it does"));
    }
    Ok(())
}

pub(super) async fn list(args: &ListArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    let arguments = json!({
        "accelerator": args.accelerator,
        "engine": args.engine,
        "license": args.license,
        "task": args.task,
        "search": args.search,
        "limit": args.limit,
    });
    let models = hub.call("list_inference_catalog", arguments).await?;
    let mut rows = Vec::new();
    for model in models.as_array().into_iter().flatten() {
        for recipe in model["recipes"].as_array().into_iter().flatten() {
            rows.push(row(model, recipe));
        }
    }
    hub.table(rows, &[], "recipe_id")?;
    output.hint("`hf endpoints catalog deploy --recipe RECIPE_ID` deploys one");
    Ok(())
}

fn row(model: &Value, recipe: &Value) -> Facts {
    Facts::from([
        ("repo_id", fact(model, "repo_id")),
        ("task", fact(model, "task")),
        ("license", fact(model, "license")),
        ("accelerator", fact(recipe, "accelerator")),
        ("engine", fact(recipe, "engine")),
        ("gguf_file", fact(recipe, "gguf_file")),
        ("recipe_id", fact(recipe, "id")),
    ])
}
