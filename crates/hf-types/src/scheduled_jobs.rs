//! Jobs that run on a schedule.

use hf_macros::Dataclass;

use crate::{Extra, JobOwner, JobSpec, Timestamp};

/// A job that runs on a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct ScheduledJobInfo {
    /// The id.
    pub id: String,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// The job that it runs.
    #[dataclass(default)]
    pub job_spec: JobSpec,
    /// The schedule: `@hourly` and the like, or a CRON expression.
    pub schedule: Option<String>,
    /// Whether it is suspended.
    pub suspend: Option<bool>,
    /// Whether a run may start while the previous one is still running.
    pub concurrency: Option<bool>,
    /// The last and the next run.
    #[dataclass(default)]
    pub status: ScheduledJobStatus,
    /// The account that runs it.
    pub owner: JobOwner,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The last and the next run of a scheduled job.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct ScheduledJobStatus {
    /// The last run.
    pub last_job: Option<LastJobInfo>,
    /// The time of the next run.
    pub next_job_run_at: Option<Timestamp>,
    /// The other members that the Hub sent.
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
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}
