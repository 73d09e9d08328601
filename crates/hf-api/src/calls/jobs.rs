//! Jobs on the Hub's hardware.

use std::collections::BTreeMap;

use hf_transport::path;
use hf_types::{JobHardware, JobInfo, JobStage, Volume, WithEndpoint};
use serde_json::{Value, json};

use super::job_spec::{JobSpecInput, expose_body, spec_input};
pub use super::job_spec::{default_name_for_image, default_name_for_script};
use super::support::my_name;
use crate::call::{Context, JobTimeout, OneOrMany, Operation, Secret, Streaming};
use crate::{Call, Error, HfApi, ItemStream, Request, Result};

/// Returns `given`, or the namespace of the token.
pub(super) async fn namespace(api: &HfApi, given: Option<String>) -> Result<String> {
    if let Some(namespace) = given {
        return Ok(namespace);
    }
    my_name(api).await
}

/// `/api/jobs/{namespace}/{job_id}`, and what is below it.
pub(super) fn job_path(namespace: &str, job_id: &str, below: &str) -> String {
    format!(
        "/api/jobs/{}/{}{below}",
        path::segment(namespace),
        path::segment(job_id)
    )
}

pub(super) async fn job(api: &HfApi, request: Request) -> Result<JobInfo> {
    let job: JobInfo = api.fetch_json(request).await?;
    Ok(job.with_endpoint(api.client().endpoint().as_str()))
}

/// Returns whether a label gives the job its name.
pub(super) fn is_named(labels: Option<&BTreeMap<String, String>>) -> bool {
    labels.is_some_and(|labels| labels.contains_key("name"))
}

/// Runs a command in a container on the Hub's hardware.
///
/// The call returns when the job is created:
/// [`wait_for_job`](HfApi::wait_for_job) waits for its end,
/// [`fetch_job_logs`](HfApi::fetch_job_logs) reads its log.
///
/// `POST /api/jobs/{namespace}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let job = api
///     .run_job("python:3.12", ["python", "-c", "print('hello')"])
///     .flavor("cpu-basic")
///     .timeout("30m")
///     .await?;
/// let job = api.wait_for_job(job.id).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` for arguments that exclude each other or a malformed `timeout`;
/// `Forbidden` without the right to run jobs.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct RunJobCall {
    #[call(context)]
    ctx: Context,
    /// The Docker image, or a Space (`hf.co/spaces/user/name`).
    #[call(arg)]
    pub(super) image: String,
    /// The command and its arguments.
    #[call(arg)]
    pub(super) command: Vec<String>,
    /// The environment variables.
    pub(super) env: Option<BTreeMap<String, Value>>,
    /// The secret environment variables.
    pub(super) secrets: Option<Secret<BTreeMap<String, Value>>>,
    /// The hardware (`cpu-basic`, `a10g-small`, ...). By default, `cpu-basic`.
    pub(super) flavor: Option<JobHardware>,
    /// The maximum time that the job may run: a `Duration`, seconds, or text
    /// such as `30m`, `1.5h`, `2d`.
    pub(super) timeout: Option<JobTimeout>,
    /// The maximum number of times that the job is started.
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
    /// Whether the job can be reached by SSH.
    pub(super) ssh: bool,
    /// The network that the job shares with other jobs.
    pub(super) network_group: Option<String>,
    /// The host names of the job in that network.
    pub(super) network_aliases: Option<Vec<String>>,
    /// The resource group of an Enterprise organization.
    pub(super) resource_group_id: Option<String>,
    /// The user or organization that runs the job. By default, the token's.
    pub(super) namespace: Option<String>,
}

impl Operation for RunJobCall {
    async fn run(self, api: HfApi) -> Result<JobInfo> {
        let name = match self.name {
            None if !is_named(self.labels.as_ref()) => {
                Some(default_name_for_image(&self.image, &self.command))
            }
            name => name,
        };
        let mut input = spec_input!(self, self.image, self.command, name);
        input.ssh = self.ssh;
        input.network_group = self.network_group;
        input.network_aliases = self.network_aliases;
        let body = input.body()?;
        let namespace = namespace(&api, self.namespace).await?;
        let request = Request::post(format!("/api/jobs/{}", path::segment(&namespace)))
            .json(&body)
            .operation("run_job");
        job(&api, request).await
    }
}

/// Implements a call on one job that returns the job.
macro_rules! on_job {
    ($call:ident, $operation:literal, |$this:ident| $request:expr, $path:expr) => {
        impl Operation for $call {
            async fn run(self, api: HfApi) -> Result<JobInfo> {
                let namespace = namespace(&api, self.namespace.clone()).await?;
                let target = job_path(&namespace, &self.job_id, $path);
                let $this = (&self, target);
                job(&api, $request.operation($operation)).await
            }
        }
    };
}

/// Returns information about a job: its status, its command, its hardware.
///
/// `GET /api/jobs/{namespace}/{job_id}`, after [`whoami`](HfApi::whoami) if no
/// namespace is given.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let job = api.inspect_job("687f911eaea852de79c4a50a").await?;
/// println!("{}", job.status.stage);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct InspectJobCall {
    #[call(context)]
    ctx: Context,
    /// The id of the job.
    #[call(arg)]
    job_id: String,
    /// The user or organization that runs the job. By default, the token's.
    namespace: Option<String>,
}

on_job!(
    InspectJobCall,
    "inspect_job",
    |call| Request::get(call.1),
    ""
);

