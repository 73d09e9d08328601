//! Jobs on the Hub's hardware.

use std::collections::BTreeMap;

use hf_transport::path;
use hf_types::{JobHardware, JobHardwareInfo, JobInfo, JobStage, Volume, WithEndpoint};
use serde_json::{Value, json};

use super::job_spec::{JobSpecInput, expose_body, name_from_image, spec_input};
use super::support::my_name;
use crate::call::{Context, Endpoint, JobTimeout, OneOrMany, Operation, Secret, Streaming};
use crate::{BufferedResponse, Call, Error, HfApi, ItemStream, Request, Result};

/// The namespace that is given, or that of the token.
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

/// Whether a label gives the job its name.
pub(super) fn is_named(labels: Option<&BTreeMap<String, String>>) -> bool {
    labels.is_some_and(|labels| labels.contains_key("name"))
}

/// Runs a command in a container on the Hub's hardware.
///
/// `POST /api/jobs/{namespace}`. It returns at once; see
/// [`wait_for_job`](HfApi::wait_for_job) and
/// [`fetch_job_logs`](HfApi::fetch_job_logs).
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let job = api
///     .run_job("python:3.12", ["python", "-c", "print('hello')"])
///     .flavor("cpu-basic")
///     .await?;
/// let job = api.wait_for_job(job.id).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` for arguments that exclude each other, `Forbidden` without
/// the right to run jobs.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct RunJobCall {
    #[call(context)]
    ctx: Context,
    /// A Docker image, or a Space (`hf.co/spaces/user/name`).
    #[call(arg)]
    pub(super) image: String,
    /// The command, word by word.
    #[call(arg)]
    pub(super) command: Vec<String>,
    /// Environment variables.
    pub(super) env: Option<BTreeMap<String, Value>>,
    /// Environment variables that are kept secret.
    pub(super) secrets: Option<Secret<BTreeMap<String, Value>>>,
    /// The hardware (`cpu-basic`, `a10g-small`, ...).
    pub(super) flavor: Option<JobHardware>,
    /// The most it may take: seconds, or `"30m"`, `"1.5h"`, `"2d"`.
    pub(super) timeout: Option<JobTimeout>,
    /// How often it is tried.
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
    /// Whether it can be reached by SSH.
    pub(super) ssh: bool,
    /// The network that it shares with other jobs.
    pub(super) network_group: Option<String>,
    /// Its host names in that network.
    pub(super) network_aliases: Option<Vec<String>>,
    /// The resource group of an Enterprise organization.
    pub(super) resource_group_id: Option<String>,
    /// The user or organization that runs it; the token's user otherwise.
    pub(super) namespace: Option<String>,
}

impl Operation for RunJobCall {
    async fn run(self, api: HfApi) -> Result<JobInfo> {
        let name = match self.name {
            None if !is_named(self.labels.as_ref()) => {
                Some(name_from_image(&self.image, &self.command))
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

/// A call on one job that answers with the job.
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

/// Information on a job.
///
/// `GET /api/jobs/{namespace}/{job_id}`.
///
/// # Errors
/// `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct InspectJobCall {
    #[call(context)]
    ctx: Context,
    /// The job.
    #[call(arg)]
    job_id: String,
    /// The user or organization that runs it; the token's user otherwise.
    namespace: Option<String>,
}

on_job!(
    InspectJobCall,
    "inspect_job",
    |call| Request::get(call.1),
    ""
);

/// Starts a job again, as it was.
///
/// `POST /api/jobs/{namespace}/{job_id}/duplicate`.
///
/// # Errors
/// `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct RerunJobCall {
    #[call(context)]
    ctx: Context,
    /// The job.
    #[call(arg)]
    job_id: String,
    /// The user or organization that runs it; the token's user otherwise.
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
/// `PUT /api/jobs/{namespace}/{job_id}/labels`.
///
/// # Errors
/// `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct UpdateJobLabelsCall {
    #[call(context)]
    ctx: Context,
    /// The job.
    #[call(arg)]
    job_id: String,
    /// All its labels from now on.
    #[call(arg)]
    labels: BTreeMap<String, String>,
    /// The user or organization that runs it; the token's user otherwise.
    namespace: Option<String>,
}

on_job!(
    UpdateJobLabelsCall,
    "update_job_labels",
    |call| Request::put(call.1).json(&json!({"labels": call.0.labels})),
    "/labels"
);

/// Replaces the ports of a running job that are reached through the Hub.
///
/// `PUT /api/jobs/{namespace}/{job_id}/expose`.
///
/// # Errors
/// `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = JobInfo)]
pub struct UpdateJobExposeCall {
    #[call(context)]
    ctx: Context,
    /// The job.
    #[call(arg)]
    job_id: String,
    /// Ports for those who may see the job.
    expose: Option<Vec<u32>>,
    /// Ports for all.
    expose_public: Option<Vec<u32>>,
    /// The user or organization that runs it; the token's user otherwise.
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
/// `POST /api/jobs/{namespace}/{job_id}/cancel`.
///
/// # Errors
/// `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ())]
pub struct CancelJobCall {
    #[call(context)]
    ctx: Context,
    /// The job.
    #[call(arg)]
    job_id: String,
    /// The user or organization that runs it; the token's user otherwise.
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
/// `GET /api/jobs/{namespace}`, page by page.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = JobInfo, timeout)]
pub struct ListJobsCall {
    #[call(context)]
    ctx: Context,
    /// Stages that a job may be in (`RUNNING`, `COMPLETED`, ...).
    status: Option<OneOrMany<JobStage>>,
    /// Labels that a job must have.
    labels: Option<BTreeMap<String, String>>,
    /// The user or organization that runs them; the token's user otherwise.
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

/// Lists the hardware that jobs run on, and what it costs.
///
/// `GET /api/jobs/hardware`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<JobHardwareInfo>)]
pub struct ListJobsHardwareCall {
    #[call(context)]
    ctx: Context,
}

impl Endpoint for ListJobsHardwareCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/jobs/hardware"))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Vec<JobHardwareInfo>> {
        response.json()
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
    list_jobs_hardware!();
}
