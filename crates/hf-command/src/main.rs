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
    let command = Cli::parse().command;
    // Needs nothing of what follows.
    if let Command::Version { output } = &command {
        let output = output.output();
        return failure::end(version::run(output), output);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cannot start the async runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(async {
        match command {
            Command::Auth { output, command } => {
                let output = output.output();
                let done = tokio::select! {
                    done = auth::run(command, output) => done,
                    // The shell shows nothing of it: the line of the prompt is left as it is.
                    _ = tokio::signal::ctrl_c() => {
                        eprintln!();
                        return ExitCode::from(INTERRUPTED);
                    }
                };
                failure::end(done, output)
            }
            Command::Version { output } => {
                let output = output.output();
                failure::end(version::run(output), output)
            }
            Command::Call(args) => call::run(args).await,
            Command::Testhub(args) => testhub::run(args).await,
        }
    })
}