/// Starts a job again, with the same parameters.
///
/// `POST /api/jobs/{namespace}/{job_id}/duplicate`, after
/// [`whoami`](HfApi::whoami) if no namespace is given.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let again = api.rerun_job("687f911eaea852de79c4a50a").await?;
/// println!("{}", again.id);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct RerunJobCall {
    #[call(context)]
    ctx: Context,
    /// The id of the job.
    #[call(arg)]
    job_id: String,
    /// The user or organization that runs the job. By default, the token's.
    namespace: Option<String>,
}

on_job!(
    RerunJobCall,
    "rerun_job",
    |call| Request::post(call.1),
    "/duplicate"
);

/// Replaces the labels of a job.
///
/// `PUT /api/jobs/{namespace}/{job_id}/labels`, after [`whoami`](HfApi::whoami)
/// if no namespace is given.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.update_job_labels("687f911eaea852de79c4a50a", [("team", "vision")]).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct UpdateJobLabelsCall {
    #[call(context)]
    ctx: Context,
    /// The id of the job.
    #[call(arg)]
    job_id: String,
    /// The labels that replace all others.
    #[call(arg)]
    labels: BTreeMap<String, String>,
    /// The user or organization that runs the job. By default, the token's.
    namespace: Option<String>,
}

on_job!(
    UpdateJobLabelsCall,
    "update_job_labels",
    |call| Request::put(call.1).json(&json!({"labels": call.0.labels})),
    "/labels"
);

/// Replaces the ports of a running job that are exposed through the Hub.
///
/// `PUT /api/jobs/{namespace}/{job_id}/expose`, after [`whoami`](HfApi::whoami)
/// if no namespace is given.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let job = api.update_job_expose("687f911eaea852de79c4a50a").expose([8000]).await?;
/// println!("{:?}", job.status.expose_urls);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct UpdateJobExposeCall {
    #[call(context)]
    ctx: Context,
    /// The id of the job.
    #[call(arg)]
    job_id: String,
    /// The ports to expose to those who may see the job.
    expose: Option<Vec<u32>>,
    /// The ports to expose to everybody.
    expose_public: Option<Vec<u32>>,
    /// The user or organization that runs the job. By default, the token's.
    namespace: Option<String>,
}

on_job!(
    UpdateJobExposeCall,
    "update_job_expose",
    |call| Request::put(call.1).json(&expose_body(
        call.0.expose.as_deref(),
        call.0.expose_public.as_deref()
    )),
    "/expose"
);

/// Stops a job.
///
/// `POST /api/jobs/{namespace}/{job_id}/cancel`, after
/// [`whoami`](HfApi::whoami) if no namespace is given.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.cancel_job("687f911eaea852de79c4a50a").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ())]
pub struct CancelJobCall {
    #[call(context)]
    ctx: Context,
    /// The id of the job.
    #[call(arg)]
    job_id: String,
    /// The user or organization that runs the job. By default, the token's.
    namespace: Option<String>,
}

impl Operation for CancelJobCall {
    async fn run(self, api: HfApi) -> Result<()> {
        let namespace = namespace(&api, self.namespace).await?;
        let request = Request::post(job_path(&namespace, &self.job_id, "/cancel"));
        // What is stopped stays stopped.
        let request = request.idempotent(true).operation("cancel_job");
        api.fetch(request).await.map(drop)
    }
}

/// Lists jobs, the latest first.
///
/// `GET /api/jobs/{namespace}`, page by page, after [`whoami`](HfApi::whoami)
/// if no namespace is given.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for job in api.list_jobs().status(["RUNNING", "SCHEDULING"]).await? {
///     println!("{} {}", job.id, job.status.stage);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Forbidden` for a namespace whose jobs the token may not see.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = JobInfo, timeout)]
pub struct ListJobsCall {
    #[call(context)]
    ctx: Context,
    /// The stages of which a job must be in one (`RUNNING`, `COMPLETED`, ...).
    status: Option<OneOrMany<JobStage>>,
    /// The labels that a job must have.
    labels: Option<BTreeMap<String, String>>,
    /// The user or organization that runs the jobs. By default, the token's.
    namespace: Option<String>,
}

impl Streaming for ListJobsCall {
    fn run(self, api: HfApi) -> ItemStream<JobInfo> {
        use futures_util::{StreamExt, TryStreamExt};

        let first = async move {
            let namespace = namespace(&api, self.namespace).await?;
            let mut request = Request::get(format!("/api/jobs/{}", path::segment(&namespace)));
            for stage in self.status.iter().flat_map(OneOrMany::as_slice) {
                request = request.query("stage", stage.as_str().to_uppercase());
            }
            for (key, value) in self.labels.iter().flatten() {
                request = request.query("label", format_args!("{key}={value}"));
            }
            let endpoint = api.client().endpoint().to_string();
            let pages = api.response_pages(request.operation("list_jobs"));
            Ok::<_, Error>(pages.and_then(move |page| {
                let jobs = page.json::<Vec<JobInfo>>().map(|jobs| {
                    let endpoint = endpoint.clone();
                    futures_util::stream::iter(
                        jobs.into_iter()
                            .map(move |job| Ok(job.with_endpoint(&endpoint))),
                    )
                });
                std::future::ready(jobs)
            }))
        };
        futures_util::stream::once(first)
            .try_flatten()
            .try_flatten()
            .boxed()
    }
}

/// # Jobs
impl HfApi {
    run_job!();
    inspect_job!();
    rerun_job!();
    update_job_labels!();
    update_job_expose!();
    cancel_job!();
    list_jobs!();
}
