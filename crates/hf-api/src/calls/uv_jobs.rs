//! Jobs that run Python scripts with uv.

use std::collections::BTreeMap;
use std::path::Path;

use hf_types::{JobHardware, JobInfo, ScheduledJobInfo, Volume};
use serde_json::Value;

use super::job_spec::name_from_script;
use super::jobs::{is_named, namespace};
use crate::call::{Context, JobTimeout, Operation, Secret};
use crate::{Call, Error, ErrorKind, HfApi, Result};

/// The image that scripts run in: Debian with Python 3.12 and uv.
const UV_IMAGE: &str = "ghcr.io/astral-sh/uv:python3.12-bookworm";

/// Where local files are mounted in a job.
const ARTIFACTS_MOUNT: &str = "/data";

/// Names that are meant as local files, unless they are URLs.
const FILE_SUFFIXES: [&str; 5] = ["py", "sh", "yaml", "yml", "toml"];

/// What is run, and with what.
struct Script<'a> {
    source: &'a str,
    args: &'a [String],
    dependencies: &'a [String],
    python: Option<&'a str>,
    volumes: &'a [Volume],
}

impl Script<'_> {
    /// The command that runs it in the job.
    fn command(&self) -> Result<Vec<String>> {
        let candidates =
            || std::iter::once(self.source).chain(self.args.iter().map(String::as_str));
        let mut missing: Vec<&str> = candidates()
            .filter(|name| is_meant_as_file(name) && !Path::new(name).is_file())
            .collect();
        missing.dedup();
        if !missing.is_empty() {
            return Err(Error::new(
                ErrorKind::FileNotFound,
                format!("no such file: {}", missing.join(", ")),
            ));
        }
        if let Some(local) = candidates().find(|name| Path::new(name).is_file()) {
            if self.volumes.iter().any(|v| v.mount_path == ARTIFACTS_MOUNT) {
                return Err(Error::validation(format!(
                    "{ARTIFACTS_MOUNT:?} is where local scripts are mounted; \
                     mount the volume elsewhere"
                )));
            }
            return Err(Error::new(
                ErrorKind::NotImplemented,
                format!(
                    "{local:?} is a local file, which a job reads from a bucket; sending files \
                     to a bucket needs Xet storage, which is not available yet"
                ),
            )
            .with_hint("Give the script as a URL, or commit it to a repository."));
        }
        let mut command = vec!["uv".to_owned(), "run".to_owned()];
        for dependency in self.dependencies {
            command.extend(["--with".to_owned(), dependency.clone()]);
        }
        if let Some(python) = self.python.filter(|python| !python.is_empty()) {
            command.extend(["--python".to_owned(), python.to_owned()]);
        }
        command.push(self.source.to_owned());
        command.extend_from_slice(self.args);
        Ok(command)
    }
}

fn is_meant_as_file(name: &str) -> bool {
    let suffix = Path::new(name)
        .extension()
        .and_then(|suffix| suffix.to_str());
    suffix.is_some_and(|suffix| FILE_SUFFIXES.contains(&suffix))
        && !name.starts_with("https://")
        && !name.starts_with("http://")
}

/// The parameters that a call for a script hands on to the call for an image.
macro_rules! hand_on {
    ($call:ident, $api:ident, $make:expr) => {{
        let args = $call.script_args.unwrap_or_default();
        let dependencies = $call.dependencies.unwrap_or_default();
        let command = Script {
            source: &$call.script,
            args: &args,
            dependencies: &dependencies,
            python: $call.python.as_deref(),
            volumes: $call.volumes.as_deref().unwrap_or_default(),
        }
        .command()?;
        let image = $call
            .image
            .filter(|image| !image.is_empty())
            .unwrap_or_else(|| UV_IMAGE.to_owned());
        let mut job = $make(image, command);
        job.name = match $call.name {
            None if !is_named($call.labels.as_ref()) => {
                Some(name_from_script(&$call.script, &args))
            }
            name => name,
        };
        job.env = $call.env;
        job.secrets = $call.secrets;
        job.flavor = $call.flavor;
        job.timeout = $call.timeout;
        job.attempts = $call.attempts;
        job.labels = $call.labels;
        job.volumes = $call.volumes;
        job.expose = $call.expose;
        job.expose_public = $call.expose_public;
        job.resource_group_id = $call.resource_group_id;
        job.namespace = Some(namespace(&$api, $call.namespace).await?);
        job
    }};
}

