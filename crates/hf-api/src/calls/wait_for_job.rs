//! Waiting for jobs.

use hf_types::{JobInfo, JobStage};

use super::jobs::namespace;
use super::poll::PollLoop;
use crate::call::{Context, OneOrMany, Operation, Seconds};
use crate::{Call, HfApi, Result};

/// Waits until a job has ended or reached one of the given stages.
///
/// A job that failed is a result, not an error.
///
/// Given a list of ids, the call waits for all of them and returns a list.
///
/// The request of [`inspect_job`](HfApi::inspect_job), once per
/// `poll_interval`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let job = api.run_job("python:3.12", ["python", "-c", "print('hello')"]).await?;
/// let ended = api.wait_for_job(job.id).timeout(600).await?;
/// println!("{}", ended.as_slice()[0].status.stage);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Timeout` after `timeout`; `JobNotFound`; `Validation` for a negative time.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = OneOrMany<JobInfo>)]
pub struct WaitForJobCall {
    #[call(context)]
    ctx: Context,
    /// The id of the job, or a list of ids.
    #[call(arg)]
    job_id: OneOrMany<String>,
    /// The maximum time to wait, for all jobs together: a `Duration`, or
    /// seconds. By default, there is no limit.
    timeout: Option<Seconds>,
    /// The time between two requests: a `Duration`, or seconds.
    #[call(default = 1.0.into())]
    poll_interval: Seconds,
    /// The stages that end the wait as well (`RUNNING`, ...).
    stages: Option<Vec<JobStage>>,
    /// The user or organization that runs the jobs. By default, the token's.
    namespace: Option<String>,
}

impl Operation for WaitForJobCall {
    async fn run(self, api: HfApi) -> Result<OneOrMany<JobInfo>> {
        let poll = PollLoop::new(self.timeout, ("poll_interval", self.poll_interval))?;
        let stages = self.stages.unwrap_or_default();
        let namespace = namespace(&api, self.namespace).await?;
        let wait = async |job_id: &str| -> Result<JobInfo> {
            loop {
                let job = api.inspect_job(job_id).namespace(&namespace).await?;
                if ends(&job.status.stage, &stages) {
                    return Ok(job);
                }
                poll.pause(|| format!("the job {job_id} is still in stage {}", job.status.stage))
                    .await?;
            }
        };
        match &self.job_id {
            OneOrMany::One(job_id) => wait(job_id).await.map(OneOrMany::One),
            OneOrMany::Many(job_ids) => {
                let mut jobs = Vec::with_capacity(job_ids.len());
                for job_id in job_ids {
                    jobs.push(wait(job_id).await?);
                }
                Ok(OneOrMany::Many(jobs))
            }
        }
    }
}

/// Returns whether a stage ends the wait: one that the caller waits for, or one
/// that a job never leaves, so that a failed job does not block for ever.
fn ends(stage: &JobStage, wanted: &[JobStage]) -> bool {
    stage.is_terminal() || wanted.contains(stage)
}

/// # Waiting for jobs
impl HfApi {
    wait_for_job!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_that_end_the_wait() {
        let wanted = [JobStage::Running];
        for (stage, ended) in [("RUNNING", true), ("ERROR", true), ("SCHEDULING", false)] {
            assert_eq!(ends(&stage.into(), &wanted), ended, "{stage}");
        }
        assert!(!ends(&"RUNNING".into(), &[]));
        assert!(!ends(&"SOMETHING_NEW".into(), &[]));
    }
}
