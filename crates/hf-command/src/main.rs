#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod auth;
mod call;
mod failure;
mod help;
mod log;
mod output;
mod session;
mod testhub;
mod version;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::OutputArgs;

/// The Hugging Face Hub in a shell.
#[derive(Debug, Parser)]
#[command(name = "hf", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Log in and out, and see who is logged in.
    Auth {
        #[command(flatten)]
        output: OutputArgs,
        #[command(subcommand)]
        command: auth::AuthCommand,
    },
    /// Make any call of the Hub by name.
    Call(call::CallArgs),
    /// Run an embedded Hub on loopback for experiments and tests.
    Testhub(testhub::TesthubArgs),
    /// Print the version.
    Version {
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// The exit status after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    log::start();
    match Cli::parse().command {
        Command::Auth { output, command } => {
            let output = output.output();
            block_on(async {
                let done = tokio::select! {
                    done = auth::run(command, output) => done,
                    // The shell shows nothing of it: the line of the prompt is left as it is.
                    _ = tokio::signal::ctrl_c() => {
                        eprintln!();
                        return ExitCode::from(INTERRUPTED);
                    }
                };
                failure::end(done, output)
            })
        }
        Command::Call(args) => block_on(call::run(args)),
        Command::Testhub(args) => block_on(testhub::run(args)),
        Command::Version { output } => {
            let output = output.output();
            failure::end(version::run(output), output)
        }
    }
}

/// Runs a command that makes requests to its end.
fn block_on(command: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(command),
        Err(error) => {
            eprintln!("cannot start the async runtime: {error}");
            ExitCode::FAILURE
        }
    }
}
