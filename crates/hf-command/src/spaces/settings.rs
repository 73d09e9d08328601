//! Secrets, variables and volumes.

use clap::{Args, Subcommand};
use hf_api::types::{HfMount, Volume, VolumeType};
use serde_json::{Value, json};

use super::SpaceArgs;
use crate::args::{TokenArgs, YesArgs, repo_id};
use crate::failure::{Done, Failure};
use crate::hub::{self, Hub, fact};
use crate::output::Output;
use crate::prompt::confirm_async;
use crate::variables::{EnvArgs, SecretArgs};

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum SecretsCommand {
    /// Set secrets, which restarts the Space.
    Add(AddSecretsArgs),
    /// Delete a secret.
    Delete(DeleteArgs),
    /// List the names of the secrets. Their values cannot be read.
    #[command(visible_alias = "ls")]
    List(SpaceArgs),
}

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum VariablesCommand {
    /// Set variables, which restarts the Space.
    Add(AddVariablesArgs),
    /// Delete a variable.
    Delete(DeleteArgs),
    /// List the variables.
    #[command(visible_alias = "ls")]
    List(SpaceArgs),
}

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum VolumesCommand {
    /// Delete all volumes.
    Delete {
        #[command(flatten)]
        space: SpaceArgs,
        #[command(flatten)]
        yes: YesArgs,
    },
    /// List the volumes.
    #[command(visible_alias = "ls")]
    List(SpaceArgs),
    /// Replace the volumes by these.
    Set(SetVolumesArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AddSecretsArgs {
    #[command(flatten)]
    space: SpaceArgs,
    #[command(flatten)]
    secrets: SecretArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AddVariablesArgs {
    #[command(flatten)]
    space: SpaceArgs,
    #[command(flatten)]
    env: EnvArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    /// The Space: `user/name`.
    #[arg(value_parser = repo_id)]
    space_id: String,
    /// The name.
    key: String,
    #[command(flatten)]
    yes: YesArgs,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SetVolumesArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// Mount a repository or bucket: `hf://[TYPE/]ID[@REVISION][/PATH]:/MOUNT_PATH[:ro|:rw]`. May be repeated.
    #[arg(short, long, value_name = "SPEC", required = true)]
    volume: Vec<HfMount>,
}

/// Turns a mount into the volume that calls take.
pub(crate) fn volume(mount: &HfMount) -> Volume {
    let source = &mount.source;
    let kind = VolumeType::from(source.r#type().as_str());
    let mut volume = Volume::new(kind, source.id(), mount.mount_path.clone());
    volume.read_only = mount.read_only;
    volume.revision = source.revision().map(str::to_owned);
    let path = source.path_in_repo();
    volume.path = (!path.is_empty()).then(|| path.to_owned());
    volume
}

/// What kind of setting a Space has by name.
#[derive(Clone, Copy)]
struct Setting {
    one: &'static str,
    title: &'static str,
    fields: &'static [&'static str],
}

const SECRET: Setting = Setting {
    one: "secret",
    title: "Secret",
    fields: &["key", "description", "updated_at"],
};

const VARIABLE: Setting = Setting {
    one: "variable",
    title: "Variable",
    fields: &["key", "value", "description", "updated_at"],
};

pub(super) async fn secrets(command: SecretsCommand, output: Output) -> Done {
    match command {
        SecretsCommand::Add(args) => {
            let hub = Hub::connect(&args.space.token, output).await?;
            let secrets = args.secrets.read(&hub.api, output)?;
            let missing = args.secrets.missing(&secrets);
            if !missing.is_empty() {
                return Err(Failure::usage(format!(
                    "no value for {}: the environment has none",
                    missing.join(", ")
                )));
            }
            if secrets.is_empty() {
                return Err(Failure::usage(
                    "give at least one secret with --secrets or --secrets-file",
                ));
            }
            let pairs = secrets
                .iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()));
            add(SECRET, &hub, &args.space.space_id, pairs.collect()).await
        }
        SecretsCommand::Delete(args) => delete(SECRET, args, output).await,
        SecretsCommand::List(args) => list(SECRET, &args, output).await,
    }
}

pub(super) async fn variables(command: VariablesCommand, output: Output) -> Done {
    match command {
        VariablesCommand::Add(args) => {
            let hub = Hub::connect(&args.space.token, output).await?;
            let variables = args.env.read(&hub.api, output)?;
            if variables.is_empty() {
                return Err(Failure::usage(
                    "give at least one variable with --env or --env-file",
                ));
            }
            let pairs = variables
                .iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()));
            add(VARIABLE, &hub, &args.space.space_id, pairs.collect()).await
        }
        VariablesCommand::Delete(args) => delete(VARIABLE, args, output).await,
        VariablesCommand::List(args) => list(VARIABLE, &args, output).await,
    }
}

