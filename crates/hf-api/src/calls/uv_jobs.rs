//! Jobs that run Python scripts with uv.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use hf_types::{JobHardware, JobInfo, ScheduledJobInfo, Timestamp, Volume, VolumeType};
use serde_json::Value;

use super::bucket_batch::BucketAdd;
use super::job_spec::default_name_for_script;
use super::job_volumes::ARTIFACTS_BUCKET;
use super::jobs::{is_named, namespace};
use crate::call::{Context, JobTimeout, Operation, Secret};
use crate::{Call, Error, ErrorKind, HfApi, Result};

/// The image that scripts run in: Debian with Python 3.12 and uv.
const UV_IMAGE: &str = "ghcr.io/astral-sh/uv:python3.12-bookworm";

/// The path at which local files are mounted in a job.
const ARTIFACTS_MOUNT: &str = "/data";

/// The extensions of names that mean local files, unless they are URLs.
const FILE_SUFFIXES: [&str; 5] = ["py", "sh", "yaml", "yml", "toml"];

/// A script with its arguments, packages and volumes.
struct Script<'a> {
    source: &'a str,
    args: &'a [String],
    dependencies: &'a [String],
    python: Option<&'a str>,
    volumes: &'a [Volume],
}

impl Script<'_> {
    /// The script and its arguments that are local files, each once; an error
    /// for those that are meant as files and do not exist.
    fn local_files(&self) -> Result<Vec<&str>> {
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
        let mut local = Vec::new();
        for name in candidates() {
            if Path::new(name).is_file() && !local.contains(&name) {
                local.push(name);
            }
        }
        if !local.is_empty() && self.volumes.iter().any(|v| v.mount_path == ARTIFACTS_MOUNT) {
            return Err(Error::validation(format!(
                "{ARTIFACTS_MOUNT:?} is where local scripts are mounted; mount the volume elsewhere"
            )));
        }
        Ok(local)
    }

    /// The command that runs it in the job, with local files under the names
    /// that they have there.
    fn command(&self, names: &BTreeMap<&str, String>) -> Vec<String> {
        let mut command = vec!["uv".to_owned(), "run".to_owned()];
        for dependency in self.dependencies {
            command.extend(["--with".to_owned(), dependency.clone()]);
        }
        if let Some(python) = self.python.filter(|python| !python.is_empty()) {
            command.extend(["--python".to_owned(), python.to_owned()]);
        }
        let in_job = |name: &str| {
            let mounted = names.get(name);
            mounted.map_or_else(
                || name.to_owned(),
                |file| format!("{ARTIFACTS_MOUNT}/{file}"),
            )
        };
        command.push(in_job(self.source));
        command.extend(self.args.iter().map(|arg| in_job(arg)));
        command
    }

    /// Brings local files to a folder of the namespace's bucket, and returns
    /// the command and the volume of that folder, if there are any.
    async fn prepare(&self, api: &HfApi, namespace: &str) -> Result<(Vec<String>, Option<Volume>)> {
        let names = remote_names(&self.local_files()?);
        if names.is_empty() {
            return Ok((self.command(&names), None));
        }
        let bucket = format!("{namespace}/{ARTIFACTS_BUCKET}");
        let now = Timestamp::try_from(SystemTime::now())?.to_string();
        let now: String = now
            .chars()
            .take(19)
            .filter(|c| !"-:".contains(*c))
            .collect();
        let folder = format!("{now}-{:06x}", fastrand::u32(..1 << 24));
        let url = api
            .create_bucket(&bucket)
            .exist_ok(true)
            .private(true)
            .await?;
        let files = names
            .iter()
            .map(|(local, remote)| BucketAdd::new(*local, format!("{folder}/{remote}")));
        api.batch_bucket_files(&bucket)
            .add(files.collect::<Vec<_>>())
            .await?;
        tracing::info!(bucket = %url.url(), "the job reads its script from the bucket, and can write there");
        let mut volume = Volume::new(VolumeType::Bucket, &bucket, ARTIFACTS_MOUNT);
        volume.path = Some(folder);
        volume.read_only = Some(false);
        Ok((self.command(&names), Some(volume)))
    }
}

/// Returns a name of its own in one folder for each local file.
fn remote_names<'a>(files: &[&'a str]) -> BTreeMap<&'a str, String> {
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for file in files {
        let path = Path::new(file);
        let of = |part: Option<&std::ffi::OsStr>| {
            part.map_or_else(String::new, |part| part.to_string_lossy().replace(' ', "_"))
        };
        let (stem, suffix) = (of(path.file_stem()), of(path.extension()));
        let suffix = if suffix.is_empty() {
            suffix
        } else {
            format!(".{suffix}")
        };
        let mut name = format!("{stem}{suffix}");
        for i in 0.. {
            if !names.values().any(|taken| *taken == name) {
                break;
            }
            name = format!("{stem}({i}){suffix}");
        }
        names.insert(file, name);
    }
    names
}

fn is_meant_as_file(name: &str) -> bool {
    let suffix = Path::new(name)
        .extension()
        .and_then(|suffix| suffix.to_str());
    suffix.is_some_and(|suffix| FILE_SUFFIXES.contains(&suffix))
        && !name.starts_with("https://")
        && !name.starts_with("http://")
}

