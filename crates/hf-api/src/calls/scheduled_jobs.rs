//! Jobs that run on a schedule.

use std::collections::BTreeMap;

use hf_transport::path;
use hf_types::{JobHardware, JobInfo, ScheduledJobInfo, Volume};
use serde_json::{Map, Value, json};

use super::job_spec::{JobSpecInput, name_from_image, spec_input};
use super::jobs::{is_named, job, namespace};
use super::support::put;
use crate::call::{Context, JobTimeout, Operation, Secret};
use crate::{Call, HfApi, Request, Result};

fn scheduled_path(namespace: &str, id: &str, below: &str) -> String {
    format!(
        "/api/scheduled-jobs/{}/{}{below}",
        path::segment(namespace),
        path::segment(id)
    )
}

/// Runs a command in a container again and again.
///
/// `POST /api/scheduled-jobs/{namespace}`.
///
/// # Errors
/// `Validation` for arguments that exclude each other, `BadRequest` for a
/// schedule the Hub cannot read.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ScheduledJobInfo)]
pub struct CreateScheduledJobCall {
    #[call(context)]
    ctx: Context,
    /// A Docker image, or a Space (`hf.co/spaces/user/name`).
    #[call(arg)]
    pub(super) image: String,
    /// The command, word by word.
    #[call(arg)]
    pub(super) command: Vec<String>,
    /// When: `@hourly`, `@daily`, or cron's five fields.
    #[call(arg)]
    pub(super) schedule: String,
    /// Whether it is held until it is resumed.
    pub(super) suspend: Option<bool>,
    /// Whether a run may start while the last one is still going.
    pub(super) concurrency: Option<bool>,
    /// Environment variables.
    pub(super) env: Option<BTreeMap<String, Value>>,
    /// Environment variables that are kept secret.
    pub(super) secrets: Option<Secret<BTreeMap<String, Value>>>,
    /// The hardware (`cpu-basic`, `a10g-small`, ...).
    pub(super) flavor: Option<JobHardware>,
    /// The most a run may take: seconds, or `"30m"`, `"1.5h"`, `"2d"`.
    pub(super) timeout: Option<JobTimeout>,
    /// How often a run is tried.
    pub(super) attempts: Option<u64>,
    /// Its name; made from image and command otherwise.
    pub(super) name: Option<String>,
    /// Labels, by which jobs are found again.
    pub(super) labels: Option<BTreeMap<String, String>>,
    /// Repositories and buckets to mount.
    pub(super) volumes: Option<Vec<Volume>>,
    /// Ports to reach through the Hub, for those who may see the job.
    pub(super) expose: Option<Vec<u32>>,
    /// Ports to reach through the Hub, for all.
    pub(super) expose_public: Option<Vec<u32>>,
    /// The resource group of an Enterprise organization.
    pub(super) resource_group_id: Option<String>,
    /// The user or organization that runs it; the token's user otherwise.
    pub(super) namespace: Option<String>,
}

impl Operation for CreateScheduledJobCall {
    async fn run(self, api: HfApi) -> Result<ScheduledJobInfo> {
        let name = match self.name {
            None if !is_named(self.labels.as_ref()) => {
                Some(name_from_image(&self.image, &self.command))
            }
            name => name,
        };
        let spec = spec_input!(self, self.image, self.command, name).body()?;
        let mut body = Map::new();
        body.insert("jobSpec".into(), spec.into());
        body.insert("schedule".into(), self.schedule.into());
        put(&mut body, "concurrency", self.concurrency);
        put(&mut body, "suspend", self.suspend);
        let namespace = namespace(&api, self.namespace).await?;
        let target = format!("/api/scheduled-jobs/{}", path::segment(&namespace));
        let request = Request::post(target).json(&body);
        api.fetch_json(request.operation("create_scheduled_job"))
            .await
    }
}

/// Lists scheduled jobs.
///
/// `GET /api/scheduled-jobs/{namespace}`. The Hub looks at one label; the
/// others are looked at here.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Vec<ScheduledJobInfo>, timeout)]
pub struct ListScheduledJobsCall {
    #[call(context)]
    ctx: Context,
    /// Labels that a job must have.
    labels: Option<BTreeMap<String, String>>,
    /// The user or organization that runs them; the token's user otherwise.
    namespace: Option<String>,
}

impl Operation for ListScheduledJobsCall {
    async fn run(self, api: HfApi) -> Result<Vec<ScheduledJobInfo>> {
        let namespace = namespace(&api, self.namespace).await?;
        let labels = self.labels.unwrap_or_default();
        let first = labels
            .iter()
            .next()
            .map(|(key, value)| format!("{key}={value}"));
        let target = format!("/api/scheduled-jobs/{}", path::segment(&namespace));
        let request = Request::get(target).query_some("label", first);
        let mut jobs: Vec<ScheduledJobInfo> = api
            .fetch_json(request.operation("list_scheduled_jobs"))
            .await?;
        jobs.retain(|job| {
            labels.iter().all(|(key, value)| {
                job.job_spec
                    .labels
                    .as_ref()
                    .is_some_and(|of_job| of_job.get(key) == Some(value))
            })
        });
        Ok(jobs)
    }
}

