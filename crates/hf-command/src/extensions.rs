//! `hf extensions`: programs named `hf-NAME` beside this one, as `hf NAME`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, Subcommand};
use hf_api::Error;
use serde_json::{Value, json};

use crate::failure::{Done, Failure};
use crate::not_here;
use crate::output::{Facts, Output, Table};

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum ExtensionsCommand {
    /// Run an extension; everything behind its name is its own.
    Exec(ExecArgs),
    /// Not here.
    #[command(hide = true)]
    Install(not_here::AnyWords),
    /// List the installed extensions.
    #[command(visible_alias = "ls")]
    List,
    /// Remove an extension.
    #[command(visible_alias = "rm")]
    Remove(NameArgs),
    /// Not here.
    #[command(hide = true)]
    Search(not_here::AnyWords),
    /// Not here.
    #[command(hide = true)]
    Update(not_here::AnyWords),
}

#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    /// The extension.
    name: String,
    /// Its words.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct NameArgs {
    /// The extension.
    name: String,
}

pub(crate) fn run(command: ExtensionsCommand, output: Output) -> Done {
    match command {
        ExtensionsCommand::Exec(args) => exec(&args),
        ExtensionsCommand::List => list(output),
        ExtensionsCommand::Remove(args) => remove(&args.name, output),
        ExtensionsCommand::Install(_) => not_installed("install"),
        ExtensionsCommand::Search(_) => not_installed("search"),
        ExtensionsCommand::Update(_) => not_installed("update"),
    }
}

fn not_installed(command: &str) -> Done {
    not_here::fail(
        &format!("hf extensions {command}"),
        "this program downloads no other programs from hosts other than the Hub",
        "put a program `hf-NAME` into ~/.local/share/hf/extensions/hf-NAME/",
    )
}

fn root() -> Result<PathBuf, Error> {
    let home = std::env::home_dir();
    let home = home.ok_or_else(|| Error::validation("there is no home folder"))?;
    Ok(home.join(".local/share/hf/extensions"))
}

/// The folder of an extension, whose name must lead nowhere else.
fn folder(name: &str) -> Result<PathBuf, Failure> {
    let name = name.strip_prefix("hf-").unwrap_or(name);
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.starts_with('-') || !name.chars().all(is_of_name) {
        return Err(Failure::usage(format!(
            "`{name}` is not the name of an extension"
        )));
    }
    let folder = root()?.join(format!("hf-{name}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    let error = Error::validation(format!("the extension '{name}' is not installed"));
    Err(error
        .with_hint("`hf extensions ls` lists those that are")
        .into())
}

/// What Python's command has written about an extension, if it has.
fn manifest(folder: &Path) -> Value {
    let text = std::fs::read(folder.join("manifest.json")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn program(folder: &Path) -> PathBuf {
    match manifest(folder)["executable_path"].as_str() {
        Some(path) => folder.join(path),
        None => folder.join(folder.file_name().unwrap_or_default()),
    }
}

/// Runs an installed extension whose name stands where a command should: `hf NAME`. Nothing is looked up elsewhere.
pub(crate) fn run_by_name(error: &clap::Error, line: &[OsString]) -> Option<Done> {
    if error.kind() != clap::error::ErrorKind::InvalidSubcommand {
        return None;
    }
    let name = line.get(1)?.to_str()?.to_owned();
    folder(&name).ok()?;
    let words = line[2..].to_vec();
    Some(exec(&ExecArgs { name, words }))
}

fn exec(args: &ExecArgs) -> Done {
    let folder = folder(&args.name)?;
    let program = program(&folder);
    let status = Command::new(&program)
        .args(&args.words)
        .status()
        .map_err(|error| Error::io(format_args!("running `{}`", program.display()), error))?;
    match status.code() {
        Some(0) => Ok(()),
        code => Err(Failure::Status(
            code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        )),
    }
}

fn list(output: Output) -> Done {
    let mut table = Table::new(
        [
            "command",
            "source",
            "type",
            "version",
            "installed",
            "description",
        ],
        "command",
    );
    let mut folders: Vec<_> = std::fs::read_dir(root()?)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .collect();
    folders.sort_by_key(std::fs::DirEntry::file_name);
    for folder in folders
        .iter()
        .map(std::fs::DirEntry::path)
        .filter(|folder| folder.is_dir())
    {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let Some(name) = name.strip_prefix("hf-") else {
            continue;
        };
        let known = manifest(&folder);
        let version = known["commit_sha"]
            .as_str()
            .map(|sha| sha.chars().take(7).collect::<String>());
        table.push(Facts::from([
            ("command", json!(format!("hf {name}"))),
            ("source", known["repo_id"].clone()),
            ("type", known["type"].clone()),
            ("version", json!(version)),
            ("installed", known["installed_at"].clone()),
            ("description", known["description"].clone()),
        ]));
    }
    Ok(output.table(&table)?)
}

fn remove(name: &str, output: Output) -> Done {
    let folder = folder(name)?;
    std::fs::remove_dir_all(&folder)
        .map_err(|error| Error::io(format_args!("removing `{}`", folder.display()), error))?;
    Ok(output.result("Extension removed", &[("name", json!(name))])?)
}
