//! Logs and metrics of jobs.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use hf_types::{JobMetrics, JobStage};
use serde_json::Value;

use super::event_log::{EventLog, data};
use super::jobs::{job_path, namespace};
use crate::call::{Context, Streaming};
use crate::{Call, Error, HfApi, ItemStream, Request};

/// Silence after which a log that is not followed is complete.
const REPLAYED: Duration = Duration::from_secs(5);
/// Silence after which a followed log is requested again: four times the
/// interval of the Hub's keep-alive messages.
const LOST: Duration = Duration::from_secs(120);
/// Silence after which metrics are requested again: there is a reading each
/// second.
const NO_METRICS: Duration = Duration::from_secs(10);
/// The statuses with which the Hub responds while there are no metrics yet.
const NOT_YET: &[u16] = &[406, 500];
/// The first line of each log, which the Hub wrote.
const STARTED: &str = "===== Job started";

/// Streams the log of a job, line by line.
///
/// `GET /api/jobs/{namespace}/{job_id}/logs`, as server-sent events. With
/// `follow`, a lost connection is resumed where it broke off, until the job has
/// ended.
///
/// ```no_run
/// # use futures_util::TryStreamExt;
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let job = api.run_job("python:3.12", ["python", "-c", "print('hello')"]).await?;
/// let mut log = api.fetch_job_logs(job.id).follow(true).stream();
/// while let Some(line) = log.try_next().await? {
///     println!("{line}");
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `JobNotFound`; `Network` if the connection is lost for good.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = String)]
pub struct FetchJobLogsCall {
    #[call(context)]
    ctx: Context,
    /// The id of the job.
    #[call(arg)]
    job_id: String,
    /// The user or organization that runs the job. By default, the token's.
    namespace: Option<String>,
    /// Whether to wait for new lines until the job has ended.
    follow: bool,
    /// The number of lines from the end of the log to start with. By default,
    /// all.
    tail: Option<u64>,
}

impl Streaming for FetchJobLogsCall {
    fn run(self, api: HfApi) -> ItemStream<String> {
        let silence = if self.follow { LOST } else { REPLAYED };
        let log = Log {
            job_id: self.job_id,
            what: "/logs",
            operation: "fetch_job_logs",
            follow: self.follow,
            silence,
        };
        log.events(api, self.namespace, move |log| log.tail(self.tail))
            .try_filter_map(|event| {
                std::future::ready(Ok(data(event).filter(|line| !line.starts_with(STARTED))))
            })
            .boxed()
    }
}

/// Streams the metrics of a job, one reading per second: processor, memory,
/// network, accelerators.
///
/// Without `follow`, there is one reading.
///
/// `GET /api/jobs/{namespace}/{job_id}/metrics`, as server-sent events.
///
/// ```no_run
/// # use futures_util::TryStreamExt;
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let mut readings = api.fetch_job_metrics("687f911eaea852de79c4a50a").follow(true).stream();
/// while let Some(reading) = readings.try_next().await? {
///     println!("{reading:?}");
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `JobNotFound`; `Network` if the connection is lost for good.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = JobMetrics)]
pub struct FetchJobMetricsCall {
    #[call(context)]
    ctx: Context,
    /// The id of the job.
    #[call(arg)]
    job_id: String,
    /// The user or organization that runs the job. By default, the token's.
    namespace: Option<String>,
    /// Whether to continue until the job has ended.
    follow: bool,
}

impl Streaming for FetchJobMetricsCall {
    fn run(self, api: HfApi) -> ItemStream<JobMetrics> {
        let log = Log {
            job_id: self.job_id,
            what: "/metrics",
            operation: "fetch_job_metrics",
            follow: self.follow,
            silence: NO_METRICS,
        };
        let readings = log
            .events(api, self.namespace, |log| log.live().tolerate(NOT_YET))
            .and_then(|event| {
                let reading = serde_json::from_value(event)
                    .map_err(|error| Error::decode(format!("malformed metrics of a job: {error}")));
                std::future::ready(reading)
            });
        if self.follow {
            readings.boxed()
        } else {
            readings.take(1).boxed()
        }
    }
}

/// Returns whether a job has ended. Only its stage is read.
fn is_over(job: &Value) -> bool {
    job["status"]["stage"]
        .as_str()
        .is_some_and(|stage| JobStage::from(stage).is_terminal())
}

/// A stream of events of a Job.
struct Log {
    job_id: String,
    what: &'static str,
    operation: &'static str,
    follow: bool,
    silence: Duration,
}

impl Log {
    fn events(
        self,
        api: HfApi,
        given: Option<String>,
        more: impl FnOnce(EventLog) -> EventLog + Send + 'static,
    ) -> ItemStream<Value> {
        stream::once(async move {
            let namespace = namespace(&api, given).await?;
            let target = job_path(&namespace, &self.job_id, self.what);
            let request = Request::get(target).operation(self.operation);
            let job = (api.clone(), job_path(&namespace, &self.job_id, ""));
            let log = EventLog::new(&api, request, self.follow, self.silence).until(move || {
                let (api, target) = job.clone();
                Box::pin(async move {
                    let request = Request::get(target).operation("inspect_job");
                    Ok(is_over(&api.fetch_json(request).await?))
                })
            });
            Ok::<_, Error>(more(log).events())
        })
        .try_flatten()
        .boxed()
    }
}

/// # Logs and metrics of jobs
impl HfApi {
    fetch_job_logs!();
    fetch_job_metrics!();
}
