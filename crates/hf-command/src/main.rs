#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod call;
mod help;
mod log;
mod testhub;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The Hugging Face Hub in a shell.
#[derive(Debug, Parser)]
#[command(name = "hf", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make any call of the Hub by name.
    Call(call::CallArgs),
    /// Run an embedded Hub on loopback for experiments and tests.
    Testhub(testhub::TesthubArgs),
}

fn main() -> ExitCode {
    log::start();
    let command = Cli::parse().command;
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
            Command::Call(args) => call::run(args).await,
            Command::Testhub(args) => testhub::run(args).await,
        }
    })
}
