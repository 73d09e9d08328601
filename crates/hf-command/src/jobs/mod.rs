//! `hf jobs`.

mod header;
mod labels;
mod list;
mod logs;
mod manage;
mod options;
mod run;
mod scheduled;
mod spec;
mod stats;
mod submit;
mod summary;

use clap::{Args, Subcommand};

use crate::args::TokenArgs;
use crate::failure::{Done, Failure};
use crate::output::Output;
use crate::runtime;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum JobsCommand {
    /// Stop a job.
    Cancel(JobArgs),
    /// Replace the ports of a job that can be reached from outside.
    Expose(manage::ExposeArgs),
    /// List the hardware for jobs, and its prices.
    Hardware(TokenArgs),
    /// Print all that is known of jobs.
    Inspect(JobsArgs),
    /// Set or clear the labels of a job.
    Labels(labels::LabelsArgs),
    /// List jobs.
    #[command(visible_aliases = ["ls", "ps"])]
    List(list::ListArgs),
    /// Print the log of a job.
    Logs(logs::LogsArgs),
    /// Start a job again, as a new one.
    Rerun(manage::RerunArgs),
    /// Run a command in a container on the Hub's hardware, and print its log.
    Run(run::RunArgs),
    /// Run jobs on a schedule.
    #[command(subcommand)]
    Scheduled(scheduled::ScheduledCommand),
    /// Open a shell in a job that was started with --ssh.
    Ssh(manage::SshArgs),
    /// Print what running jobs use: CPU, memory, GPUs.
    Stats(stats::StatsArgs),
    /// Run Python scripts with uv.
    #[command(subcommand)]
    Uv(UvCommand),
    /// Wait until jobs have ended.
    Wait(manage::WaitArgs),
}

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum UvCommand {
    /// Run a Python script with uv on the Hub's hardware, and print its log.
    Run(run::UvRunArgs),
}

/// One job.
#[derive(Debug, Args)]
pub(crate) struct JobArgs {
    /// The job: `ID` or `NAMESPACE/ID`.
    job_id: String,
    #[command(flatten)]
    options: JobOptions,
}

/// Jobs.
#[derive(Debug, Args)]
pub(crate) struct JobsArgs {
    /// The jobs: `ID` or `NAMESPACE/ID`.
    #[arg(required = true)]
    job_ids: Vec<String>,
    #[command(flatten)]
    options: JobOptions,
}

#[derive(Debug, Args)]
pub(crate) struct JobOptions {
    /// The user or organization that runs it. By default, that of the token.
    #[arg(long)]
    namespace: Option<String>,
    #[command(flatten)]
    token: TokenArgs,
}

/// A job by its id, and the namespace that the id or the option names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct JobRef {
    id: String,
    namespace: Option<String>,
}

impl JobRef {
    fn parse(text: &str, namespace: Option<&str>) -> Result<Self, Failure> {
        let Some((inside, id)) = text.split_once('/') else {
            return Ok(Self {
                id: text.to_owned(),
                namespace: namespace.map(str::to_owned),
            });
        };
        if inside.is_empty() || id.is_empty() || id.contains('/') {
            return Err(Failure::usage(format!(
                "`{text}` is not the id of a job: expected ID or NAMESPACE/ID"
            )));
        }
        match namespace {
            Some(option) if option != inside => Err(Failure::usage(format!(
                "`{text}` says that the namespace is `{inside}`, and --namespace says `{option}`"
            ))),
            _ => Ok(Self {
                id: id.to_owned(),
                namespace: Some(inside.to_owned()),
            }),
        }
    }

    /// Reads several ids of one namespace.
    fn parse_all(
        texts: &[String],
        namespace: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), Failure> {
        let jobs = texts.iter().map(|text| Self::parse(text, namespace));
        let jobs = jobs.collect::<Result<Vec<_>, _>>()?;
        let namespace = jobs.first().and_then(|job| job.namespace.clone());
        if jobs.iter().any(|job| job.namespace != namespace) {
            return Err(Failure::usage("the jobs must be of one namespace"));
        }
        Ok((jobs.into_iter().map(|job| job.id).collect(), namespace))
    }
}

impl std::fmt::Display for JobRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.id),
            None => f.write_str(&self.id),
        }
    }
}

pub(crate) fn run(command: JobsCommand, output: Output) -> Done {
    match command {
        JobsCommand::Ssh(args) => manage::ssh(&args, output),
        JobsCommand::Run(args) => run::run(&args, output),
        JobsCommand::Rerun(args) => manage::rerun(&args, output),
        JobsCommand::Uv(UvCommand::Run(args)) => run::run_uv(&args, output),
        JobsCommand::Scheduled(command) => scheduled::run(command, output),
        other => runtime::run(run_async(other, output)),
    }
}

async fn run_async(command: JobsCommand, output: Output) -> Done {
    match command {
        JobsCommand::Cancel(args) => manage::cancel(&args, output).await,
        JobsCommand::Expose(args) => manage::expose(&args, output).await,
        JobsCommand::Hardware(token) => manage::hardware(&token, output).await,
        JobsCommand::Inspect(args) => manage::inspect(&args, output).await,
        JobsCommand::Labels(args) => labels::run(&args, labels::JOB, output).await,
        JobsCommand::List(args) => list::run(&args, output).await,
        JobsCommand::Logs(args) => logs::run(&args, output).await,
        JobsCommand::Stats(args) => stats::run(&args, output).await,
        JobsCommand::Wait(args) => manage::wait(&args, output).await,
        // They are run above, as they know themselves what Ctrl-C means.
        JobsCommand::Ssh(_)
        | JobsCommand::Run(_)
        | JobsCommand::Rerun(_)
        | JobsCommand::Uv(_)
        | JobsCommand::Scheduled(_) => Ok(()),
    }
}

/// The attributes of Python's `JobInfo`, in their order.
const JOB: &[&str] = &[
    "id",
    "created_at",
    "started_at",
    "finished_at",
    "docker_image",
    "space_id",
    "command",
    "arguments",
    "environment",
    "secrets",
    "flavor",
    "labels",
    "volumes",
    "status",
    "durations",
    "owner",
    "initiator",
    "network",
    "retry",
    "expose",
    "expose_public",
    "endpoint",
    "url",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_name_its_namespace() {
        let parse = |text, namespace| JobRef::parse(text, namespace).map(|job| job.to_string());
        assert_eq!(parse("1", None).unwrap(), "1");
        assert_eq!(parse("1", Some("org")).unwrap(), "org/1");
        assert_eq!(parse("org/1", None).unwrap(), "org/1");
        assert_eq!(parse("org/1", Some("org")).unwrap(), "org/1");
        for (text, namespace) in [
            ("org/1", Some("user")),
            ("/1", None),
            ("org/", None),
            ("a/b/c", None),
        ] {
            assert!(parse(text, namespace).is_err(), "{text}");
        }
        let ids = ["a/1".to_owned(), "b/2".to_owned()];
        assert!(JobRef::parse_all(&ids, None).is_err());
    }
}
