//! `hf spaces hot-reload`: a Python file of a running Space is patched.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use hf_api::{Error, ErrorKind};
use serde_json::{Value, json};

use super::SpaceArgs;
use crate::failure::{Done, Failure};
use crate::hub::{self, Hub};
use crate::output::Output;

/// The first version of Gradio that can reload.
const OLDEST_GRADIO: (u64, u64) = (6, 1);
/// Between two looks at the Space.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct HotReloadArgs {
    #[command(flatten)]
    space: SpaceArgs,
    /// The file in the Space. Without `--local-file`, an editor opens it.
    #[arg(required_unless_present = "local_file")]
    filename: Option<String>,
    /// The file here that replaces it.
    #[arg(short = 'f', long, value_name = "FILE")]
    local_file: Option<PathBuf>,
    /// Do not check whether the Space can reload.
    #[arg(long, overrides_with = "no_skip_checks")]
    skip_checks: bool,
    #[arg(long, hide = true)]
    no_skip_checks: bool,
    /// Do not wait for the outcome.
    #[arg(long, overrides_with = "no_skip_summary")]
    skip_summary: bool,
    #[arg(long, hide = true)]
    no_skip_summary: bool,
}

pub(super) async fn run(args: HotReloadArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.space.token, output).await?;
    let space_id = args.space.space_id.as_str();
    let running = if args.skip_checks {
        None
    } else {
        Some(check(&hub, space_id).await?)
    };
    let edited;
    let (local, remote) = match (args.local_file, args.filename) {
        (Some(local), Some(remote)) => (local, remote),
        (Some(local), None) => {
            let remote = local.to_string_lossy().replace('\\', "/");
            (local, remote)
        }
        (None, Some(remote)) => {
            edited = edit(&hub, space_id, &remote).await?;
            (edited.path().join("edited.py"), remote)
        }
        (None, None) => return Err(Failure::usage("give a file")),
    };
    let arguments = json!({
        "repo_id": space_id,
        "repo_type": "space",
        "path_or_fileobj": local,
        "path_in_repo": remote,
        "parent_commit": running,
        "_hot_reload": true,
    });
    let commit = hub.call("upload_file", arguments).await?;
    let commit = commit["oid"].as_str().unwrap_or_default().to_owned();
    output.note("Consider `git pull --autostash` if you work in a clone of the Space.");
    let mut replicas = Value::Null;
    if !args.skip_summary {
        replicas = outcome(&hub, space_id, running.as_deref(), &commit).await?;
    }
    hub.result(
        "Hot reload triggered",
        &[
            ("space_id", json!(space_id)),
            ("commit", json!(commit)),
            ("replicas", replicas),
        ],
    )
}

/// Checks that the Space can reload, and returns the commit that runs.
async fn check(hub: &Hub, space_id: &str) -> Result<String, Failure> {
    let refuse =
        |why: String| Failure::from(Error::validation(why).with_hint("--skip-checks goes on"));
    let info = hub
        .call("space_info", hub::one("repo_id", space_id))
        .await?;
    let sdk = info["sdk"].as_str().unwrap_or("no");
    if sdk != "gradio" {
        return Err(refuse(format!(
            "only Gradio Spaces can reload; '{space_id}' has {sdk} SDK"
        )));
    }
    let version = info["card_data"]["sdk_version"]
        .as_str()
        .unwrap_or_default();
    let mut numbers = version
        .split('.')
        .map(|part| part.parse::<u64>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST_GRADIO {
        let (major, minor) = OLDEST_GRADIO;
        return Err(refuse(format!(
            "reloading needs Gradio {major}.{minor} or later; '{space_id}' has `{version}`"
        )));
    }
    match info["sha"].as_str() {
        Some(sha) => Ok(sha.to_owned()),
        None => Err(refuse("the Hub does not tell which commit runs".to_owned())),
    }
}

/// Opens an editor on a copy of the file, `edited.py` in the folder that is returned.
async fn edit(hub: &Hub, space_id: &str, remote: &str) -> Result<tempfile::TempDir, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let error = Error::validation("there is no terminal for an editor");
        return Err(error
            .with_hint("give the changed file with --local-file")
            .into());
    }
    let editor = editor().ok_or_else(|| {
        Error::validation("there is no editor: none of HF_EDITOR, VISUAL and EDITOR is set")
    })?;
    let folder = tempfile::tempdir().map_err(|error| Error::io("making a folder", error))?;
    let file = folder.path().join("edited.py");
    let arguments = json!({
        "repo_id": space_id, "repo_type": "space", "filename": remote, "local_dir": folder.path(),
    });
    match hub.call("hf_hub_download", arguments).await {
        Ok(found) => {
            let found = Path::new(found.as_str().unwrap_or_default()).to_owned();
            std::fs::rename(&found, &file).map_err(|error| Error::io("moving the file", error))?;
        }
        Err(Failure::Call(error)) if error.kind() == ErrorKind::EntryNotFound => {
            hub.output
                .note(&format!("'{remote}' is not in the Space yet."));
        }
        Err(failure) => return Err(failure),
    }
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default().to_owned();
    let words: Vec<String> = words.map(str::to_owned).collect();
    let status = tokio::process::Command::new(&program)
        .args(words)
        .arg(&file)
        .status()
        .await
        .map_err(|error| Error::io(format_args!("running `{program}`"), error))?;
    if !status.success() {
        return Err(Error::validation(format!("`{program}` failed: {status}")).into());
    }
    Ok(folder)
}

fn editor() -> Option<String> {
    let named = ["HF_EDITOR", "VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| {
            let editor = std::env::var(name).ok()?;
            (!editor.trim().is_empty()).then_some(editor)
        });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_installed =
        |name: &str| std::env::split_paths(&path).any(|dir| dir.join(name).is_file());
    let known = ["nvim", "nano", "vim", "vi"];
    named.or_else(|| {
        known
            .into_iter()
            .find(|name| is_installed(name))
            .map(str::to_owned)
    })
}

/// Waits until the Space has taken the commit, and returns what each replica says of it.
async fn outcome(
    hub: &Hub,
    space_id: &str,
    before: Option<&str>,
    commit: &str,
) -> Result<Value, Failure> {
    loop {
        let info = hub
            .call("space_info", hub::one("repo_id", space_id))
            .await?;
        let now = info["sha"].as_str();
        if now == Some(commit) {
            let reloading = &info["runtime"]["hot_reloading"];
            return match reloading["status"].as_str() {
                Some("created") => Ok(reloading["replica_statuses"].clone()),
                _ => Err(Error::new(
                    ErrorKind::Http,
                    format!(
                        "the Space did not take commit {commit}: {}",
                        reloading["replica_statuses"]
                    ),
                )
                .into()),
            };
        }
        if before.is_none() || now != before {
            let now = now.unwrap_or("unknown");
            return Err(Error::new(
                ErrorKind::Http,
                format!("the Space runs commit {now}, not {commit}"),
            )
            .into());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
