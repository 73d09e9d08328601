//! Jobs that run on a schedule.

use std::collections::BTreeMap;

use hf_transport::path;
use hf_types::{JobHardware, JobInfo, ScheduledJobInfo, Volume};
use serde_json::{Map, Value, json};

use super::job_spec::{JobSpecInput, default_name_for_image, spec_input};
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

/// Creates a job that runs a command in a container on a schedule.
///
/// `POST /api/scheduled-jobs/{namespace}`, after [`whoami`](HfApi::whoami) if
/// no namespace is given.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let scheduled = api
///     .create_scheduled_job("python:3.12", ["python", "-c", "print('hello')"], "@daily")
///     .await?;
/// println!("{:?}", scheduled.status.next_job_run_at);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` for arguments that exclude each other or a malformed `timeout`;
/// `BadRequest` for a schedule that the Hub cannot read.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ScheduledJobInfo)]
pub struct CreateScheduledJobCall {
    #[call(context)]
    ctx: Context,
    /// The Docker image, or a Space (`hf.co/spaces/user/name`).
    #[call(arg)]
    pub(super) image: String,
    /// The command and its arguments.
    #[call(arg)]
    pub(super) command: Vec<String>,
    /// The schedule: `@hourly`, `@daily`, or the five fields of cron.
    #[call(arg)]
    pub(super) schedule: String,
    /// Whether to suspend the job until it is resumed.
    pub(super) suspend: Option<bool>,
    /// Whether a run may start while the previous one is still running.
    pub(super) concurrency: Option<bool>,
    /// The environment variables.
    pub(super) env: Option<BTreeMap<String, Value>>,
    /// The secret environment variables.
    pub(super) secrets: Option<Secret<BTreeMap<String, Value>>>,
    /// The hardware (`cpu-basic`, `a10g-small`, ...). By default, `cpu-basic`.
    pub(super) flavor: Option<JobHardware>,
    /// The maximum time that a run may take: a `Duration`, seconds, or text
    /// such as `30m`, `1.5h`, `2d`.
    pub(super) timeout: Option<JobTimeout>,
    /// The maximum number of times that a run is started.
    pub(super) attempts: Option<u64>,
    /// The name. By default, one made from the image and the command.
    pub(super) name: Option<String>,
    /// The labels, by which jobs can be listed.
    pub(super) labels: Option<BTreeMap<String, String>>,
    /// The repositories and buckets to mount.
    pub(super) volumes: Option<Vec<Volume>>,
    /// The ports to expose through the Hub to those who may see the job.
    pub(super) expose: Option<Vec<u32>>,
    /// The ports to expose through the Hub to everybody.
    pub(super) expose_public: Option<Vec<u32>>,
    /// The resource group of an Enterprise organization.
    pub(super) resource_group_id: Option<String>,
    /// The user or organization that runs the job. By default, the token's.
    pub(super) namespace: Option<String>,
}

