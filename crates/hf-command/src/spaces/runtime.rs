//! How a Space runs.

use clap::Args;
use hf_api::ErrorKind;
use hf_api::types::SpaceHardware;
use serde_json::{Value, json};

use super::SpaceArgs;
use crate::args::TokenArgs;
use crate::failure::{Done, Failure};
use crate::hub::{self, Hub, fact};
use crate::listing::soft_choices;
use crate::logs::print_log;
use crate::output::Output;
use crate::span::Span;

#[derive(Debug, Args)]
pub(crate) struct RestartArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// Build the Space from scratch, without the cache.
    #[arg(long)]
    factory_reboot: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// The seconds without visitors after which the Space sleeps; -1 is never.
    #[arg(long, allow_negative_numbers = true)]
    sleep_time: Option<i64>,
    /// The hardware to run on; `hf spaces hardware` lists it.
    #[arg(long, required_unless_present = "sleep_time", value_parser = soft_choices(SpaceHardware::KNOWN))]
    hardware: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// The longest time to wait: seconds, or 5m, 2h, 1d.
    #[arg(long)]
    timeout: Option<Span>,
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// Print the log of the build.
    #[arg(long)]
    build: bool,
    /// Print new lines as they come, until the Hub ends the log.
    #[arg(short, long, conflicts_with = "tail")]
    follow: bool,
    /// Print only so many lines from the end.
    #[arg(short = 'n', long)]
    tail: Option<usize>,
}

pub(super) async fn pause(args: &SpaceArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    let runtime = hub
        .call("pause_space", hub::one("repo_id", &args.space_id))
        .await?;
    hub.result(
        "Space paused",
        &[
            ("space_id", json!(args.space_id)),
            ("stage", fact(&runtime, "stage")),
        ],
    )?;
    output.hint(&format!(
        "`hf spaces restart {}` restarts it",
        args.space_id
    ));
    Ok(())
}

pub(super) async fn restart(args: &RestartArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.space.token, output).await?;
    let space_id = &args.space.space_id;
    let arguments = json!({"repo_id": space_id, "factory_reboot": args.factory_reboot});
    let runtime = hub.call("restart_space", arguments).await?;
    hub.result(
        "Space restart triggered",
        &[
            ("space_id", json!(space_id)),
            ("stage", fact(&runtime, "stage")),
            ("factory_reboot", json!(args.factory_reboot)),
        ],
    )?;
    output.hint(&format!("`hf spaces wait {space_id}` waits until it runs"));
    Ok(())
}

pub(super) async fn settings(args: &SettingsArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.space.token, output).await?;
    let space_id = &args.space.space_id;
    let runtime = if let Some(hardware) = &args.hardware {
        let arguments =
            json!({"repo_id": space_id, "hardware": hardware, "sleep_time": args.sleep_time});
        hub.call("request_space_hardware", arguments).await?
    } else {
        let arguments = json!({"repo_id": space_id, "sleep_time": args.sleep_time});
        hub.call("set_space_sleep_time", arguments).await?
    };
    hub.result(
        "Space settings updated",
        &[
            ("space_id", json!(space_id)),
            ("hardware", fact(&runtime, "requested_hardware")),
            ("sleep_time", fact(&runtime, "sleep_time")),
        ],
    )
}

pub(super) async fn wait(args: &WaitArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.space.token, output).await?;
    let space_id = &args.space.space_id;
    output.note("Waiting for the Space...");
    let runtime = settle(&hub, space_id, args.timeout).await?;
    let stage = fact(&runtime, "stage");
    if stage != "RUNNING" {
        return Err(not_running(space_id, &stage));
    }
    hub.result(
        "Space ready",
        &[("space_id", json!(space_id)), ("stage", stage)],
    )?;
    output.hint(&format!("`hf spaces logs {space_id}` shows its log"));
    Ok(())
}

/// Waits until a Space is no longer being built or started.
pub(super) async fn settle(
    hub: &Hub,
    space_id: &str,
    timeout: Option<Span>,
) -> Result<Value, Failure> {
    let arguments = json!({"repo_id": space_id, "timeout": timeout.map(Span::seconds)});
    hub.call("wait_for_space", arguments).await
}

pub(super) fn not_running(space_id: &str, stage: &Value) -> Failure {
    let stage = stage.as_str().unwrap_or("unknown");
    let error = hf_api::Error::new(
        ErrorKind::Http,
        format!("Space '{space_id}' is not running, its stage is {stage}"),
    );
    error
        .with_hint(format!(
            "`hf spaces logs {space_id} --build` shows the log of the build"
        ))
        .into()
}

pub(super) async fn logs(args: &LogsArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.space.token, output).await?;
    let space_id = &args.space.space_id;
    let arguments = json!({"repo_id": space_id, "build": args.build, "follow": args.follow});
    let lines = hub.api.call_stream("fetch_space_logs", arguments)?;
    let found = print_log(lines, args.tail, output).await?;
    if !found && !args.build {
        output.hint(&format!(
            "the log is empty; `hf spaces logs {space_id} --build` shows that of the build"
        ));
    }
    Ok(())
}

pub(super) async fn quota(token: &TokenArgs, output: Output) -> Done {
    let hub = Hub::connect(token, output).await?;
    let quota = hub.call("get_zero_gpu_quota", Value::Null).await?;
    hub.result(
        "ZeroGPU quota (in GPU-seconds)",
        &["remaining", "base", "resets_at", "overquota_used"]
            .map(|name| (name, fact(&quota, name))),
    )?;
    let number = |name: &str| quota[name].as_f64().unwrap_or_default();
    if number("remaining") < 0.1 * number("base") {
        output.hint("https://huggingface.co/settings/billing?add-credits=true sells more");
    }
    Ok(())
}
