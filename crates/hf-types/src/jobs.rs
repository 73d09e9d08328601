//! Jobs.

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
    /// The id.
    pub id: String,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it started to run.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The Docker image, unless it runs that of a Space.
    pub docker_image: Option<String>,
    /// The Space whose image it runs.
    pub space_id: Option<String>,
    /// The command.
    pub command: Option<Vec<String>>,
    /// The arguments of the command.
    pub arguments: Option<Vec<String>>,
    /// The environment variables.
    pub environment: Option<Map<String, Value>>,
    /// The secret environment variables, as far as the Hub shows them, as they were sent.
    pub secrets: Option<Value>,
    /// The hardware that it runs on.
    pub flavor: Option<JobHardware>,
    /// The labels.
    pub labels: Option<BTreeMap<String, String>>,
    /// The mounted volumes.
    #[dataclass(decode = some_items)]
    pub volumes: Option<Vec<Volume>>,
    /// The status.
    pub status: JobStatus,
    /// The durations so far.
    pub durations: Option<JobDurations>,
    /// The account that runs it.
    pub owner: JobOwner,
    /// The initiator.
    pub initiator: Option<JobInitiator>,
    /// The network.
    pub network: Option<JobNetwork>,
    /// The number of times that it is started again after a failure.
    pub retry: Option<u64>,
    /// Ports that are reachable from outside.
    #[dataclass(wire = "expose.ports")]
    pub expose: Option<Vec<u16>>,
    /// The exposed ports that need no token.
    #[dataclass(wire = "expose.portsPublic")]
    pub expose_public: Option<Vec<u16>>,
    /// The endpoint of the Hub.
    #[dataclass(default = default_endpoint())]
    pub endpoint: String,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl JobInfo {
    /// Returns the URL of its page.
    pub fn url(&self) -> String {
        format!("{}/jobs/{}/{}", self.endpoint, self.owner.name, self.id)
    }
}

impl WithEndpoint for JobInfo {
    fn set_endpoint(&mut self, endpoint: &str) {
        endpoint.clone_into(&mut self.endpoint);
    }
}

/// The status of a job.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct JobStatus {
    /// The stage.
    pub stage: JobStage,
    /// The Hub's message, such as the reason for an error.
    pub message: Option<String>,
    /// The URLs of its exposed ports.
    pub expose_urls: Option<Vec<String>>,
    /// The SSH URL.
    pub ssh_url: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

open_enum! {
    /// The stage of a job.
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
    /// Returns whether a job in this stage never runs again.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Canceled | Self::Error | Self::Deleted
        )
    }
}

open_enum! {
    /// The hardware of a job.
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

/// The account that runs a job.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct JobOwner {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// `user` or `org`.
    pub r#type: String,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The network of a job.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct JobNetwork {
    /// The name.
    pub group: String,
    /// The host names of the job in the network.
    #[dataclass(default)]
    pub aliases: Vec<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The durations of a job so far, in seconds.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[non_exhaustive]
pub struct JobDurations {
    /// The time until it ran, in seconds.
    pub scheduling_secs: Option<Number>,
    /// The time since it ran, in seconds.
    pub running_secs: Option<Number>,
    /// The time since its creation, in seconds.
    pub total_secs: Option<Number>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The initiator of a job.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct JobInitiator {
    /// `user`, `org`, `scheduled-job`, `duplicated-job`, ...
    pub r#type: String,
    /// The id.
    pub id: String,
    /// The name of a user or organization.
    pub name: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The specification of a job that a schedule or a webhook runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct JobSpec {
    /// The Docker image, unless it runs that of a Space.
    pub docker_image: Option<String>,
    /// The Space whose image it runs.
    pub space_id: Option<String>,
    /// The command.
    pub command: Option<Vec<String>>,
    /// The arguments of the command.
    pub arguments: Option<Vec<String>>,
    /// The environment variables.
    pub environment: Option<Map<String, Value>>,
    /// The secret environment variables, as far as the Hub shows them, as they were sent.
    pub secrets: Option<Value>,
    /// The hardware that it runs on.
    pub flavor: Option<JobHardware>,
    /// The maximum run time in seconds, if the response has it as `timeout`. See [`JobSpec::timeout_seconds`].
    pub timeout: Option<u64>,
    /// Its tags.
    pub tags: Option<Vec<String>>,
    /// The processor architecture.
    pub arch: Option<String>,
    /// The labels.
    pub labels: Option<BTreeMap<String, String>>,
    /// The mounted volumes.
    #[dataclass(decode = some_items)]
    pub volumes: Option<Vec<Volume>>,
    /// The number of times that it is started again after a failure.
    pub retry: Option<u64>,
    /// Ports that are reachable from outside.
    #[dataclass(wire = "expose.ports")]
    pub expose: Option<Vec<u16>>,
    /// The exposed ports that need no token.
    #[dataclass(wire = "expose.portsPublic")]
    pub expose_public: Option<Vec<u16>>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl JobSpec {
    /// Returns the maximum run time in seconds, under whichever name the Hub sent it.
    pub fn timeout_seconds(&self) -> Option<u64> {
        self.timeout
            .or_else(|| self.extra.get("timeoutSeconds")?.as_u64())
    }
}

/// Hardware that jobs and Spaces can run on, and its price.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct JobHardwareInfo {
    /// The name in calls, such as `cpu-basic`.
    pub name: String,
    /// The display name.
    pub pretty_name: String,
    /// The processors, such as `2 vCPU`.
    pub cpu: String,
    /// The memory, such as `16 GB`.
    pub ram: String,
    /// The disk, such as `50 GB`; `N/A` if the Hub does not send it.
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
    /// The unit, such as `minute`.
    pub unit_label: String,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The accelerators of some hardware.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct JobAccelerator {
    /// `gpu`, ...
    pub r#type: String,
    /// The model, such as `A100`.
    pub model: String,
    /// The number, such as `4`.
    pub quantity: String,
    /// The memory, such as `80 GB`.
    pub vram: String,
    /// The manufacturer.
    pub manufacturer: String,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}
