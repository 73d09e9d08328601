//! `hf jobs scheduled`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::header::{Header, Script};
use super::list::{command, minute, text_or_none};
use super::manage::{inspect_typed, print_inspected, with_name};
use super::options::{NowOptions, ScheduleOptions, SpecOptions, UvOptions};
use super::run::{print_summary, set_script};
use super::spec::{Program, Spec};
use super::submit::reference;
use super::{JobArgs, JobOptions, JobRef, JobsArgs, labels};
use crate::failure::{Done, Failure};
use crate::hub::{Hub, fact};
use crate::output::{Facts, Output};
use crate::runtime;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum ScheduledCommand {
    /// Delete a scheduled job.
    Delete(JobArgs),
    /// Print all that is known of scheduled jobs.
    Inspect(JobsArgs),
    /// Set or clear the labels of a scheduled job.
    Labels(labels::LabelsArgs),
    /// List scheduled jobs.
    #[command(visible_aliases = ["ls", "ps"])]
    List(ListArgs),
    /// Change when a scheduled job runs.
    Reschedule(RescheduleArgs),
    /// Let a suspended job run again.
    Resume(JobArgs),
    /// Run a command in a container on a schedule.
    Run(RunArgs),
    /// Suspend a scheduled job.
    Suspend(JobArgs),
    /// Run a scheduled job now, beside its schedule.
    Trigger(JobArgs),
    /// Run Python scripts with uv on a schedule.
    #[command(subcommand)]
    Uv(UvCommand),
}

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum UvCommand {
    /// Run a Python script with uv on a schedule.
    Run(UvRunArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// List suspended jobs, too.
    #[arg(short, long)]
    all: bool,
    /// List jobs that are `active`, or `suspended`.
    #[arg(long, conflicts_with = "all", value_delimiter = ',', ignore_case = true, value_parser = ["active", "suspended"])]
    status: Vec<String>,
    /// List jobs with this label: `KEY=VALUE`. May be repeated, and all must match.
    #[arg(short, long, value_name = "KEY=VALUE")]
    label: Vec<String>,
    /// List jobs of this name.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    options: JobOptions,
}

#[derive(Debug, Args)]
pub(crate) struct RescheduleArgs {
    #[command(flatten)]
    job: JobArgs,
    /// `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, or the five fields of cron.
    schedule: String,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, or the five fields of cron.
    schedule: String,
    /// The Docker image, or a Space: `hf.co/spaces/NAMESPACE/NAME`.
    image: String,
    /// The command. Options of this program among its words are taken with a warning, unless they follow `--`.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
    #[command(flatten)]
    options: SpecOptions,
    #[command(flatten)]
    schedule_options: ScheduleOptions,
}

#[derive(Debug, Args)]
pub(crate) struct UvRunArgs {
    /// `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, or the five fields of cron.
    schedule: String,
    /// The script: a local file, a URL, or a command.
    script: String,
    /// The arguments of the script. Options of this program among them are taken with a warning, unless they follow
    /// `--`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    script_args: Vec<String>,
    #[command(flatten)]
    uv: UvOptions,
    #[command(flatten)]
    options: SpecOptions,
    #[command(flatten)]
    schedule_options: ScheduleOptions,
}

/// The attributes of Python's `ScheduledJobInfo`, in their order.
const SCHEDULED_JOB: &[&str] = &[
    "id",
    "created_at",
    "job_spec",
    "schedule",
    "suspend",
    "concurrency",
    "status",
    "owner",
];

pub(super) fn run(command: ScheduledCommand, output: Output) -> Done {
    runtime::run(async move {
        match command {
            ScheduledCommand::Delete(args) => {
                change(
                    &args,
                    "delete_scheduled_job",
                    "Scheduled Job deleted",
                    output,
                )
                .await
            }
            ScheduledCommand::Inspect(args) => inspect(&args, output).await,
            ScheduledCommand::Labels(args) => labels::run(&args, labels::SCHEDULED, output).await,
            ScheduledCommand::List(args) => list(&args, output).await,
            ScheduledCommand::Reschedule(args) => reschedule(&args, output).await,
            ScheduledCommand::Resume(args) => {
                change(
                    &args,
                    "resume_scheduled_job",
                    "Scheduled Job resumed",
                    output,
                )
                .await
            }
            ScheduledCommand::Run(args) => schedule(args, output).await,
            ScheduledCommand::Suspend(args) => {
                change(
                    &args,
                    "suspend_scheduled_job",
                    "Scheduled Job suspended",
                    output,
                )
                .await
            }
            ScheduledCommand::Trigger(args) => trigger(&args, output).await,
            ScheduledCommand::Uv(UvCommand::Run(args)) => schedule_uv(args, output).await,
        }
    })
}

async fn change(args: &JobArgs, method: &str, message: &str, output: Output) -> Done {
    let (hub, job) = connect(args, output).await?;
    hub.call(method, arguments(&job)).await?;
    hub.result(message, &[("id", json!(job.id))])
}

async fn connect(args: &JobArgs, output: Output) -> Result<(Hub, JobRef), Failure> {
    let job = JobRef::parse(&args.job_id, args.options.namespace.as_deref())?;
    Ok((Hub::connect(&args.options.token, output).await?, job))
}

fn arguments(job: &JobRef) -> Value {
    json!({"scheduled_job_id": job.id, "namespace": job.namespace})
}

async fn inspect(args: &JobsArgs, output: Output) -> Done {
    let (ids, namespace) = JobRef::parse_all(&args.job_ids, args.options.namespace.as_deref())?;
    let hub = Hub::connect(&args.options.token, output).await?;
    let mut jobs = Vec::new();
    for id in ids {
        let job = JobRef {
            id,
            namespace: namespace.clone(),
        };
        let job = hub.call("inspect_scheduled_job", arguments(&job)).await?;
        jobs.push(with_name(
            &job["job_spec"]["labels"],
            Facts::fields(&job, SCHEDULED_JOB),
        ));
    }
    print_inspected(&hub, jobs)
}

async fn reschedule(args: &RescheduleArgs, output: Output) -> Done {
    let (hub, job) = connect(&args.job, output).await?;
    let mut arguments = arguments(&job);
    arguments["schedule"] = json!(args.schedule);
    let updated = hub.call("update_scheduled_job_schedule", arguments).await?;
    hub.result(
        "Scheduled Job rescheduled",
        &["id", "schedule"].map(|name| (name, fact(&updated, name))),
    )
}

async fn trigger(args: &JobArgs, output: Output) -> Done {
    let (hub, job) = connect(args, output).await?;
    let job = inspect_typed(hub.call("trigger_scheduled_job", arguments(&job)).await?)?;
    hub.result(
        "Scheduled Job triggered",
        &[("id", json!(job.id)), ("url", json!(job.url()))],
    )?;
    output.hint(&format!(
        "`hf jobs logs -f {}` follows its log",
        reference(&job)
    ));
    Ok(())
}

async fn list(args: &ListArgs, output: Output) -> Done {
    let labels = labels::parse_filter(&args.label, args.name.as_deref())?;
    let hub = Hub::connect(&args.options.token, output).await?;
    let arguments = json!({
        "namespace": args.options.namespace,
        "labels": (!labels.is_empty()).then_some(labels),
    });
    let jobs = hub.call("list_scheduled_jobs", arguments).await?;
    let is_wanted = |status: &str| {
        args.status
            .iter()
            .any(|wanted| wanted.eq_ignore_ascii_case(status))
    };
    let is_listed = |job: &&Value| match (job["suspend"] == true, args.status.is_empty()) {
        (true, true) => args.all,
        (false, true) => true,
        (true, false) => is_wanted("suspended"),
        (false, false) => is_wanted("active"),
    };
    let jobs = jobs.as_array().map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<_> = jobs.iter().filter(is_listed).map(row).collect();
    let is_empty = rows.is_empty();
    let columns = [
        "id",
        "name",
        "schedule",
        "image/space",
        "command",
        "last_run",
        "next_run",
        "suspend",
    ];
    hub.table(rows, &columns, "id")?;
    if is_empty && args.status.is_empty() && !args.all {
        output.hint("no scheduled job is active; -a lists suspended ones, too");
    }
    Ok(())
}

fn row(job: &Value) -> Facts {
    let spec = &job["job_spec"];
    let mut row = Facts::fields(job, SCHEDULED_JOB);
    row.set("name", text_or_none(&spec["labels"]["name"]));
    let image = if spec["docker_image"].is_null() {
        &spec["space_id"]
    } else {
        &spec["docker_image"]
    };
    row.set("image/space", text_or_none(image));
    row.set("command", command(spec));
    row.set("last_run", minute(&job["status"]["last_job"]["at"]));
    row.set("next_run", minute(&job["status"]["next_job_run_at"]));
    row.set("suspend", job["suspend"] == true);
    row
}

async fn schedule(args: RunArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.options.token, output).await?;
    let now = NowOptions::default();
    let program = Program::Command {
        image: &args.image,
        command: &args.command,
    };
    let spec = Spec::resolve(&program, &args.options, &now, &Header::default(), &hub)?;
    let summary = spec.summary(&program, &args.options, &now);
    if print_summary(
        &with_schedule(&args.schedule, &args.schedule_options, summary),
        args.options.dry_run,
        output,
    )? {
        return Ok(());
    }
    let volumes = spec.mount(&hub).await?;
    let mut arguments = spec.arguments(&args.options, volumes.as_ref());
    arguments["image"] = json!(args.image);
    arguments["command"] = json!(args.command);
    create(
        "create_scheduled_job",
        arguments,
        &args.schedule,
        &args.schedule_options,
        &spec,
        &hub,
    )
    .await
}

