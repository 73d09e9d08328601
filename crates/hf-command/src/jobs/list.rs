//! `hf jobs ls`.

use clap::Args;
use hf_api::types::JobStage;
use serde_json::{Value, json};

use super::{JOB, JobOptions, labels};
use crate::failure::Done;
use crate::hub::{Hub, fact};
use crate::listing::soft_choices;
use crate::output::{Facts, Mode, Output};
use crate::span;

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// List jobs that have ended, too.
    #[arg(short, long)]
    all: bool,
    /// List jobs in this stage, or in these, separated by commas. May be repeated.
    #[arg(long, conflicts_with = "all", value_delimiter = ',', ignore_case = true, value_parser = soft_choices(JobStage::KNOWN))]
    status: Vec<String>,
    /// List jobs with this label: `KEY=VALUE`. May be repeated, and all must match.
    #[arg(short, long, value_name = "KEY=VALUE")]
    label: Vec<String>,
    /// List jobs of this name.
    #[arg(long)]
    name: Option<String>,
    /// The greatest number of jobs to list; 0 is all.
    #[arg(long, default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    options: JobOptions,
}

pub(super) async fn run(args: &ListArgs, output: Output) -> Done {
    let labels = labels::parse_filter(&args.label, args.name.as_deref())?;
    let stages: Vec<_> = args
        .status
        .iter()
        .map(|stage| stage.trim().to_uppercase())
        .collect();
    let stages = match (args.all, stages.is_empty()) {
        (true, _) => Value::Null,
        (false, true) => json!(["RUNNING", "SCHEDULING"]),
        (false, false) => json!(stages),
    };
    let hub = Hub::connect(&args.options.token, output).await?;
    let arguments = json!({
        "namespace": args.options.namespace,
        "status": stages,
        "labels": (!labels.is_empty()).then_some(&labels),
    });
    let limit = if args.limit == 0 {
        usize::MAX
    } else {
        args.limit
    };
    // One more tells that there are more.
    let mut jobs = hub
        .items("list_jobs", arguments, limit.saturating_add(1))
        .await?;
    let is_cut = jobs.len() > limit;
    jobs.truncate(limit);
    let columns = [
        "job_id",
        "name",
        "image/space",
        "command",
        "created",
        "status",
        "runtime",
    ];
    hub.table(jobs.iter().map(row).collect(), &columns, "job_id")?;
    if is_cut {
        output.hint(&format!("only {limit} jobs are shown; --limit 0 shows all"));
    }
    if jobs.is_empty() && args.status.is_empty() && labels.is_empty() && !args.all {
        output.hint("no job is running; -a lists those that have ended, too");
    } else if jobs.is_empty() && output.mode == Mode::Human {
        output.note("No job matches the filters.");
    }
    Ok(())
}

fn row(job: &Value) -> Facts {
    let mut row = Facts::fields(job, JOB);
    row.set("job_id", fact(job, "id"));
    row.set("name", text_or_none(&job["labels"]["name"]));
    let image = if job["docker_image"].is_null() {
        &job["space_id"]
    } else {
        &job["docker_image"]
    };
    row.set("image/space", text_or_none(image));
    row.set("command", command(job));
    row.set("created", minute(&job["created_at"]));
    row.set("status", job["status"]["stage"].clone());
    row.set(
        "runtime",
        span::shown(job["durations"]["running_secs"].as_f64()),
    );
    row
}

pub(super) fn text_or_none(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if !text.is_empty() => text.into(),
        _ => "N/A".into(),
    }
}

pub(super) fn command(spec: &Value) -> Value {
    let words = spec["command"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
    if words.is_empty() {
        "N/A".into()
    } else {
        words.join(" ").into()
    }
}

/// `2026-01-02T03:04:05.000Z` as `2026-01-02 03:04:05`.
pub(super) fn minute(time: &Value) -> Value {
    match time.as_str().and_then(|time| time.get(..19)) {
        Some(time) => time.replace('T', " ").into(),
        None => "N/A".into(),
    }
}
