//! `hf endpoints`.

mod catalog;
mod container;
mod deploy;
mod hardware;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::args::{TokenArgs, YesArgs};
use crate::failure::{Done, Failure};
use crate::hub::Hub;
use crate::output::{Facts, Output};
use crate::prompt::confirm_async;
use crate::runtime;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum EndpointsCommand {
    /// Models with tested ways to deploy them.
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    /// Delete an endpoint.
    Delete {
        #[command(flatten)]
        endpoint: EndpointArgs,
        #[command(flatten)]
        yes: YesArgs,
    },
    /// Deploy a model on an endpoint of its own.
    Deploy(Box<deploy::DeployArgs>),
    /// Print all that is known of an endpoint.
    Describe(EndpointArgs),
    /// List the hardware for endpoints, and its prices.
    Hardware(hardware::HardwareArgs),
    /// List endpoints.
    #[command(visible_alias = "ls")]
    List(NamespaceArgs),
    /// The old name of `catalog ls`.
    #[command(hide = true)]
    ListCatalog(catalog::ListArgs),
    /// Pause an endpoint.
    Pause(EndpointArgs),
    /// Resume a paused endpoint.
    Resume {
        #[command(flatten)]
        endpoint: EndpointArgs,
        /// Fail if it runs already.
        #[arg(long)]
        fail_if_already_running: bool,
    },
    /// Stop the replicas of an endpoint until the next request.
    ScaleToZero(EndpointArgs),
    /// Change an endpoint.
    Update(Box<deploy::UpdateArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct EndpointArgs {
    /// The endpoint.
    name: String,
    #[command(flatten)]
    namespace: NamespaceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct NamespaceArgs {
    /// The user or organization that owns it. By default, that of the token.
    #[arg(long)]
    namespace: Option<String>,
    #[command(flatten)]
    token: TokenArgs,
}

pub(crate) fn run(command: EndpointsCommand, output: Output) -> Done {
    runtime::run(async move {
        match command {
            EndpointsCommand::Catalog(command) => catalog::run(command, output).await,
            EndpointsCommand::Delete { endpoint, yes } => {
                confirm_async(
                    format!("Delete endpoint '{}'?", endpoint.name),
                    yes.yes,
                    output,
                )
                .await?;
                let hub = Hub::connect(&endpoint.namespace.token, output).await?;
                hub.call("delete_inference_endpoint", arguments(&endpoint))
                    .await?;
                hub.result(
                    &format!("Deleted '{}'.", endpoint.name),
                    &[("name", json!(endpoint.name))],
                )
            }
            EndpointsCommand::Deploy(args) => deploy::deploy(&args, output).await,
            EndpointsCommand::Describe(args) => {
                on_one(&args, "get_inference_endpoint", output).await
            }
            EndpointsCommand::Hardware(args) => hardware::run(&args, output).await,
            EndpointsCommand::List(args) => list(&args, output).await,
            EndpointsCommand::ListCatalog(args) => catalog::list(&args, output).await,
            EndpointsCommand::Pause(args) => {
                on_one(&args, "pause_inference_endpoint", output).await
            }
            EndpointsCommand::Resume {
                endpoint,
                fail_if_already_running,
            } => {
                let hub = Hub::connect(&endpoint.namespace.token, output).await?;
                let mut arguments = arguments(&endpoint);
                arguments["running_ok"] = json!(!fail_if_already_running);
                print(
                    &hub,
                    &hub.call("resume_inference_endpoint", arguments).await?,
                )
            }
            EndpointsCommand::ScaleToZero(args) => {
                on_one(&args, "scale_to_zero_inference_endpoint", output).await
            }
            EndpointsCommand::Update(args) => deploy::update(&args, output).await,
        }
    })
}

fn arguments(args: &EndpointArgs) -> Value {
    json!({"name": args.name, "namespace": args.namespace.namespace})
}

async fn on_one(args: &EndpointArgs, method: &str, output: Output) -> Done {
    let hub = Hub::connect(&args.namespace.token, output).await?;
    print(&hub, &hub.call(method, arguments(args)).await?)
}

/// Prints an endpoint as the service sent it.
fn print(hub: &Hub, endpoint: &Value) -> Done {
    let raw = endpoint["raw"].as_object();
    let facts: Facts = raw
        .into_iter()
        .flatten()
        .map(|(name, value)| (name, value.clone()))
        .collect();
    hub.dict(&facts)
}

async fn list(args: &NamespaceArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    let endpoints = hub
        .call(
            "list_inference_endpoints",
            json!({"namespace": args.namespace}),
        )
        .await?;
    let row = |endpoint: &Value| {
        let text = |path: &str| {
            let found = endpoint["raw"].pointer(path).and_then(Value::as_str);
            json!(found.unwrap_or_default())
        };
        Facts::from([
            ("name", text("/name")),
            ("model", text("/model/repository")),
            ("status", text("/status/state")),
            ("task", text("/model/task")),
            ("framework", text("/model/framework")),
            ("instance", text("/compute/instanceType")),
            ("vendor", text("/provider/vendor")),
            ("region", text("/provider/region")),
        ])
    };
    let endpoints = endpoints.as_array().map(Vec::as_slice).unwrap_or_default();
    hub.table(endpoints.iter().map(row).collect(), &[], "name")
}

/// Splits a text into words as a shell does.
fn words(text: &str, option: &str) -> Result<Vec<String>, Failure> {
    shlex::split(text)
        .ok_or_else(|| Failure::usage(format!("the quotes of {option} are not closed: `{text}`")))
}
