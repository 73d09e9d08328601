//! The dev mode of Spaces, and shells in it.

use clap::Args;
use serde_json::{Value, json};

use super::SpaceArgs;
use super::runtime::{not_running, settle};
use crate::failure::{Done, Failure};
use crate::hub::{self, Hub, fact};
use crate::output::{Mode, Output, print};
use crate::prompt::confirm_async;
use crate::ssh::{Destination, SshOptions, connect};

#[derive(Debug, Args)]
pub(crate) struct DevModeArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// Turn it off.
    #[arg(long, overrides_with = "no_stop")]
    stop: bool,
    #[arg(long, hide = true)]
    no_stop: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SshArgs {
    #[command(flatten)]
    space: SpaceArgs,
    #[command(flatten)]
    options: SshOptions,
    /// Turn the dev mode on without asking.
    #[arg(long)]
    auto: bool,
}

pub(super) async fn switch(args: &DevModeArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.space.token, output).await?;
    let space_id = &args.space.space_id;
    if args.stop {
        hub.call("disable_space_dev_mode", hub::one("repo_id", space_id))
            .await?;
        return hub.result(
            &format!("Dev mode disabled for '{space_id}'"),
            &[("space_id", json!(space_id)), ("dev_mode", json!(false))],
        );
    }
    let info = enable(&hub, space_id).await?;
    let ssh = address(&info)?;
    let folder = folder(&info);
    let query = if folder.is_empty() {
        String::new()
    } else {
        format!("?folder={folder}")
    };
    let endpoint = hub.api.client().endpoint().to_string();
    let endpoint = endpoint.trim_end_matches('/');
    let web = format!("{endpoint}/spaces/{space_id}/dev-mode/vscode-web{query}");
    let remote = format!("vscode-remote/ssh-remote+{ssh}{folder}");
    let (code, cursor) = (format!("vscode://{remote}"), format!("cursor://{remote}"));
    if output.mode != Mode::Human {
        return hub.result(
            "Dev mode enabled",
            &[
                ("space_id", json!(space_id)),
                ("dev_mode", json!(true)),
                ("ssh", json!(ssh)),
                ("vscode_web", json!(web)),
                ("vscode", json!(code)),
                ("cursor", json!(cursor)),
            ],
        );
    }
    Ok(print(&format!(
        "Connect to dev environment:\n\n\
         Web:\n  \
         * VSCode: {web}\n\n\
         Local:\n\
         1. Add your SSH key to {endpoint}/settings/keys\n\
         2. SSH with `hf spaces ssh {space_id}` (or `ssh -i <your_key> {ssh}`)\n   \
         Or open\n  \
         * VSCode: {code}\n  \
         * Cursor: {cursor}\n\n\
         PS: Dev mode stops after 48h of inactivity, don't forget to save your changes regularly.\n"
    ))?)
}

/// Turns the dev mode on, waits until the Space runs, and returns what is known of it.
async fn enable(hub: &Hub, space_id: &str) -> Result<Value, Failure> {
    hub.call("enable_space_dev_mode", hub::one("repo_id", space_id))
        .await?;
    let runtime = settle(hub, space_id, None).await?;
    let stage = fact(&runtime, "stage");
    if stage != "RUNNING" {
        return Err(not_running(space_id, &stage));
    }
    info(hub, space_id).await
}

async fn info(hub: &Hub, space_id: &str) -> Result<Value, Failure> {
    let info = hub.call("space_info", hub::one("repo_id", space_id)).await;
    info.map_err(|failure| hub::not_found(failure, "Space", space_id, None))
}

fn address(info: &Value) -> Result<String, Failure> {
    match info["subdomain"].as_str() {
        Some(subdomain) => Ok(format!("{subdomain}@ssh.hf.space")),
        None => Err(hf_api::Error::decode("the Hub does not tell the host of the Space").into()),
    }
}

/// The folder that editors open: that of the card, or where Spaces that are no containers of their own have their app.
fn folder(info: &Value) -> String {
    match info["card_data"]["dev-mode-folder"].as_str() {
        Some(folder) => folder.to_owned(),
        None if info["sdk"] == "docker" => String::new(),
        None => "/home/user/app".to_owned(),
    }
}

pub(super) fn ssh(args: &SshArgs, output: Output) -> Done {
    let mut found = None;
    crate::runtime::run(async {
        let hub = Hub::connect(&args.space.token, output).await?;
        let space_id = &args.space.space_id;
        let mut known = info(&hub, space_id).await?;
        if known["runtime"]["dev_mode"] != true {
            let question = format!("Dev mode is off for '{space_id}'. Turn it on?");
            if let Err(failure) = confirm_async(question, args.auto, output).await {
                return Err(match failure {
                    Failure::Call(error) => Failure::Call(Box::new(error.with_hint("give --auto"))),
                    other => other,
                });
            }
            known = enable(&hub, space_id).await?;
        }
        found = Some(Destination::new(&address(&known)?, None)?);
        Ok(())
    })?;
    match found {
        Some(destination) => connect(&destination, &args.options, output),
        None => Ok(()),
    }
}
