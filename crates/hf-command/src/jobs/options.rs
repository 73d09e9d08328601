//! The options of commands that start or schedule a job.

use clap::Args;
use hf_api::types::JobHardware;

use crate::args::TokenArgs;
use crate::listing::soft_choices;
use crate::variables::{EnvArgs, SecretArgs};

/// What a job is, whatever it runs and whenever.
#[derive(Debug, Args)]
pub(super) struct SpecOptions {
    #[command(flatten)]
    pub(super) env: EnvArgs,
    #[command(flatten)]
    pub(super) secrets: SecretArgs,
    /// Name the job; the same as `--label name=NAME`. By default, it is made of what the job runs.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Label the job: `KEY=VALUE` or `KEY`. May be repeated.
    #[arg(short, long, value_name = "KEY[=VALUE]")]
    pub(super) label: Vec<String>,
    /// Mount a repository or bucket, `hf://[TYPE/]ID[@REVISION][/PATH]:/MOUNT_PATH[:ro|:rw]`, or a local folder,
    /// `FOLDER:/MOUNT_PATH[:ro|:rw]`, which is copied to a bucket first. May be repeated.
    #[arg(short, long, value_name = "SPEC")]
    pub(super) volume: Vec<String>,
    /// The hardware to run on; `hf jobs hardware` lists it. By default, `cpu-basic`.
    #[arg(long, value_parser = soft_choices(JobHardware::KNOWN), hide_possible_values = true)]
    pub(super) flavor: Option<String>,
    /// The longest time that the job may run: seconds, or 30m, 2h, 1d.
    #[arg(long)]
    pub(super) timeout: Option<String>,
    /// How often the job is started at most, if it fails.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) attempts: Option<u64>,
    /// Only print what would be sent.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// A port that those with access to the namespace can reach. May be repeated.
    #[arg(long, value_name = "PORT")]
    pub(super) expose: Vec<u16>,
    /// A port that everybody can reach. May be repeated.
    #[arg(long, value_name = "PORT")]
    pub(super) expose_public: Vec<u16>,
    /// The resource group of the job, in an Enterprise organization.
    #[arg(long, value_name = "ID")]
    pub(super) resource_group_id: Option<String>,
    /// The user or organization that runs the job. By default, that of the token.
    #[arg(long)]
    pub(super) namespace: Option<String>,
    #[command(flatten)]
    pub(super) token: TokenArgs,
}

/// What only a job that starts now has.
#[derive(Debug, Default, Args)]
pub(super) struct NowOptions {
    /// Do not print the log: end as soon as the job is created.
    #[arg(short, long)]
    pub(super) detach: bool,
    /// Allow `hf jobs ssh` to open a shell in the job.
    #[arg(long)]
    pub(super) ssh: bool,
    /// The network that the job shares with other jobs.
    #[arg(long, value_name = "GROUP")]
    pub(super) network_group: Option<String>,
    /// A host name of the job in that network. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub(super) network_alias: Vec<String>,
}

/// What only a job on a schedule has.
#[derive(Debug, Default, Args)]
pub(super) struct ScheduleOptions {
    /// Create it suspended: it does not run until it is resumed.
    #[arg(long, overrides_with = "no_suspend")]
    suspend: bool,
    #[arg(long, hide = true)]
    no_suspend: bool,
    /// Let a run start while the previous one is still running.
    #[arg(long, overrides_with = "no_concurrency")]
    concurrency: bool,
    #[arg(long, hide = true)]
    no_concurrency: bool,
}

impl ScheduleOptions {
    pub(super) fn suspend(&self) -> Option<bool> {
        (self.suspend || self.no_suspend).then_some(self.suspend)
    }

    pub(super) fn concurrency(&self) -> Option<bool> {
        (self.concurrency || self.no_concurrency).then_some(self.concurrency)
    }
}

/// What only a Python script has.
#[derive(Debug, Default, Args)]
pub(super) struct UvOptions {
    /// A Docker image that has uv.
    #[arg(long)]
    pub(super) image: Option<String>,
    /// A package to install beside those that the script names. May be repeated.
    #[arg(long, value_name = "PACKAGE")]
    pub(super) with: Vec<String>,
    /// The version of Python.
    #[arg(short, long)]
    pub(super) python: Option<String>,
}
