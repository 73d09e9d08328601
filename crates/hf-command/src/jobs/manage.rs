//! One job, or some.

use clap::Args;
use hf_api::types::JobInfo;
use hf_api::{Error, ErrorKind, HfApi};
use serde_json::{Value, json};

use super::submit::{Started, follow_or_hint};
use super::{JOB, JobArgs, JobOptions, JobRef, JobsArgs};
use crate::args::TokenArgs;
use crate::failure::{Done, Failure};
use crate::hardware::{Storage, row};
use crate::hub::{Hub, fact};
use crate::output::{Facts, Mode, Output};
use crate::runtime;
use crate::span::Span;
use crate::ssh::{Destination, SshOptions, connect};

#[derive(Debug, Args)]
pub(crate) struct ExposeArgs {
    /// The job: `ID` or `NAMESPACE/ID`.
    job_id: String,
    /// Ports that those with access to the namespace can reach.
    #[arg(required_unless_present_any = ["public", "clear"])]
    ports: Vec<u16>,
    /// A port that everybody can reach. May be repeated.
    #[arg(long, value_name = "PORT")]
    public: Vec<u16>,
    /// Close all ports.
    #[arg(long, conflicts_with_all = ["ports", "public"])]
    clear: bool,
    #[command(flatten)]
    options: JobOptions,
}

#[derive(Debug, Args)]
pub(crate) struct RerunArgs {
    #[command(flatten)]
    job: JobArgs,
    /// Do not print the log: end as soon as the job is created.
    #[arg(short, long)]
    detach: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SshArgs {
    #[command(flatten)]
    job: JobArgs,
    #[command(flatten)]
    options: SshOptions,
}

#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    #[command(flatten)]
    jobs: JobsArgs,
    /// The longest time to wait: seconds, or 5m, 2h, 1d.
    #[arg(long)]
    timeout: Option<Span>,
}

pub(super) async fn cancel(args: &JobArgs, output: Output) -> Done {
    let job = JobRef::parse(&args.job_id, args.options.namespace.as_deref())?;
    let hub = Hub::connect(&args.options.token, output).await?;
    hub.call("cancel_job", arguments(&job)).await?;
    hub.result("Job cancelled", &[("id", json!(job.id))])
}

fn arguments(job: &JobRef) -> Value {
    json!({"job_id": job.id, "namespace": job.namespace})
}

pub(super) async fn expose(args: &ExposeArgs, output: Output) -> Done {
    let job = JobRef::parse(&args.job_id, args.options.namespace.as_deref())?;
    let hub = Hub::connect(&args.options.token, output).await?;
    let mut arguments = arguments(&job);
    arguments["expose"] = json!(args.ports);
    arguments["expose_public"] = json!(args.public);
    let updated = hub.call("update_job_expose", arguments).await?;
    let ports = |name: &str| match &updated[name] {
        Value::Null => json!([]),
        ports => ports.clone(),
    };
    hub.result(
        "Exposed ports updated",
        &[
            ("id", fact(&updated, "id")),
            ("ports", ports("expose")),
            ("public_ports", ports("expose_public")),
        ],
    )
}

pub(super) async fn hardware(token: &TokenArgs, output: Output) -> Done {
    let hub = Hub::connect(token, output).await?;
    let known = hub.call("list_jobs_hardware", Value::Null).await?;
    let known = known.as_array().map(Vec::as_slice).unwrap_or_default();
    let rows = known.iter().map(|hardware| row(hardware, Storage::Shown));
    hub.table(rows.collect(), &[], "name")?;
    output.hint("`hf jobs run --flavor NAME ...` asks for one");
    Ok(())
}

pub(super) async fn inspect(args: &JobsArgs, output: Output) -> Done {
    let namespace = args.options.namespace.as_deref();
    let (ids, namespace) = JobRef::parse_all(&args.job_ids, namespace)?;
    let hub = Hub::connect(&args.options.token, output).await?;
    let mut jobs = Vec::new();
    for id in ids {
        let job = hub
            .call("inspect_job", json!({"job_id": id, "namespace": namespace}))
            .await?;
        jobs.push(with_name(&job["labels"], Facts::fields(&job, JOB)));
    }
    print_inspected(&hub, jobs)
}

/// Puts the name, which is a label, in front.
pub(super) fn with_name(labels: &Value, facts: Facts) -> Facts {
    let Some(name) = labels.get("name").filter(|name| !name.is_null()) else {
        return facts;
    };
    let mut named = Facts::from([("name", name.clone())]);
    for (key, value) in facts.iter() {
        named.set(key, value.clone());
    }
    named
}

