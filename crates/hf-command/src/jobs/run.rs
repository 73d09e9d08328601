//! `hf jobs run` and `hf jobs uv run`.

use clap::Args;
use serde_json::{Value, json};

use super::header::{Header, Script};
use super::manage::inspect_typed;
use super::options::{NowOptions, SpecOptions, UvOptions};
use super::spec::{Program, Spec};
use super::submit::{Started, follow_or_hint, reference};
use crate::failure::{Done, Failure};
use crate::hub::Hub;
use crate::output::{Facts, Mode, Output, print};
use crate::runtime;

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The Docker image, or a Space: `hf.co/spaces/NAMESPACE/NAME`.
    image: String,
    /// The command. Options of this program among its words are taken with a warning, unless they follow `--`.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
    #[command(flatten)]
    options: SpecOptions,
    #[command(flatten)]
    now: NowOptions,
}

#[derive(Debug, Args)]
pub(crate) struct UvRunArgs {
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
    now: NowOptions,
}

pub(super) fn run(args: &RunArgs, output: Output) -> Done {
    let started = Started::default();
    runtime::run_to_end(started.or_interrupted(output, async {
        let hub = Hub::connect(&args.options.token, output).await?;
        let program = Program::Command {
            image: &args.image,
            command: &args.command,
        };
        let spec = Spec::resolve(&program, &args.options, &args.now, &Header::default(), &hub)?;
        let summary = spec.summary(&program, &args.options, &args.now);
        if print_summary(&summary, args.options.dry_run, output)? {
            return Ok(());
        }
        let mut arguments = now_arguments(&spec, &args.options, &args.now, &hub).await?;
        arguments["image"] = json!(args.image);
        arguments["command"] = json!(args.command);
        submit("run_job", arguments, &spec, &args.now, &started, &hub).await
    }))
}

pub(super) fn run_uv(args: &UvRunArgs, output: Output) -> Done {
    let started = Started::default();
    runtime::run_to_end(started.or_interrupted(output, async {
        let hub = Hub::connect(&args.options.token, output).await?;
        let script = Script::load(&args.script, hub.api.client()).await?;
        let program = Program::Script {
            script: &args.script,
            args: &args.script_args,
            uv: &args.uv,
        };
        let spec = Spec::resolve(&program, &args.options, &args.now, &script.header, &hub)?;
        let summary = spec.summary(&program, &args.options, &args.now);
        if print_summary(&summary, args.options.dry_run, output)? {
            return Ok(());
        }
        let mut arguments = now_arguments(&spec, &args.options, &args.now, &hub).await?;
        set_script(&mut arguments, &script, &args.script_args, &args.uv, &spec);
        submit("run_uv_job", arguments, &spec, &args.now, &started, &hub).await
    }))
}

/// Adds what only a script has.
pub(super) fn set_script(
    arguments: &mut Value,
    script: &Script,
    args: &[String],
    uv: &UvOptions,
    spec: &Spec,
) {
    arguments["script"] = json!(script.source);
    arguments["script_args"] = json!(args);
    arguments["dependencies"] = json!((!uv.with.is_empty()).then_some(&uv.with));
    arguments["python"] = json!(spec.python);
    arguments["image"] = json!(spec.image);
}

async fn now_arguments(
    spec: &Spec,
    options: &SpecOptions,
    now: &NowOptions,
    hub: &Hub,
) -> Result<Value, Failure> {
    let volumes = spec.mount(hub).await?;
    let mut arguments = spec.arguments(options, volumes.as_ref());
    let aliases = &spec.network_aliases;
    arguments["ssh"] = json!(now.ssh);
    arguments["network_group"] = json!(spec.network_group);
    arguments["network_aliases"] = json!((!aliases.is_empty()).then_some(aliases));
    Ok(arguments)
}

async fn submit(
    method: &str,
    arguments: Value,
    spec: &Spec,
    now: &NowOptions,
    started: &Started,
    hub: &Hub,
) -> Done {
    let job = inspect_typed(hub.call(method, arguments).await?)?;
    started.announce(hub, &job)?;
    if !spec.is_named {
        let reference = reference(&job);
        hub.output.hint(&format!(
            "`hf jobs labels {reference} --name NAME` gives it another name"
        ));
    }
    follow_or_hint(hub, job, now.detach).await
}

/// Prints what will be sent: to stderr, or to stdout if nothing is sent. Returns whether that is so.
pub(super) fn print_summary(
    rows: &[(&'static str, Vec<String>)],
    dry_run: bool,
    output: Output,
) -> Result<bool, Failure> {
    if dry_run && output.mode == Mode::Json {
        let one_or_all = |values: &[String]| match values {
            [one] => json!(one),
            all => json!(all),
        };
        let mut facts: Facts = rows
            .iter()
            .map(|(key, values)| (*key, one_or_all(values)))
            .collect();
        facts.set("dry_run", true);
        output.dict(&facts, None)?;
        return Ok(true);
    }
    let width = rows.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let mut lines = vec!["Job configuration:".to_owned()];
    for (key, values) in rows {
        let mut key = *key;
        for line in values.iter().flat_map(|value| value.split('\n')) {
            lines.push(format!("  {key:width$}  {line}"));
            key = "";
        }
    }
    let mut text = lines.join("\n");
    if dry_run {
        text.push_str("\n(dry run) Job not submitted.\n");
        // In quiet mode, no id is no output.
        if output.mode != Mode::Quiet {
            print(&text)?;
        }
    } else {
        output.note(&text);
    }
    Ok(dry_run)
}