/// Runs a Python script with uv on the Hub's hardware.
///
/// Rests on [`run_job`](HfApi::run_job). The script is a URL or a command
/// that uv knows; a local file needs Xet storage to be sent, which is not
/// available yet and refused.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let job = api
///     .run_uv_job("https://example.org/train.py")
///     .dependencies(["torch"])
///     .flavor("a10g-small")
///     .await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `FileNotFound` for a script that is not there, `NotImplemented` for a
/// local one.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct RunUvJobCall {
    #[call(context)]
    ctx: Context,
    /// The script: a URL, or a command.
    #[call(arg)]
    script: String,
    /// Its arguments.
    script_args: Option<Vec<String>>,
    /// Packages it needs besides those it names itself.
    dependencies: Option<Vec<String>>,
    /// The version of Python.
    python: Option<String>,
    /// An image that has uv; one with Python 3.12 otherwise.
    image: Option<String>,
    /// Environment variables.
    env: Option<BTreeMap<String, Value>>,
    /// Environment variables that are kept secret.
    secrets: Option<Secret<BTreeMap<String, Value>>>,
    /// The hardware (`cpu-basic`, `a10g-small`, ...).
    flavor: Option<JobHardware>,
    /// The most it may take: seconds, or `"30m"`, `"1.5h"`, `"2d"`.
    timeout: Option<JobTimeout>,
    /// How often it is tried.
    attempts: Option<u64>,
    /// Its name; made from the script otherwise.
    name: Option<String>,
    /// Labels, by which jobs are found again.
    labels: Option<BTreeMap<String, String>>,
    /// Repositories and buckets to mount.
    volumes: Option<Vec<Volume>>,
    /// Ports to reach through the Hub, for those who may see the job.
    expose: Option<Vec<u32>>,
    /// Ports to reach through the Hub, for all.
    expose_public: Option<Vec<u32>>,
    /// Whether it can be reached by SSH.
    ssh: bool,
    /// The network that it shares with other jobs.
    network_group: Option<String>,
    /// Its host names in that network.
    network_aliases: Option<Vec<String>>,
    /// The resource group of an Enterprise organization.
    resource_group_id: Option<String>,
    /// The user or organization that runs it; the token's user otherwise.
    namespace: Option<String>,
}

impl Operation for RunUvJobCall {
    async fn run(self, api: HfApi) -> Result<JobInfo> {
        let (ssh, group, aliases) = (self.ssh, self.network_group, self.network_aliases);
        let mut job = hand_on!(self, api, |image: String, command: Vec<String>| api
            .run_job(image, command));
        job.ssh = ssh;
        job.network_group = group;
        job.network_aliases = aliases;
        job.await
    }
}

/// Runs a Python script with uv again and again.
///
/// Rests on [`create_scheduled_job`](HfApi::create_scheduled_job); the script
/// is as in [`run_uv_job`](HfApi::run_uv_job).
///
/// # Errors
/// `FileNotFound` for a script that is not there, `NotImplemented` for a
/// local one.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ScheduledJobInfo)]
pub struct CreateScheduledUvJobCall {
    #[call(context)]
    ctx: Context,
    /// The script: a URL, or a command.
    #[call(arg)]
    script: String,
    /// When: `@hourly`, `@daily`, or cron's five fields.
    #[call(arg)]
    schedule: String,
    /// Its arguments.
    script_args: Option<Vec<String>>,
    /// Whether it is held until it is resumed.
    suspend: Option<bool>,
    /// Whether a run may start while the last one is still going.
    concurrency: Option<bool>,
    /// Packages it needs besides those it names itself.
    dependencies: Option<Vec<String>>,
    /// The version of Python.
    python: Option<String>,
    /// An image that has uv; one with Python 3.12 otherwise.
    image: Option<String>,
    /// Environment variables.
    env: Option<BTreeMap<String, Value>>,
    /// Environment variables that are kept secret.
    secrets: Option<Secret<BTreeMap<String, Value>>>,
    /// The hardware (`cpu-basic`, `a10g-small`, ...).
    flavor: Option<JobHardware>,
    /// The most a run may take: seconds, or `"30m"`, `"1.5h"`, `"2d"`.
    timeout: Option<JobTimeout>,
    /// How often a run is tried.
    attempts: Option<u64>,
    /// Its name; made from the script otherwise.
    name: Option<String>,
    /// Labels, by which jobs are found again.
    labels: Option<BTreeMap<String, String>>,
    /// Repositories and buckets to mount.
    volumes: Option<Vec<Volume>>,
    /// Ports to reach through the Hub, for those who may see the job.
    expose: Option<Vec<u32>>,
    /// Ports to reach through the Hub, for all.
    expose_public: Option<Vec<u32>>,
    /// The resource group of an Enterprise organization.
    resource_group_id: Option<String>,
    /// The user or organization that runs it; the token's user otherwise.
    namespace: Option<String>,
}

impl Operation for CreateScheduledUvJobCall {
    async fn run(self, api: HfApi) -> Result<ScheduledJobInfo> {
        let (schedule, suspend, concurrency) = (self.schedule, self.suspend, self.concurrency);
        let mut job = hand_on!(self, api, |image: String, command: Vec<String>| api
            .create_scheduled_job(image, command, schedule));
        job.suspend = suspend;
        job.concurrency = concurrency;
        job.await
    }
}

/// # Python scripts as jobs
impl HfApi {
    run_uv_job!();
    create_scheduled_uv_job!();
}