/// Prints whole objects: for people one by one, as no table has room for them.
pub(super) fn print_inspected(hub: &Hub, jobs: Vec<Facts>) -> Done {
    if hub.output.mode == Mode::Human {
        return jobs.iter().try_for_each(|job| hub.dict(job));
    }
    hub.table(jobs, &[], "id")
}

pub(super) fn rerun(args: &RerunArgs, output: Output) -> Done {
    let job = JobRef::parse(&args.job.job_id, args.job.options.namespace.as_deref())?;
    let started = Started::default();
    runtime::run_to_end(started.or_interrupted(output, async {
        let hub = Hub::connect(&args.job.options.token, output).await?;
        let info = inspect_typed(hub.api.call("rerun_job", arguments(&job)).await?)?;
        started.announce(&hub, &info)?;
        follow_or_hint(&hub, info, args.detach).await
    }))
}

/// Reads a job that a call by name returned.
pub(super) fn inspect_typed(job: Value) -> Result<JobInfo, Failure> {
    let read = serde_json::from_value(job);
    Ok(read.map_err(|error| Error::decode(format!("the Hub did not return a job: {error}")))?)
}

pub(super) async fn wait(args: &WaitArgs, output: Output) -> Done {
    let namespace = args.jobs.options.namespace.as_deref();
    let (ids, namespace) = JobRef::parse_all(&args.jobs.job_ids, namespace)?;
    let hub = Hub::connect(&args.jobs.options.token, output).await?;
    output.note(&format!("Waiting for {} job(s)...", ids.len()));
    let arguments = json!({
        "job_id": ids, "namespace": namespace, "timeout": args.timeout.map(Span::seconds),
    });
    let jobs = hub.call("wait_for_job", arguments).await?;
    let jobs = jobs.as_array().map(Vec::as_slice).unwrap_or_default();
    let stage = |job: &Value| job["status"]["stage"].clone();
    let row = |job: &Value| {
        Facts::from([
            ("id", job["id"].clone()),
            ("stage", stage(job)),
            ("message", job["status"]["message"].clone()),
        ])
    };
    hub.table(
        jobs.iter().map(row).collect(),
        &["id", "stage", "message"],
        "id",
    )?;
    let failed = jobs.iter().filter(|job| stage(job) != "COMPLETED");
    let failed: Vec<_> = failed
        .map(|job| {
            let text = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
            format!("{} ({})", text(&job["id"]), text(&stage(job)))
        })
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let (failed_count, count) = (failed.len(), jobs.len());
    let told = format!(
        "{failed_count} of {count} job(s) did not complete: {}",
        failed.join(", ")
    );
    Err(Error::new(ErrorKind::Http, told).into())
}

pub(super) fn ssh(args: &SshArgs, output: Output) -> Done {
    let job = JobRef::parse(&args.job.job_id, args.job.options.namespace.as_deref())?;
    let mut found = None;
    runtime::run(async {
        let hub = Hub::connect(&args.job.options.token, output).await?;
        found = Some(destination(&hub.api, &job, output).await?);
        Ok(())
    })?;
    match found {
        Some(destination) => connect(&destination, &args.options, output),
        None => Ok(()),
    }
}

/// Waits until the job runs, and returns where its shell is.
async fn destination(api: &HfApi, job: &JobRef, output: Output) -> Result<Destination, Failure> {
    let known = inspect_typed(api.call("inspect_job", arguments(job)).await?)?;
    let Some(url) = known.status.ssh_url.as_deref() else {
        let error = Error::validation(format!("the job {job} was started without SSH"));
        return Err(error
            .with_hint("`hf jobs run --ssh ...` starts one with it")
            .into());
    };
    let destination = Destination::from_url(url)?;
    let mut stage = known.status.stage;
    if !stage.is_terminal() && stage != "RUNNING" {
        output.note(&format!("Waiting for the job {job} to run ({stage})..."));
        let mut arguments = arguments(job);
        arguments["stages"] = json!(["RUNNING"]);
        stage = inspect_typed(api.call("wait_for_job", arguments).await?)?
            .status
            .stage;
    }
    if stage != "RUNNING" {
        return Err(Error::new(
            ErrorKind::Http,
            format!("the job {job} has ended with stage {stage}"),
        )
        .into());
    }
    Ok(destination)
}
