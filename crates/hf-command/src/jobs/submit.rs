//! What follows when a job was created: its facts, its log, how it ended.

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use hf_api::types::{JobInfo, JobStage};
use hf_api::{Error, ErrorKind};
use serde_json::json;

use crate::failure::{Done, Failure};
use crate::hub::Hub;
use crate::output::{Mode, Output, print, say, write_stderr};
use crate::span;

/// Between two looks at a job that waits for hardware.
const POLL: Duration = Duration::from_secs(2);

/// The job that was created, once it was.
#[derive(Debug, Default)]
pub(super) struct Started(OnceLock<String>);

impl Started {
    /// Prints the facts of a new job, and keeps its id for [`or_interrupted`](Self::or_interrupted).
    pub(super) fn announce(&self, hub: &Hub, job: &JobInfo) -> Done {
        let _kept = self.0.set(reference(job));
        hub.result(
            "Job started",
            &[
                ("id", json!(job.id)),
                ("name", json!(name(job))),
                ("url", json!(job.url())),
            ],
        )
    }

    /// Runs a command until it ends or Ctrl-C is pressed, which ends the command and not the job.
    pub(super) async fn or_interrupted(
        &self,
        output: Output,
        command: impl Future<Output = Done>,
    ) -> Done {
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => {
                if let Some(job) = self.0.get() {
                    say("");
                    output.hint(&format!(
                        "the job {job} goes on; `hf jobs logs -f {job}` follows it, `hf jobs cancel {job}` stops it"
                    ));
                }
                Err(Failure::Interrupted)
            }
            done = command => done,
        }
    }
}

fn name(job: &JobInfo) -> Option<&str> {
    let labels = job.labels.as_ref()?;
    labels.get("name").map(String::as_str)
}

/// `NAMESPACE/ID`
pub(super) fn reference(job: &JobInfo) -> String {
    format!("{}/{}", job.owner.name, job.id)
}

/// Tells how to reach a new job, and follows it to its end unless `detach` is set.
pub(super) async fn follow_or_hint(hub: &Hub, job: JobInfo, detach: bool) -> Done {
    let reference = reference(&job);
    let output = hub.output;
    if let Some(urls) = &job.status.expose_urls {
        output.hint(&format!("the exposed ports are at {}", urls.join(", ")));
    }
    if job.status.ssh_url.is_some() {
        output.hint(&format!(
            "`hf jobs ssh {reference}` opens a shell in the job"
        ));
    }
    if let Some(network) = &job.network {
        output.hint(&format!(
            "jobs started with `--network-group {}` reach each other at `$HF_NETWORK_GROUP_HOSTNAME`",
            network.group
        ));
    }
    if detach {
        output.hint(&format!("`hf jobs logs -f {reference}` follows its log"));
        output.hint(&format!(
            "`hf jobs wait {reference}` waits until it has ended"
        ));
        return Ok(());
    }
    follow(hub, &job).await
}

async fn follow(hub: &Hub, job: &JobInfo) -> Done {
    wait_for_hardware(hub, job).await;
    let mut lines = hub
        .api
        .fetch_job_logs(job.id.as_str())
        .namespace(job.owner.name.as_str())
        .follow(true)
        .stream();
    // In JSON, stdout has the job and nothing else.
    let is_shown = matches!(hub.output.mode, Mode::Human | Mode::Agent);
    while let Some(line) = lines.next().await {
        let line = line?;
        if is_shown {
            print(&format!("{}\n", line.trim_end_matches(['\n', '\r'])))?;
        }
    }
    // A log may end before its job does.
    let ended = hub
        .api
        .wait_for_job(job.id.as_str())
        .namespace(job.owner.name.as_str())
        .await?;
    let Some(ended) = ended.as_slice().first() else {
        return Ok(());
    };
    if ended.status.stage == JobStage::Completed {
        hub.output.note(&format!("Job {} completed", job.id));
        return Ok(());
    }
    let message = ended.status.message.as_deref();
    let message = message
        .map(|message| format!(": {message}"))
        .unwrap_or_default();
    Err(Error::new(
        ErrorKind::Http,
        format!(
            "job {} has ended with stage {}{message}",
            job.id, ended.status.stage
        ),
    )
    .into())
}

/// Shows on a terminal why a job does not run yet, and for how long. If that fails, the log is tried.
async fn wait_for_hardware(hub: &Hub, job: &JobInfo) {
    let is_shown = hub.output.mode == Mode::Human && io::stderr().is_terminal();
    let start = Instant::now();
    let mut status = job.status.clone();
    while status.stage == JobStage::Scheduling {
        if is_shown {
            let waited = span::shown(Some(start.elapsed().as_secs_f64()));
            let why = status.message.as_deref().unwrap_or("Scheduling");
            write_stderr(&format!("\r\x1b[K{why} ({waited})"));
        }
        tokio::time::sleep(POLL).await;
        let known = hub
            .api
            .inspect_job(job.id.as_str())
            .namespace(job.owner.name.as_str());
        match known.await {
            Ok(known) => status = known.status,
            Err(_) => break,
        }
    }
    if is_shown {
        write_stderr("\r\x1b[K");
    }
}
