//! `hf testhub`.

use std::process::ExitCode;

use clap::Args;
use hf_testhub::TestHub;

#[derive(Debug, Args)]
pub(crate) struct TesthubArgs {
    /// The port on loopback; a free one otherwise.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

pub(crate) async fn run(args: TesthubArgs) -> ExitCode {
    let hub = match TestHub::start_on(args.port, 0) {
        Ok(hub) => hub,
        Err(error) => {
            eprintln!("the Hub did not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("export HF_ENDPOINT={}", hub.endpoint());
    println!("export HF_TOKEN={}", hub.token());
    eprintln!("An empty Hub is running; Ctrl-C stops it.");
    match tokio::signal::ctrl_c().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("waiting for Ctrl-C: {error}");
            ExitCode::FAILURE
        }
    }
}