/// The parameters and the body of a call on one scheduled job.
macro_rules! on_scheduled_job {
    (
        $(#[$doc:meta])*
        $call:ident -> $output:ty
        { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* }
        |$this:ident, $target:ident, $api:ident| ($path:literal) $body:expr
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Call)]
        #[call(kind = operation, returns = $output)]
        pub struct $call {
            #[call(context)]
            ctx: Context,
            /// The scheduled job.
            #[call(arg)]
            scheduled_job_id: String,
            $($(#[$field_doc])* #[call(arg)] $field: $ty,)*
            /// The user or organization that runs it; the token's user
            /// otherwise.
            namespace: Option<String>,
        }

        impl Operation for $call {
            async fn run(self, $api: HfApi) -> Result<$output> {
                let $this = self;
                let namespace = namespace(&$api, $this.namespace.clone()).await?;
                let $target = scheduled_path(&namespace, &$this.scheduled_job_id, $path);
                $body
            }
        }
    };
}

on_scheduled_job! {
    /// Information on a scheduled job.
    ///
    /// `GET /api/scheduled-jobs/{namespace}/{scheduled_job_id}`.
    ///
    /// # Errors
    /// `JobNotFound`.
    InspectScheduledJobCall -> ScheduledJobInfo {}
    |call, target, api| ("") api.fetch_json(Request::get(target)).await
}

on_scheduled_job! {
    /// Deletes a scheduled job. Runs that are going on go on.
    ///
    /// `DELETE /api/scheduled-jobs/{namespace}/{scheduled_job_id}`.
    ///
    /// # Errors
    /// `JobNotFound`.
    DeleteScheduledJobCall -> () {}
    |call, target, api| ("") api.fetch(Request::delete(target).idempotent(false)).await.map(drop)
}

on_scheduled_job! {
    /// Holds a scheduled job until it is resumed.
    ///
    /// `POST /api/scheduled-jobs/{namespace}/{scheduled_job_id}/suspend`.
    ///
    /// # Errors
    /// `JobNotFound`.
    SuspendScheduledJobCall -> () {}
    |call, target, api| ("/suspend") api.fetch(Request::post(target).idempotent(true)).await.map(drop)
}

on_scheduled_job! {
    /// Lets a suspended job run again.
    ///
    /// `POST /api/scheduled-jobs/{namespace}/{scheduled_job_id}/resume`.
    ///
    /// # Errors
    /// `JobNotFound`.
    ResumeScheduledJobCall -> () {}
    |call, target, api| ("/resume") api.fetch(Request::post(target).idempotent(true)).await.map(drop)
}

on_scheduled_job! {
    /// Runs a scheduled job now, besides its schedule.
    ///
    /// `POST /api/scheduled-jobs/{namespace}/{scheduled_job_id}/run`.
    ///
    /// # Errors
    /// `JobNotFound`.
    TriggerScheduledJobCall -> JobInfo {}
    |call, target, api| ("/run") job(&api, Request::post(target)).await
}

on_scheduled_job! {
    /// Replaces the labels of a scheduled job.
    ///
    /// `PUT /api/scheduled-jobs/{namespace}/{scheduled_job_id}/labels`.
    ///
    /// # Errors
    /// `JobNotFound`.
    UpdateScheduledJobLabelsCall -> ScheduledJobInfo {
        /// All its labels from now on.
        labels: BTreeMap<String, String>,
    }
    |call, target, api| ("/labels") {
        api.fetch_json(Request::put(target).json(&json!({"labels": call.labels}))).await
    }
}

on_scheduled_job! {
    /// Changes when a scheduled job runs.
    ///
    /// `POST /api/scheduled-jobs/{namespace}/{scheduled_job_id}/schedule`.
    ///
    /// # Errors
    /// `JobNotFound`, `BadRequest` for a schedule the Hub cannot read.
    UpdateScheduledJobScheduleCall -> ScheduledJobInfo {
        /// When: `@hourly`, `@daily`, or cron's five fields.
        schedule: String,
    }
    |call, target, api| ("/schedule") {
        let body = json!({"schedule": call.schedule});
        api.fetch_json(Request::post(target).json(&body).idempotent(true)).await
    }
}

/// # Scheduled jobs
impl HfApi {
    create_scheduled_job!();
    list_scheduled_jobs!();
    inspect_scheduled_job!();
    delete_scheduled_job!();
    suspend_scheduled_job!();
    resume_scheduled_job!();
    trigger_scheduled_job!();
    update_scheduled_job_labels!();
    update_scheduled_job_schedule!();
}
