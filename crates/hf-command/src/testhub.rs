//! `hf testhub`.

use std::process::ExitCode;

use clap::Args;
use hf_testhub::HubOptions;

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

pub(crate) async fn run(args: TesthubArgs) -> ExitCode {
    let started = HubOptions::from_args(args.options)
        .and_then(|options| Ok((options.start().map_err(|error| error.to_string())?, options)));
    let (hub, options) = match started {
        Ok(started) => started,
        Err(error) => {
            eprintln!("cannot start the Hub: {error}");
            return ExitCode::FAILURE;
        }
    };
    for line in options.describe(&hub).lines() {
        println!("export {line}");
    }
    eprintln!("The Hub is running; Ctrl-C stops it.");
    match tokio::signal::ctrl_c().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("waiting for Ctrl-C: {error}");
            ExitCode::FAILURE
        }
    }
}