async fn list(setting: Setting, args: &SpaceArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    let method = format!("get_space_{}s", setting.one);
    let found = hub
        .call(&method, hub::one("repo_id", &args.space_id))
        .await?;
    let found: Vec<Value> = found
        .as_object()
        .map(|by_key| by_key.values().cloned().collect())
        .unwrap_or_default();
    hub.table(hub::rows(&found, setting.fields), &[], "key")?;
    let option = if setting.one == "secret" {
        "--secrets"
    } else {
        "--env"
    };
    output.hint(&format!(
        "`hf spaces {}s add {} {option} KEY=VALUE` sets one",
        setting.one, args.space_id
    ));
    Ok(())
}

async fn add(setting: Setting, hub: &Hub, space_id: &str, pairs: Vec<(String, String)>) -> Done {
    for (key, value) in &pairs {
        let arguments = json!({"repo_id": space_id, "key": key, "value": value});
        hub.call(&format!("add_space_{}", setting.one), arguments)
            .await?;
    }
    let keys: Vec<_> = pairs.iter().map(|(key, _)| key).collect();
    hub.result(
        &format!("{}s added", setting.title),
        &[("space_id", json!(space_id)), ("keys", json!(keys))],
    )
}

async fn delete(setting: Setting, args: DeleteArgs, output: Output) -> Done {
    let lost = if setting.one == "secret" {
        " Its value cannot be read back."
    } else {
        ""
    };
    let question = format!(
        "Delete {} '{}' of Space '{}'?{lost}",
        setting.one, args.key, args.space_id
    );
    confirm_async(question, args.yes.yes, output).await?;
    let hub = Hub::connect(&args.token, output).await?;
    let arguments = json!({"repo_id": args.space_id, "key": args.key});
    hub.call(&format!("delete_space_{}", setting.one), arguments)
        .await?;
    hub.result(
        &format!("{} deleted", setting.title),
        &[("space_id", json!(args.space_id)), ("key", json!(args.key))],
    )
}

pub(super) async fn volumes(command: VolumesCommand, output: Output) -> Done {
    match command {
        VolumesCommand::Delete { space, yes } => {
            let question = format!("Delete all volumes of Space '{}'?", space.space_id);
            confirm_async(question, yes.yes, output).await?;
            let hub = Hub::connect(&space.token, output).await?;
            hub.call("delete_space_volumes", hub::one("repo_id", &space.space_id))
                .await?;
            hub.result("Volumes deleted", &[("space_id", json!(space.space_id))])
        }
        VolumesCommand::List(args) => {
            let hub = Hub::connect(&args.token, output).await?;
            let info = hub
                .call("space_info", hub::one("repo_id", &args.space_id))
                .await;
            let info =
                info.map_err(|failure| hub::not_found(failure, "Space", &args.space_id, None))?;
            let volumes = fact(&info["runtime"], "volumes");
            let volumes = volumes.as_array().map(Vec::as_slice).unwrap_or_default();
            let fields = [
                "type",
                "source",
                "mount_path",
                "revision",
                "read_only",
                "path",
            ];
            hub.table(hub::rows(volumes, &fields), &[], "source")?;
            output.hint(&format!(
                "`hf spaces volumes set {} -v hf://TYPE/ID:/MOUNT_PATH` replaces them",
                args.space_id
            ));
            Ok(())
        }
        VolumesCommand::Set(args) => {
            let hub = Hub::connect(&args.space.token, output).await?;
            let volumes: Vec<_> = args.volume.iter().map(volume).collect();
            let arguments = json!({"repo_id": args.space.space_id, "volumes": volumes});
            hub.call("set_space_volumes", arguments).await?;
            let uris: Vec<_> = args.volume.iter().map(HfMount::to_uri).collect();
            hub.result(
                "Volumes set",
                &[
                    ("space_id", json!(args.space.space_id)),
                    ("volumes", json!(uris)),
                ],
            )
        }
    }
}
