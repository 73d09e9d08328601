#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[allow(dead_code, reason = "the commands that need the rest follow")]
mod args;
mod auth;
mod cache;
mod call;
mod collections;
mod completion;
mod datasets;
mod discussions;
mod download;
mod duckdb;
mod endpoints;
mod extensions;
mod failure;
mod greedy;
mod hardware;
mod help;
mod hub;
mod jobs;
mod listing;
mod log;
mod logs;
mod man;
mod models;
mod not_here;
mod old_names;
#[allow(dead_code, reason = "the commands that need the rest follow")]
mod output;
mod papers;
mod passthrough;
mod progress;
#[allow(dead_code, reason = "the commands that need the rest follow")]
mod prompt;
#[allow(dead_code, reason = "the commands that need the rest follow")]
mod repo_arg;
mod runtime;
#[allow(dead_code, reason = "the commands that need the rest follow")]
mod session;
mod skills;
mod spaces;
mod span;
mod ssh;
mod testhub;
mod text;
mod transfer;
mod update;
mod upload;
mod usage;
mod variables;
mod version;
mod webhooks;

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
    /// Lists of models, datasets, papers and the like.
    #[command(subcommand)]
    Collections(collections::CollectionsCommand),
    /// Print a script that completes command lines, or install it.
    Completion(completion::CompletionArgs),
    /// Find and read datasets.
    #[command(subcommand)]
    Datasets(datasets::DatasetsCommand),
    /// Discussions and pull requests.
    #[command(subcommand)]
    Discussions(discussions::DiscussionsCommand),
    Download(download::DownloadArgs),
    /// Inference Endpoints: models that run on hardware of their own.
    #[command(subcommand)]
    Endpoints(endpoints::EndpointsCommand),
    /// Programs named `hf-NAME` as commands of this one.
    #[command(subcommand)]
    Extensions(extensions::ExtensionsCommand),
    /// Run commands and scripts on the Hub's hardware.
    #[command(subcommand)]
    Jobs(Box<jobs::JobsCommand>),
    /// Print the manual page, or write those of all commands.
    Man(man::ManArgs),
    /// Find and read models.
    #[command(subcommand)]
    Models(Box<models::ModelsCommand>),
    /// Find and read papers.
    #[command(subcommand)]
    Papers(papers::PapersCommand),
    /// Not here: the sandboxes of Python's `hf` are an experiment.
    Sandbox(not_here::AnyWords),
    /// Descriptions of how to work with the Hub, for assistants.
    #[command(subcommand)]
    Skills(skills::SkillsCommand),
    /// Find, run and change Spaces.
    #[command(subcommand)]
    Spaces(spaces::SpacesCommand),
    /// Run an embedded Hub on loopback for experiments and tests.
    Testhub(testhub::TesthubArgs),
    /// Print how to install the newest version.
    Update,
    Upload(upload::UploadArgs),
    /// Print the version.
    Version,
    /// Have the Hub tell of changes.
    #[command(subcommand)]
    Webhooks(webhooks::WebhooksCommand),
}

impl Command {
    fn run(self, output: Output) -> Done {
        match self {
            Self::Auth(command) => auth::run(command, output),
            Self::Cache(command) => cache::run(command, output),
            Self::Call(args) => call::run(args),
            Self::Collections(command) => collections::run(command, output),
            Self::Completion(args) => completion::run(&args, output),
            Self::Datasets(command) => datasets::run(command, output),
            Self::Discussions(command) => discussions::run(command, output),
            Self::Download(args) => download::run(args, output),
            Self::Endpoints(command) => endpoints::run(command, output),
            Self::Extensions(command) => extensions::run(command, output),
            Self::Jobs(command) => jobs::run(*command, output),
            Self::Man(args) => man::run(&args, Cli::command(), output),
            Self::Models(command) => models::run(*command, output),
            Self::Papers(command) => papers::run(command, output),
            Self::Sandbox(_) => not_here::sandbox(),
            Self::Skills(command) => skills::run(command, &Cli::command(), output),
            Self::Spaces(command) => spaces::run(command, output),
            Self::Testhub(args) => testhub::run(args),
            Self::Upload(args) => upload::run(args, output),
            Self::Update => update::run(output),
            Self::Version => version::run(output),
            Self::Webhooks(command) => webhooks::run(command, output),
        }
    }
}

fn main() -> ExitCode {
    completion::answer(Cli::command);
    let mut line: Vec<_> = std::env::args_os().collect();
    if line.first().is_some_and(old_names::is_old) {
        let (today, notice) = old_names::translate(line);
        line = today;
        if let Some(notice) = notice {
            eprintln!("Warning: {notice}");
        }
    }
    if let [_, option] = &line[..]
        && let Some(done) = option.to_str().and_then(completion::run_option)
    {
        return failure::end(done, Output::default());
    }
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
    let (line, taken) = passthrough::arrange(line, Cli::command);
    match Cli::try_parse_from(&line) {
        Ok(Cli { output, command }) => {
            let output = output.output();
            if !taken.is_empty() {
                output.warn(&passthrough::warning(&taken));
            }
            log::start();
            failure::end(command.run(output), output)
        }
        Err(error) => match extensions::run_by_name(&error, &line) {
            Some(done) => failure::end(done, Output::default()),
            None => usage::report(&error, &line),
        },
    }
}