/// Passes the parameters of a call for a script on to the call for an image.
macro_rules! hand_on {
    ($call:ident, $api:ident, $make:expr) => {{
        let args = $call.script_args.unwrap_or_default();
        let dependencies = $call.dependencies.unwrap_or_default();
        let namespace = namespace(&$api, $call.namespace).await?;
        let script = Script {
            source: &$call.script,
            args: &args,
            dependencies: &dependencies,
            python: $call.python.as_deref(),
            volumes: $call.volumes.as_deref().unwrap_or_default(),
        };
        let (command, artifacts) = script.prepare(&$api, &namespace).await?;
        let image = $call
            .image
            .filter(|image| !image.is_empty())
            .unwrap_or_else(|| UV_IMAGE.to_owned());
        let mut job = $make(image, command);
        job.name = match $call.name {
            None if !is_named($call.labels.as_ref()) => {
                Some(default_name_for_script(&$call.script, &args))
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
        if let Some(artifacts) = artifacts {
            job.volumes.get_or_insert_default().push(artifacts);
        }
        job.expose = $call.expose;
        job.expose_public = $call.expose_public;
        job.resource_group_id = $call.resource_group_id;
        job.namespace = Some(namespace);
        job
    }};
}

/// Runs a Python script with uv on the Hub's hardware.
///
/// The script is a URL, a command that uv knows, or a local file. Local files,
/// those among the arguments included, are brought to a folder of their own in
/// the bucket `{namespace}/jobs-artifacts`, which the job has at `/data`.
///
/// The request of [`run_job`](HfApi::run_job).
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let job = api
///     .run_uv_job("https://example.org/train.py")
///     .dependencies(["torch"])
///     .flavor("a10g-small")
///     .await?;
/// println!("{}", job.id);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `FileNotFound` for a script that does not exist; `Validation` for a malformed
/// `timeout`, or a volume at `/data` beside a local script.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct RunUvJobCall {
    #[call(context)]
    ctx: Context,
    /// The script: a local file, a URL, or a command.
    #[call(arg)]
    script: String,
    /// The arguments of the script.
    script_args: Option<Vec<String>>,
    /// The packages that the script needs besides those that it declares.
    dependencies: Option<Vec<String>>,
    /// The version of Python.
    python: Option<String>,
    /// The Docker image, which must have uv. By default, one with Python 3.12.
    image: Option<String>,
    /// The environment variables.
    env: Option<BTreeMap<String, Value>>,
    /// The secret environment variables.
    secrets: Option<Secret<BTreeMap<String, Value>>>,
    /// The hardware (`cpu-basic`, `a10g-small`, ...). By default, `cpu-basic`.
    flavor: Option<JobHardware>,
    /// The maximum time that the job may run: a `Duration`, seconds, or text
    /// such as `30m`, `1.5h`, `2d`.
    timeout: Option<JobTimeout>,
    /// The maximum number of times that the job is started.
    attempts: Option<u64>,
    /// The name. By default, one made from the script.
    name: Option<String>,
    /// The labels, by which jobs can be listed.
    labels: Option<BTreeMap<String, String>>,
    /// The repositories and buckets to mount.
    volumes: Option<Vec<Volume>>,
    /// The ports to expose through the Hub to those who may see the job.
    expose: Option<Vec<u32>>,
    /// The ports to expose through the Hub to everybody.
    expose_public: Option<Vec<u32>>,
    /// Whether the job can be reached by SSH.
    ssh: bool,
    /// The network that the job shares with other jobs.
    network_group: Option<String>,
    /// The host names of the job in that network.
    network_aliases: Option<Vec<String>>,
    /// The resource group of an Enterprise organization.
    resource_group_id: Option<String>,
    /// The user or organization that runs the job. By default, the token's.
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

/// Creates a job that runs a Python script with uv on a schedule.
///
/// The script is given as to [`run_uv_job`](HfApi::run_uv_job).
///
/// The request of [`create_scheduled_job`](HfApi::create_scheduled_job).
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let scheduled = api
///     .create_scheduled_uv_job("https://example.org/report.py", "@daily")
///     .dependencies(["polars"])
///     .await?;
/// println!("{:?}", scheduled.status.next_job_run_at);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `FileNotFound` for a script that does not exist; `BadRequest` for a schedule
/// that the Hub cannot read.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ScheduledJobInfo)]
pub struct CreateScheduledUvJobCall {
    #[call(context)]
    ctx: Context,
    /// The script: a local file, a URL, or a command.
    #[call(arg)]
    script: String,
    /// The schedule: `@hourly`, `@daily`, or the five fields of cron.
    #[call(arg)]
    schedule: String,
    /// The arguments of the script.
    script_args: Option<Vec<String>>,
    /// Whether to suspend the job until it is resumed.
    suspend: Option<bool>,
    /// Whether a run may start while the previous one is still running.
    concurrency: Option<bool>,
    /// The packages that the script needs besides those that it declares.
    dependencies: Option<Vec<String>>,
    /// The version of Python.
    python: Option<String>,
    /// The Docker image, which must have uv. By default, one with Python 3.12.
    image: Option<String>,
    /// The environment variables.
    env: Option<BTreeMap<String, Value>>,
    /// The secret environment variables.
    secrets: Option<Secret<BTreeMap<String, Value>>>,
    /// The hardware (`cpu-basic`, `a10g-small`, ...). By default, `cpu-basic`.
    flavor: Option<JobHardware>,
    /// The maximum time that a run may take: a `Duration`, seconds, or text
    /// such as `30m`, `1.5h`, `2d`.
    timeout: Option<JobTimeout>,
    /// The maximum number of times that a run is started.
    attempts: Option<u64>,
    /// The name. By default, one made from the script.
    name: Option<String>,
    /// The labels, by which jobs can be listed.
    labels: Option<BTreeMap<String, String>>,
    /// The repositories and buckets to mount.
    volumes: Option<Vec<Volume>>,
    /// The ports to expose through the Hub to those who may see the job.
    expose: Option<Vec<u32>>,
    /// The ports to expose through the Hub to everybody.
    expose_public: Option<Vec<u32>>,
    /// The resource group of an Enterprise organization.
    resource_group_id: Option<String>,
    /// The user or organization that runs the job. By default, the token's.
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