async fn schedule_uv(args: UvRunArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.options.token, output).await?;
    let now = NowOptions::default();
    let script = Script::load(&args.script, hub.api.client()).await?;
    if script.header.network_group.is_some() || !script.header.network_aliases.is_empty() {
        return Err(Failure::usage(
            "the script asks for a network, which scheduled jobs do not have",
        ));
    }
    let program = Program::Script {
        script: &args.script,
        args: &args.script_args,
        uv: &args.uv,
    };
    let spec = Spec::resolve(&program, &args.options, &now, &script.header, &hub)?;
    let summary = spec.summary(&program, &args.options, &now);
    if print_summary(
        &with_schedule(&args.schedule, &args.schedule_options, summary),
        args.options.dry_run,
        output,
    )? {
        return Ok(());
    }
    let volumes = spec.mount(&hub).await?;
    let mut arguments = spec.arguments(&args.options, volumes.as_ref());
    set_script(&mut arguments, &script, &args.script_args, &args.uv, &spec);
    create(
        "create_scheduled_uv_job",
        arguments,
        &args.schedule,
        &args.schedule_options,
        &spec,
        &hub,
    )
    .await
}

fn with_schedule(
    schedule: &str,
    options: &ScheduleOptions,
    mut summary: Vec<(&'static str, Vec<String>)>,
) -> Vec<(&'static str, Vec<String>)> {
    let mut rows = vec![("schedule", vec![schedule.to_owned()])];
    let flags = [
        ("suspend", options.suspend()),
        ("concurrency", options.concurrency()),
    ];
    rows.extend(
        flags
            .into_iter()
            .filter(|(_, flag)| *flag == Some(true))
            .map(|(key, _)| (key, vec!["True".to_owned()])),
    );
    rows.append(&mut summary);
    rows
}

async fn create(
    method: &str,
    mut arguments: Value,
    schedule: &str,
    options: &ScheduleOptions,
    spec: &Spec,
    hub: &Hub,
) -> Done {
    arguments["schedule"] = json!(schedule);
    arguments["suspend"] = json!(options.suspend());
    arguments["concurrency"] = json!(options.concurrency());
    let job = hub.call(method, arguments).await?;
    hub.result(
        "Scheduled Job created",
        &[
            ("id", fact(&job, "id")),
            ("name", fact(&job["job_spec"]["labels"], "name")),
        ],
    )?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let reference = format!("{}/{}", text(&job["owner"]["name"]), text(&job["id"]));
    if !spec.is_named {
        hub.output.hint(&format!(
            "`hf jobs scheduled labels {reference} --name NAME` gives it another name"
        ));
    }
    hub.output.hint(&format!(
        "`hf jobs scheduled inspect {reference}` shows its details"
    ));
    Ok(())
}
