//! Labels of jobs and of scheduled jobs.

use clap::Args;
use serde_json::{Map, Value, json};

use super::{JobOptions, JobRef};
use crate::failure::{Done, Failure};
use crate::hub::{Hub, fact};
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct LabelsArgs {
    /// The job: `ID` or `NAMESPACE/ID`.
    job_id: String,
    /// Name the job, and keep its other labels.
    #[arg(long, required_unless_present_any = ["label", "clear"])]
    name: Option<String>,
    /// Replace all labels by these: `KEY=VALUE` or `KEY`. May be repeated.
    #[arg(short, long, value_name = "KEY[=VALUE]")]
    label: Vec<String>,
    /// Remove all labels.
    #[arg(long, conflicts_with_all = ["name", "label"])]
    clear: bool,
    #[command(flatten)]
    options: JobOptions,
}

/// The calls on a kind of job.
#[derive(Clone, Copy)]
pub(super) struct Calls {
    inspect: &'static str,
    update: &'static str,
    id: &'static str,
    /// Where the labels are.
    labels: &'static str,
}

pub(super) const JOB: Calls = Calls {
    inspect: "inspect_job",
    update: "update_job_labels",
    id: "job_id",
    labels: "/labels",
};

pub(super) const SCHEDULED: Calls = Calls {
    inspect: "inspect_scheduled_job",
    update: "update_scheduled_job_labels",
    id: "scheduled_job_id",
    labels: "/job_spec/labels",
};

/// Reads `KEY=VALUE` and `KEY`, and the name, which is a label, too.
pub(super) fn parse(labels: &[String], name: Option<&str>) -> Result<Map<String, Value>, Failure> {
    let mut known = Map::new();
    for label in labels {
        let (key, value) = label.split_once('=').unwrap_or((label, ""));
        known.insert(key.to_owned(), value.into());
    }
    if let Some(name) = name
        && known.insert("name".to_owned(), name.into()).is_some()
    {
        return Err(Failure::usage(
            "--name and --label name=NAME are the same; give one of them",
        ));
    }
    Ok(known)
}

/// Reads the labels that a list is filtered by: `KEY=VALUE`.
pub(super) fn parse_filter(
    labels: &[String],
    name: Option<&str>,
) -> Result<Map<String, Value>, Failure> {
    if let Some(label) = labels.iter().find(|label| !label.contains('=')) {
        return Err(Failure::usage(format!(
            "`{label}` is no filter by label: expected KEY=VALUE"
        )));
    }
    parse(labels, name)
}

pub(super) async fn run(args: &LabelsArgs, calls: Calls, output: Output) -> Done {
    let job = JobRef::parse(&args.job_id, args.options.namespace.as_deref())?;
    let mut labels = parse(&args.label, args.name.as_deref())?;
    let hub = Hub::connect(&args.options.token, output).await?;
    if args.label.is_empty() && !args.clear {
        let known = hub
            .call(
                calls.inspect,
                json!({calls.id: job.id, "namespace": job.namespace}),
            )
            .await?;
        let name = labels;
        labels = known
            .pointer(calls.labels)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        labels.extend(name);
    }
    let name = labels.get("name").cloned().unwrap_or_default();
    let arguments = json!({calls.id: job.id, "labels": labels, "namespace": job.namespace});
    let updated = hub.call(calls.update, arguments).await?;
    hub.result(
        "Labels updated",
        &[("id", fact(&updated, "id")), ("name", name)],
    )
}
