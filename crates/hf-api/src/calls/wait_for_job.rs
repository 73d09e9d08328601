//! Waiting for jobs.

use hf_types::{JobInfo, JobStage};

use super::jobs::namespace;
use super::waiting::Waiting;
use crate::call::{Context, OneOrMany, Operation, Seconds};
use crate::{Call, HfApi, Result};

/// Waits until a job has ended, or reached one of `stages`.
///
/// Asks [`inspect_job`](HfApi::inspect_job) again and again. The result is
/// the job, or a list of jobs where a list was given. A job that ended in
/// error is a result as well.
///
/// # Errors
/// `Timeout` when the time is over, `JobNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = OneOrMany<JobInfo>)]
pub struct WaitForJobCall {
    #[call(context)]
    ctx: Context,
    /// The job, or several.
    #[call(arg)]
    job_id: OneOrMany<String>,
    /// The most seconds to wait, for all of them; for ever otherwise.
    timeout: Option<Seconds>,
    /// Seconds between two questions.
    #[call(default = 1.0.into())]
    poll_interval: Seconds,
    /// Stages that end the wait too (`RUNNING`, ...).
    stages: Option<Vec<JobStage>>,
    /// The user or organization that runs them; the token's user otherwise.
    namespace: Option<String>,
}

impl Operation for WaitForJobCall {
    async fn run(self, api: HfApi) -> Result<OneOrMany<JobInfo>> {
        let waiting = Waiting::new(self.timeout, ("poll_interval", self.poll_interval))?;
        let stages = self.stages.unwrap_or_default();
        let namespace = namespace(&api, self.namespace).await?;
        let wait = async |job_id: &str| -> Result<JobInfo> {
            loop {
                let job = api.inspect_job(job_id).namespace(&namespace).await?;
                if ends(&job.status.stage, &stages) {
                    return Ok(job);
                }
                waiting
                    .pause(|| format!("the job {job_id} is still in stage {}", job.status.stage))
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

/// Whether a stage ends the wait: one that is wanted, or one that a job never
/// leaves, so that a job that misses what is wanted does not hang.
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
