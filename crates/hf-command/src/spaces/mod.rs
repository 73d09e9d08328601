//! `hf spaces`.

mod dev_mode;
mod hot_reload;
mod runtime;
mod search;
mod settings;

pub(crate) use settings::volume;

use clap::{Args, Subcommand};
use hf_api::types::{ExpandSpaceProperty, SpaceSort};
use serde_json::json;

use crate::args::{TokenArgs, repo_id};
use crate::failure::Done;
use crate::hub::Hub;
use crate::listing::{self, CardArgs, InfoArgs, ListArgs, SPACE, expand_parser, sort_parser};
use crate::output::Output;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum SpacesCommand {
    /// Print the card of a Space: its README.md.
    Card(CardArgs),
    /// Turn the dev mode of a Space on, or off.
    DevMode(dev_mode::DevModeArgs),
    /// List the hardware for Spaces, and its prices.
    Hardware(TokenArgs),
    /// Patch a Python file of a running Gradio Space.
    HotReload(hot_reload::HotReloadArgs),
    /// Print what the Hub knows of a Space.
    Info {
        #[command(flatten)]
        info: InfoArgs,
        #[command(flatten)]
        expand: ExpandArgs,
    },
    /// List Spaces, or the files of one.
    #[command(visible_alias = "ls")]
    List(SpaceListArgs),
    /// Print the logs of a Space.
    Logs(runtime::LogsArgs),
    /// Pause a Space.
    Pause(SpaceArgs),
    /// Restart a Space.
    Restart(runtime::RestartArgs),
    /// Search Spaces by meaning.
    Search(search::SearchArgs),
    /// Set, list and delete the secrets of a Space.
    #[command(subcommand)]
    Secrets(settings::SecretsCommand),
    /// Change the hardware of a Space, or when it sleeps.
    Settings(runtime::SettingsArgs),
    /// Open a shell in the dev mode of a Space.
    Ssh(dev_mode::SshArgs),
    /// List the templates that a Space can be made from.
    Templates(TokenArgs),
    /// Set, list and delete the variables of a Space.
    #[command(subcommand)]
    Variables(settings::VariablesCommand),
    /// Set, list and delete the volumes of a Space.
    #[command(subcommand)]
    Volumes(settings::VolumesCommand),
    /// Wait until a Space runs, or fails to.
    Wait(runtime::WaitArgs),
    /// Your ZeroGPU time.
    #[command(subcommand)]
    ZeroGpu(ZeroGpuCommand),
}

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum ZeroGpuCommand {
    /// Print how many GPU seconds remain.
    Quota(TokenArgs),
}

/// One Space.
#[derive(Debug, Args)]
pub(crate) struct SpaceArgs {
    /// The Space: `user/name`.
    #[arg(value_parser = repo_id)]
    space_id: String,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExpandArgs {
    /// Print only these properties, separated by commas, and the id.
    #[arg(long, value_delimiter = ',', value_parser = expand_parser(ExpandSpaceProperty::KNOWN), hide_possible_values = true)]
    expand: Option<Vec<String>>,
}

#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct SpaceListArgs {
    #[command(flatten)]
    common: ListArgs,
    #[command(flatten)]
    expand: ExpandArgs,
    /// The order, greatest first.
    #[arg(long, conflicts_with = "repo_id", value_parser = sort_parser(SpaceSort::KNOWN))]
    sort: Option<String>,
}

pub(crate) fn run(command: SpacesCommand, output: Output) -> Done {
    // It runs a program to its end, which takes Ctrl-C itself.
    if let SpacesCommand::Ssh(args) = command {
        return dev_mode::ssh(&args, output);
    }
    crate::runtime::run(run_async(command, output))
}

async fn run_async(command: SpacesCommand, output: Output) -> Done {
    match command {
        SpacesCommand::DevMode(args) => dev_mode::switch(&args, output).await,
        SpacesCommand::Card(args) => listing::card(SPACE, args, output).await,
        SpacesCommand::Hardware(token) => search::hardware(&token, output).await,
        SpacesCommand::HotReload(args) => hot_reload::run(args, output).await,
        SpacesCommand::Info { info, expand } => {
            listing::info(SPACE, info, expand.expand, output).await
        }
        SpacesCommand::List(args) => {
            let hub = Hub::connect(&args.common.token, output).await?;
            let filters = json!({"sort": args.sort, "expand": args.expand.expand});
            listing::list(SPACE, &args.common, filters, &hub).await
        }
        SpacesCommand::Logs(args) => runtime::logs(&args, output).await,
        SpacesCommand::Pause(args) => runtime::pause(&args, output).await,
        SpacesCommand::Restart(args) => runtime::restart(&args, output).await,
        SpacesCommand::Search(args) => search::run(&args, output).await,
        SpacesCommand::Secrets(command) => settings::secrets(command, output).await,
        SpacesCommand::Settings(args) => runtime::settings(&args, output).await,
        SpacesCommand::Ssh(_) => Ok(()),
        SpacesCommand::Templates(token) => search::templates(&token, output).await,
        SpacesCommand::Variables(command) => settings::variables(command, output).await,
        SpacesCommand::Volumes(command) => settings::volumes(command, output).await,
        SpacesCommand::Wait(args) => runtime::wait(&args, output).await,
        SpacesCommand::ZeroGpu(ZeroGpuCommand::Quota(token)) => {
            runtime::quota(&token, output).await
        }
    }
}
