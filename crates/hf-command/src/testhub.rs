//! `hf testhub`.

use clap::Args;
use hf_api::Error;
use hf_testhub::HubOptions;

use crate::failure::{Done, Failure};
use crate::output::{print, say};
use crate::runtime;

/// An embedded Hub on loopback, empty or seeded, until Ctrl-C stops it.
#[derive(Debug, Args)]
#[command(after_help = format!("Options of the Hub:\n{}", HubOptions::HELP))]
pub(crate) struct TesthubArgs {
    /// Options of the Hub, listed below.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "OPTIONS"
    )]
    options: Vec<String>,
}

pub(crate) fn run(args: TesthubArgs) -> Done {
    let options = HubOptions::from_args(args.options).map_err(Failure::Usage)?;
    runtime::run_to_end(async {
        let hub = options
            .start()
            .map_err(|error| Error::io("starting the Hub", error))?;
        for line in options.describe(&hub).lines() {
            print(&format!("export {line}\n"))?;
        }
        say("The Hub is running; Ctrl-C stops it.");
        tokio::signal::ctrl_c()
            .await
            .map_err(|error| Error::io("waiting for Ctrl-C", error).into())
    })
}
