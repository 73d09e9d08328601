#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[allow(dead_code, reason = "the commands that need the rest follow")]
mod args;
mod auth;
mod cache;
mod call;
mod download;
mod failure;
mod greedy;
mod help;
mod log;
#[allow(dead_code, reason = "the commands that need the rest follow")]
mod output;
mod progress;
#[allow(dead_code, reason = "the commands that need the rest follow")]
mod prompt;
#[allow(dead_code, reason = "the commands that need the rest follow")]
mod repo_arg;
mod runtime;
#[allow(dead_code, reason = "the commands that need the rest follow")]
mod session;
mod testhub;
mod text;
mod transfer;
mod upload;
mod usage;
mod version;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use failure::Done;
use output::{Output, OutputArgs};

/// The Hugging Face Hub in a shell.
#[derive(Debug, Parser)]
#[command(name = "hf", about, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    output: OutputArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Log in and out, and see who is logged in.
    #[command(subcommand)]
    Auth(auth::AuthCommand),
    /// List, delete and verify what is in the cache.
    #[command(subcommand)]
    Cache(cache::CacheCommand),
    /// Make any call of the Hub by name.
    Call(call::CallArgs),
    Download(download::DownloadArgs),
    /// Run an embedded Hub on loopback for experiments and tests.
    Testhub(testhub::TesthubArgs),
    Upload(upload::UploadArgs),
    /// Print the version.
    Version,
}

impl Command {
    fn run(self, output: Output) -> Done {
        match self {
            Self::Auth(command) => auth::run(command, output),
            Self::Cache(command) => cache::run(command, output),
            Self::Call(args) => call::run(args),
            Self::Download(args) => download::run(args, output),
            Self::Testhub(args) => testhub::run(args),
            Self::Upload(args) => upload::run(args, output),
            Self::Version => version::run(output),
        }
    }
}

fn main() -> ExitCode {
    let line: Vec<_> = std::env::args_os().collect();
    if let [_, option] = &line[..]
        && (option == "--version" || option == "-v" || option == "-V")
    {
        return failure::end(version::number(), Output::default());
    }
    let line = if greedy::concerns(&line) {
        greedy::expand(line, &Cli::command())
    } else {
        line
    };
    match Cli::try_parse_from(&line) {
        Ok(Cli { output, command }) => {
            let output = output.output();
            log::start();
            failure::end(command.run(output), output)
        }
        Err(error) => usage::report(&error, &line),
    }
}