impl Operation for CreateScheduledJobCall {
    async fn run(self, api: HfApi) -> Result<ScheduledJobInfo> {
        let name = match self.name {
            None if !is_named(self.labels.as_ref()) => {
                Some(default_name_for_image(&self.image, &self.command))
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
/// `GET /api/scheduled-jobs/{namespace}`, after [`whoami`](HfApi::whoami) if no
/// namespace is given. The Hub filters by one label, the call by the others.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for job in api.list_scheduled_jobs().labels([("team", "vision")]).await? {
///     println!("{} {:?}", job.id, job.schedule);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Forbidden` for a namespace whose jobs the token may not see.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Vec<ScheduledJobInfo>, timeout)]
pub struct ListScheduledJobsCall {
    #[call(context)]
    ctx: Context,
    /// The labels that a job must have.
    labels: Option<BTreeMap<String, String>>,
    /// The user or organization that runs the jobs. By default, the token's.
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
        { $($fields:tt)* }
        |$this:ident, $target:ident, $api:ident| ($path:literal) $body:expr
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Call)]
        #[call(kind = operation, returns = $output)]
        pub struct $call {
            #[call(context)]
            ctx: Context,
            /// The id of the scheduled job.
            #[call(arg)]
            scheduled_job_id: String,
            $($fields)*
            /// The user or organization that runs the job. By default, the
            /// token's.
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
    /// Returns information about a scheduled job: its schedule, its last and
    /// its next run.
    ///
    /// `GET /api/scheduled-jobs/{namespace}/{scheduled_job_id}`, after
    /// [`whoami`](HfApi::whoami) if no namespace is given.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// let job = api.inspect_scheduled_job("687f911eaea852de79c4a50a").await?;
    /// println!("{:?}", job.status.next_job_run_at);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `JobNotFound`.
    InspectScheduledJobCall -> ScheduledJobInfo {}
    |call, target, api| ("") api.fetch_json(Request::get(target)).await
}

on_scheduled_job! {
    /// Deletes a scheduled job.
    ///
    /// A run in progress continues.
    ///
    /// `DELETE /api/scheduled-jobs/{namespace}/{scheduled_job_id}`, after
    /// [`whoami`](HfApi::whoami) if no namespace is given.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// api.delete_scheduled_job("687f911eaea852de79c4a50a").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `JobNotFound`.
    DeleteScheduledJobCall -> () {}
    |call, target, api| ("") api.fetch(Request::delete(target).idempotent(false)).await.map(drop)
}

on_scheduled_job! {
    /// Suspends a scheduled job until it is resumed.
    ///
    /// `POST /api/scheduled-jobs/{namespace}/{scheduled_job_id}/suspend`, after
    /// [`whoami`](HfApi::whoami) if no namespace is given.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// api.suspend_scheduled_job("687f911eaea852de79c4a50a").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `JobNotFound`.
    SuspendScheduledJobCall -> () {}
    |call, target, api| ("/suspend") api.fetch(Request::post(target).idempotent(true)).await.map(drop)
}

on_scheduled_job! {
    /// Resumes a suspended job.
    ///
    /// `POST /api/scheduled-jobs/{namespace}/{scheduled_job_id}/resume`, after
    /// [`whoami`](HfApi::whoami) if no namespace is given.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// api.resume_scheduled_job("687f911eaea852de79c4a50a").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `JobNotFound`.
    ResumeScheduledJobCall -> () {}
    |call, target, api| ("/resume") api.fetch(Request::post(target).idempotent(true)).await.map(drop)
}

on_scheduled_job! {
    /// Runs a scheduled job now, in addition to its schedule.
    ///
    /// `POST /api/scheduled-jobs/{namespace}/{scheduled_job_id}/run`, after
    /// [`whoami`](HfApi::whoami) if no namespace is given.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// let run = api.trigger_scheduled_job("687f911eaea852de79c4a50a").await?;
    /// println!("{}", run.id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `JobNotFound`.
    TriggerScheduledJobCall -> JobInfo {}
    |call, target, api| ("/run") job(&api, Request::post(target)).await
}

on_scheduled_job! {
    /// Replaces the labels of a scheduled job.
    ///
    /// `PUT /api/scheduled-jobs/{namespace}/{scheduled_job_id}/labels`, after
    /// [`whoami`](HfApi::whoami) if no namespace is given.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// let labels = [("team", "vision")];
    /// api.update_scheduled_job_labels("687f911eaea852de79c4a50a", labels).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `JobNotFound`.
    UpdateScheduledJobLabelsCall -> ScheduledJobInfo {
        /// The labels that replace all others.
        #[call(arg)]
        labels: BTreeMap<String, String>,
    }
    |call, target, api| ("/labels") {
        api.fetch_json(Request::put(target).json(&json!({"labels": call.labels}))).await
    }
}

on_scheduled_job! {
    /// Changes the schedule of a scheduled job.
    ///
    /// `POST /api/scheduled-jobs/{namespace}/{scheduled_job_id}/schedule`,
    /// after [`whoami`](HfApi::whoami) if no namespace is given.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// api.update_scheduled_job_schedule("687f911eaea852de79c4a50a", "@hourly").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `JobNotFound`; `BadRequest` for a schedule that the Hub cannot read.
    UpdateScheduledJobScheduleCall -> ScheduledJobInfo {
        /// The schedule: `@hourly`, `@daily`, or the five fields of cron.
        #[call(arg)]
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
