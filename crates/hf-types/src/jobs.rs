//! Jobs and scheduled jobs.

use std::collections::BTreeMap;

use hf_macros::Dataclass;
use serde_json::{Map, Number, Value};

use crate::common::{default_endpoint, some_items};
use crate::{Extra, Timestamp, Volume, WithEndpoint};

/// A job.
///
/// ```
/// use hf_types::{JobInfo, JobStage};
/// let job: JobInfo = serde_json::from_str(r#"{
///     "id": "687f", "dockerImage": "python:3.12", "flavor": "cpu-basic",
///     "status": {"stage": "RUNNING"}, "owner": {"id": "5e9e", "name": "user", "type": "user"},
///     "expose": {"ports": [8000], "portsPublic": []}
/// }"#)?;
/// assert_eq!(job.status.stage, JobStage::Running);
/// assert_eq!(job.expose.as_deref(), Some(&[8000][..]));
/// assert_eq!(job.url(), "https://huggingface.co/jobs/user/687f");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[dataclass(computed(url))]
#[non_exhaustive]
pub struct JobInfo {
    /// What names it.
    pub id: String,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it started to run.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The Docker image it runs, unless it runs a Space's.
    pub docker_image: Option<String>,
    /// The Space whose image it runs.
    pub space_id: Option<String>,
    /// Its command.
    pub command: Option<Vec<String>>,
    /// The arguments of its command.
    pub arguments: Option<Vec<String>>,
    /// Its environment variables.
    pub environment: Option<Map<String, Value>>,
    /// Its secret variables, as far as the Hub shows them: as sent.
    pub secrets: Option<Value>,
    /// What it runs on.
    pub flavor: Option<JobHardware>,
    /// Its labels.
    pub labels: Option<BTreeMap<String, String>>,
    /// What is mounted in it.
    #[dataclass(decode = some_items)]
    pub volumes: Option<Vec<Volume>>,
    /// How it is doing.
    pub status: JobStatus,
    /// How long it took so far.
    pub durations: Option<JobDurations>,
    /// The account that it runs for.
    pub owner: JobOwner,
    /// What started it.
    pub initiator: Option<JobInitiator>,
    /// The network that it joined.
    pub network: Option<JobNetwork>,
    /// How often it is started again when it fails.
    pub retry: Option<u64>,
    /// Ports that are reachable from outside.
    #[dataclass(wire = "expose.ports")]
    pub expose: Option<Vec<u16>>,
    /// Those of them that need no token.
    #[dataclass(wire = "expose.portsPublic")]
    pub expose_public: Option<Vec<u16>>,
    /// The Hub it runs on.
    #[dataclass(default = default_endpoint())]
    pub endpoint: String,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl JobInfo {
    /// Its page.
    pub fn url(&self) -> String {
        format!("{}/jobs/{}/{}", self.endpoint, self.owner.name, self.id)
    }
}

impl WithEndpoint for JobInfo {
    fn set_endpoint(&mut self, endpoint: &str) {
        endpoint.clone_into(&mut self.endpoint);
    }
}

/// How a job is doing.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct JobStatus {
    /// Where it is between start and end.
    pub stage: JobStage,
    /// What the Hub says about it, such as the reason of an error.
    pub message: Option<String>,
    /// The URLs of its exposed ports.
    pub expose_urls: Option<Vec<String>>,
    /// Where it can be reached by SSH.
    pub ssh_url: Option<String>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

open_enum! {
    /// Where a job is between start and end.
    pub enum JobStage {
        /// It ended well.
        Completed = "COMPLETED",
        /// It was canceled.
        Canceled = "CANCELED",
        /// It failed.
        Error = "ERROR",
        /// It was deleted.
        Deleted = "DELETED",
        /// It waits for hardware.
        Scheduling = "SCHEDULING",
        /// It runs.
        Running = "RUNNING",
    }
}

impl JobStage {
    /// Whether it will not run any more.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Canceled | Self::Error | Self::Deleted
        )
    }
}

open_enum! {
    /// What a job can run on.
    pub enum JobHardware {
        /// 2 vCPU.
        CpuBasic = "cpu-basic",
        /// 8 vCPU.
        CpuUpgrade = "cpu-upgrade",
        /// Many vCPU.
        CpuPerformance = "cpu-performance",
        /// Most vCPU.
        CpuXl = "cpu-xl",
        /// Nvidia T4, small.
        T4Small = "t4-small",
        /// Nvidia T4, medium.
        T4Medium = "t4-medium",
        /// 1 Nvidia L4.
        L4x1 = "l4x1",
        /// 4 Nvidia L4.
        L4x4 = "l4x4",
        /// 1 Nvidia L40S.
        L40sx1 = "l40sx1",
        /// 4 Nvidia L40S.
        L40sx4 = "l40sx4",
        /// 8 Nvidia L40S.
        L40sx8 = "l40sx8",
        /// Nvidia A10G, small.
        A10gSmall = "a10g-small",
        /// Nvidia A10G, large.
        A10gLarge = "a10g-large",
        /// 2 Nvidia A10G, large.
        A10gLargex2 = "a10g-largex2",
        /// 4 Nvidia A10G, large.
        A10gLargex4 = "a10g-largex4",
        /// Nvidia A100, large.
        A100Large = "a100-large",
        /// 4 Nvidia A100.
        A100x4 = "a100x4",
        /// 8 Nvidia A100.
        A100x8 = "a100x8",
        /// 1 Nvidia H200.
        H200 = "h200",
        /// 2 Nvidia H200.
        H200x2 = "h200x2",
        /// 4 Nvidia H200.
        H200x4 = "h200x4",
        /// 8 Nvidia H200.
        H200x8 = "h200x8",
        /// 1 Nvidia RTX PRO 6000.
        RtxPro6000 = "rtx-pro-6000",
        /// 2 Nvidia RTX PRO 6000.
        RtxPro6000x2 = "rtx-pro-6000x2",
        /// 4 Nvidia RTX PRO 6000.
        RtxPro6000x4 = "rtx-pro-6000x4",
        /// 8 Nvidia RTX PRO 6000.
        RtxPro6000x8 = "rtx-pro-6000x8",
    }
}

