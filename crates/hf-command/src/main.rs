#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod args;
mod auth;
mod buckets;
mod cache;
mod call;
mod cat;
mod collections;
mod completion;
mod copy;
mod datasets;
mod diff;
mod discussions;
mod download;
mod du;
mod duckdb;
mod endpoints;
mod env;
mod extensions;
mod failure;
mod greedy;
mod hardware;
mod help;
mod hub;
mod jobs;
mod lazy;
mod listing;
mod log;
mod logs;
mod man;
mod models;
mod not_here;
mod old_names;
mod output;
mod papers;
mod passthrough;
mod progress;
mod prompt;
#[cfg(test)]
mod readme;
mod repo_arg;
mod repos;
mod runtime;
mod session;
mod skills;
mod spaces;
mod span;
mod ssh;
mod sync;
mod testhub;
mod text;
mod transfer;
mod update;
mod upload;
mod usage;
mod variables;
mod version;
mod webhooks;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use failure::Done;
use lazy::Lazy;
use output::{Output, OutputArgs};

// That of musl takes a quarter of the time of a scan of the cache.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

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
    Auth(Lazy<auth::AuthCommand>),
    /// Create, list and change buckets, and the files in them.
    #[command(subcommand)]
    Buckets(Lazy<buckets::BucketsCommand>),
    /// List, delete and verify what is in the cache.
    #[command(subcommand)]
    Cache(Lazy<cache::CacheCommand>),
    /// Make any call of the Hub by name.
    Call(call::CallArgs),
    Cat(cat::CatArgs),
    /// Lists of models, datasets, papers and the like.
    #[command(subcommand)]
    Collections(Lazy<collections::CollectionsCommand>),
    /// Print a script that completes command lines, or install it.
    Completion(completion::CompletionArgs),
    Cp(copy::CopyArgs),
    /// Find and read datasets.
    #[command(subcommand)]
    Datasets(Lazy<datasets::DatasetsCommand>),
    Diff(diff::DiffArgs),
    /// Discussions and pull requests.
    #[command(subcommand)]
    Discussions(Lazy<discussions::DiscussionsCommand>),
    Download(download::DownloadArgs),
    Du(du::DuArgs),
    /// Inference Endpoints: models that run on hardware of their own.
    #[command(subcommand)]
    Endpoints(Lazy<endpoints::EndpointsCommand>),
    /// Print a report of the machine and the settings, to be pasted into a bug report.
    Env,
    /// Programs named `hf-NAME` as commands of this one.
    #[command(subcommand)]
    Extensions(Lazy<extensions::ExtensionsCommand>),
    /// Run commands and scripts on the Hub's hardware.
    #[command(subcommand)]
    Jobs(Box<Lazy<jobs::JobsCommand>>),
    /// Print the manual page, or write those of all commands.
    Man(man::ManArgs),
    /// Find and read models.
    #[command(subcommand)]
    Models(Box<Lazy<models::ModelsCommand>>),
    /// Find and read papers.
    #[command(subcommand)]
    Papers(Lazy<papers::PapersCommand>),
    /// Create, list and change repositories.
    #[command(subcommand)]
    Repos(Box<Lazy<repos::ReposCommand>>),
    /// Not here: the sandboxes of Python's `hf` are an experiment.
    Sandbox(not_here::AnyWords),
    /// Descriptions of how to work with the Hub, for assistants.
    #[command(subcommand)]
    Skills(Lazy<skills::SkillsCommand>),
    /// Find, run and change Spaces.
    #[command(subcommand)]
    Spaces(Lazy<spaces::SpacesCommand>),
    Sync(Box<sync::SyncArgs>),
    /// Run an embedded Hub on loopback for experiments and tests.
    Testhub(testhub::TesthubArgs),
    /// Print how to install the newest version.
    Update,
    Upload(upload::UploadArgs),
    /// Print the version.
    Version,
    /// Have the Hub tell of changes.
    #[command(subcommand)]
    Webhooks(Lazy<webhooks::WebhooksCommand>),
}

impl Command {
    fn run(self, output: Output) -> Done {
        match self {
            Self::Auth(Lazy(command)) => auth::run(command, output),
            Self::Buckets(Lazy(command)) => buckets::run(command, output),
            Self::Cache(Lazy(command)) => cache::run(command, output),
            Self::Call(args) => call::run(args),
            Self::Cat(args) => cat::run(&args, output),
            Self::Collections(Lazy(command)) => collections::run(command, output),
            Self::Completion(args) => completion::run(&args, output),
            Self::Cp(args) => copy::run(&args, None, output),
            Self::Datasets(Lazy(command)) => datasets::run(command, output),
            Self::Diff(args) => diff::run(&args, output),
            Self::Discussions(Lazy(command)) => discussions::run(command, output),
            Self::Download(args) => download::run(args, output),
            Self::Du(args) => du::run(&args, output),
            Self::Endpoints(Lazy(command)) => endpoints::run(command, output),
            Self::Env => env::run(output),
            Self::Extensions(Lazy(command)) => extensions::run(command, output),
            Self::Jobs(command) => jobs::run(command.0, output),
            Self::Man(args) => man::run(&args, Cli::command(), output),
            Self::Models(command) => models::run(command.0, output),
            Self::Papers(Lazy(command)) => papers::run(command, output),
            Self::Repos(command) => repos::run(command.0, output),
            Self::Sandbox(_) => not_here::sandbox(),
            Self::Skills(Lazy(command)) => skills::run(command, &Cli::command(), output),
            Self::Spaces(Lazy(command)) => spaces::run(command, output),
            Self::Sync(args) => sync::run(&args, output),
            Self::Testhub(args) => testhub::run(args),
            Self::Update => update::run(output),
            Self::Upload(args) => upload::run(args, output),
            Self::Version => version::run(output),
            Self::Webhooks(Lazy(command)) => webhooks::run(command, output),
        }
    }
}

/// Reads a line.
fn read(line: &[OsString]) -> Result<Cli, clap::Error> {
    let mut hf = Cli::command();
    let read = hf
        .try_get_matches_from_mut(line)
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches))
        .map_err(|error| error.format(&mut hf));
    // The process ends soon, and frees it faster.
    std::mem::forget(hf);
    read
}

fn main() -> ExitCode {
    completion::answer(Cli::command);
    let mut line: Vec<_> = std::env::args_os().collect();
    if line.first().is_some_and(old_names::is_old) {
        let (today, notice) = old_names::translate(line);
        line = today;
        if let Some(notice) = notice {
            output::say(&format!("Warning: {notice}"));
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
    let (line, taken) = lazy::for_line(&line.clone(), || {
        let line = if greedy::concerns(&line) {
            greedy::expand(line, &Cli::command())
        } else {
            line
        };
        passthrough::arrange(line, Cli::command)
    });
    match lazy::for_line(&line, || read(&line)) {
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