/// The account that a job runs for.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct JobOwner {
    /// What names it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `user` or `org`.
    pub r#type: String,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The network that a job joined.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct JobNetwork {
    /// Its name.
    pub group: String,
    /// The names that the job has in it.
    #[dataclass(default)]
    pub aliases: Vec<String>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// How long a job took so far, in seconds.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[non_exhaustive]
pub struct JobDurations {
    /// Until it ran.
    pub scheduling_secs: Option<Number>,
    /// Since it ran.
    pub running_secs: Option<Number>,
    /// Since it was created.
    pub total_secs: Option<Number>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// What started a job.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct JobInitiator {
    /// `user`, `org`, `scheduled-job`, `duplicated-job`, ...
    pub r#type: String,
    /// What names it.
    pub id: String,
    /// The name of a user or organization.
    pub name: Option<String>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// What a scheduled job or a webhook starts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct JobSpec {
    /// The Docker image it runs, unless it runs a Space's.
    pub docker_image: Option<String>,
    /// The Space whose image it runs.
    pub space_id: Option<String>,
    /// Its command.
    pub command: Option<Vec<String>>,
    /// The arguments of its command.
    pub arguments: Option<Vec<String>>,
    /// Its environment variables.
    pub environment: Option<Map<String, Value>>,
    /// Its secret variables, as far as the Hub shows them: as sent.
    pub secrets: Option<Value>,
    /// What it runs on.
    pub flavor: Option<JobHardware>,
    /// Seconds it may run, where the answer has it as `timeout`. See [`JobSpec::timeout_seconds`].
    pub timeout: Option<u64>,
    /// Its tags.
    pub tags: Option<Vec<String>>,
    /// The processor architecture.
    pub arch: Option<String>,
    /// Its labels.
    pub labels: Option<BTreeMap<String, String>>,
    /// What is mounted in it.
    #[dataclass(decode = some_items)]
    pub volumes: Option<Vec<Volume>>,
    /// How often it is started again when it fails.
    pub retry: Option<u64>,
    /// Ports that are reachable from outside.
    #[dataclass(wire = "expose.ports")]
    pub expose: Option<Vec<u16>>,
    /// Those of them that need no token.
    #[dataclass(wire = "expose.portsPublic")]
    pub expose_public: Option<Vec<u16>>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl JobSpec {
    /// Seconds it may run, by whichever name the Hub sent them.
    pub fn timeout_seconds(&self) -> Option<u64> {
        self.timeout
            .or_else(|| self.extra.get("timeoutSeconds")?.as_u64())
    }
}

/// A job that is started again and again.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct ScheduledJobInfo {
    /// What names it.
    pub id: String,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// What it starts.
    #[dataclass(default)]
    pub job_spec: JobSpec,
    /// When: `@hourly` and its like, or a CRON expression.
    pub schedule: Option<String>,
    /// Whether it is suspended.
    pub suspend: Option<bool>,
    /// Whether a run may start while another one is not done.
    pub concurrency: Option<bool>,
    /// Its last run and the next.
    #[dataclass(default)]
    pub status: ScheduledJobStatus,
    /// The account that it runs for.
    pub owner: JobOwner,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The last run of a scheduled job and the next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct ScheduledJobStatus {
    /// The last run.
    pub last_job: Option<LastJobInfo>,
    /// When the next one starts.
    pub next_job_run_at: Option<Timestamp>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A run of a scheduled job.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct LastJobInfo {
    /// The job.
    pub id: String,
    /// When it was started.
    pub at: Timestamp,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// Hardware that jobs and Spaces can run on, and what it costs.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct JobHardwareInfo {
    /// What names it, as `cpu-basic`.
    pub name: String,
    /// Its name for people.
    pub pretty_name: String,
    /// Its processors, as `2 vCPU`.
    pub cpu: String,
    /// Its memory, as `16 GB`.
    pub ram: String,
    /// Its disk, as `50 GB`; `N/A` where the Hub does not say.
    #[dataclass(default = "N/A".to_owned())]
    pub ephemeral_storage: String,
    /// Its accelerators, if it has some.
    pub accelerator: Option<JobAccelerator>,
    /// The cost of a unit, in millionths of a US dollar.
    #[dataclass(wire = "unitCostMicroUSD")]
    pub unit_cost_micro_usd: Option<u64>,
    /// The cost of a unit, in US dollars.
    #[dataclass(wire = "unitCostUSD")]
    pub unit_cost_usd: Option<Number>,
    /// The unit, as `minute`.
    pub unit_label: String,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The accelerators of some hardware.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct JobAccelerator {
    /// `gpu`, ...
    pub r#type: String,
    /// The model, as `A100`.
    pub model: String,
    /// How many, as `4`.
    pub quantity: String,
    /// Their memory, as `80 GB`.
    pub vram: String,
    /// Who makes them.
    pub manufacturer: String,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}
