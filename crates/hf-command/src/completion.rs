//! Completion of command lines in shells.
//!
//! The scripts ask this program: it knows its commands and options, and the repositories in the cache.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Zsh};
use hf_api::Error;
use hf_api::transport::Config;
use hf_auth::TokenStore;
use serde_json::json;

use crate::failure::Done;
use crate::output::{Output, print};

/// The variable by which scripts ask; Python's has the same name.
const VARIABLE: &str = "_HF_COMPLETE";

#[derive(Debug, Args)]
pub(crate) struct CompletionArgs {
    /// The shell. By default, that of `SHELL`.
    shell: Option<Shell>,
    /// Put the script where the shell finds it, once.
    #[arg(long)]
    install: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Shell {
    fn named(name: &str) -> Option<Self> {
        Self::from_str(name, true).ok()
    }

    /// The shell that the environment names; bash if it names none.
    fn of_environment() -> Result<Self, Error> {
        let path = std::env::var("SHELL").unwrap_or_default();
        let name = Path::new(&path)
            .file_stem()
            .and_then(OsStr::to_str)
            .unwrap_or("bash");
        Self::named(name).ok_or_else(|| {
            Error::validation(format!("there is no completion for the shell `{name}`"))
                .with_hint("`hf completion --help` names the shells")
        })
    }

    fn script(self) -> Result<String, Error> {
        let completer: &dyn EnvCompleter = match self {
            Self::Bash => &Bash,
            Self::Elvish => &Elvish,
            Self::Fish => &Fish,
            Self::Powershell => &Powershell,
            Self::Zsh => &Zsh,
        };
        let mut script = Vec::new();
        completer
            .write_registration(VARIABLE, "hf", "hf", "hf", &mut script)
            .map_err(|error| Error::io("writing the script", error))?;
        String::from_utf8(script).map_err(|_| Error::decode("the script is not UTF-8"))
    }

    /// Where the shell looks, and what is written there.
    fn place(self, home: &Path) -> Result<(PathBuf, Place), Error> {
        let evaluated =
            |name: &str| Place::Line(format!("eval \"$({VARIABLE}={name}_source hf)\""));
        match self {
            Self::Bash => Ok((home.join(".bashrc"), evaluated("bash"))),
            Self::Zsh => Ok((home.join(".zshrc"), evaluated("zsh"))),
            Self::Fish => {
                let file = home.join(".config/fish/completions/hf.fish");
                Ok((file, Place::File(self.script()?)))
            }
            Self::Elvish | Self::Powershell => Err(Error::validation(
                "where this shell reads its scripts is not known here",
            )
            .with_hint("`hf completion SHELL` prints the script")),
        }
    }
}

/// How a script is installed.
enum Place {
    /// A line at the end of a file that has other lines.
    Line(String),
    /// A file of its own.
    File(String),
}

/// Prints what a script has asked for, and ends the process.
pub(crate) fn answer(hf: fn() -> clap::Command) {
    let Some(asked) = std::env::var_os(VARIABLE) else {
        return;
    };
    // The lines that Python's `hf --install-completion` has left in rc files.
    let shell = asked
        .to_str()
        .and_then(|asked| asked.strip_suffix("_source"));
    if let Some(shell) = shell.and_then(Shell::named) {
        let printed = shell.script().map(|script| print(&script));
        std::process::exit(i32::from(!matches!(printed, Ok(Ok(())))));
    }
    CompleteEnv::with_factory(hf).var(VARIABLE).complete();
}

/// `hf --show-completion`, `hf --install-completion`: the names that Python has.
pub(crate) fn run_option(option: &str) -> Option<Done> {
    let install = match option {
        "--show-completion" => false,
        "--install-completion" => true,
        _ => return None,
    };
    Some(run(
        &CompletionArgs {
            shell: None,
            install,
        },
        Output::default(),
    ))
}

pub(crate) fn run(args: &CompletionArgs, output: Output) -> Done {
    let shell = match args.shell {
        Some(shell) => shell,
        None => Shell::of_environment()?,
    };
    if !args.install {
        return Ok(output.text("script", &shell.script()?)?);
    }
    let home = std::env::home_dir().ok_or_else(|| Error::validation("there is no home folder"))?;
    let (file, place) = shell.place(&home)?;
    let writing = |error| Error::io(format_args!("writing `{}`", file.display()), error);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(writing)?;
    }
    match place {
        Place::File(script) => std::fs::write(&file, script).map_err(writing)?,
        Place::Line(line) => append(&file, &line).map_err(writing)?,
    }
    output.result("Completion installed", &[("file", json!(file))])?;
    output.hint("a new shell has it");
    Ok(())
}

/// Adds a line to a file that does not have it.
fn append(file: &Path, line: &str) -> std::io::Result<()> {
    let known = match std::fs::read(file) {
        Ok(known) => known,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    if known
        .windows(line.len())
        .any(|part| part == line.as_bytes())
    {
        return Ok(());
    }
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)?;
    file.write_all(format!("\n{line}\n").as_bytes())
}

/// Completes the id of a repository in the cache.
pub(crate) fn cached_repos(current: &OsStr) -> Vec<CompletionCandidate> {
    let ids = cache_folders().filter_map(|folder| {
        // `models--user--name`
        let name = folder.file_name()?.to_str()?.to_owned();
        let (kind, id) = name.split_once("--")?;
        let is_repo = matches!(kind, "models" | "datasets" | "spaces" | "kernels");
        is_repo.then(|| id.replace("--", "/"))
    });
    candidates(ids, current)
}

/// Completes a branch, tag or pull request that is in the cache, of whichever repository.
pub(crate) fn cached_revisions(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut names = Vec::new();
    for folder in cache_folders() {
        add_refs(&folder.join("refs"), "", DEEPEST_REF, &mut names);
    }
    candidates(names, current)
}

/// Completes the name of a stored token.
pub(crate) fn token_names(current: &OsStr) -> Vec<CompletionCandidate> {
    let stored = Config::from_env().and_then(|config| TokenStore::from_config(&config).list());
    let names = stored.into_iter().flatten().map(|stored| stored.name);
    candidates(names, current)
}

/// `refs/pr/1` is the deepest name of a revision that the Hub makes; branches may have slashes, too.
const DEEPEST_REF: usize = 8;

fn add_refs(folder: &Path, prefix: &str, depth: usize, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
    {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if !entry.path().is_dir() {
            names.push(name);
        } else if depth > 0 {
            add_refs(&entry.path(), &format!("{name}/"), depth - 1, names);
        }
    }
}

/// A shell has no place for errors: without a cache, there is nothing to complete.
fn cache_folders() -> impl Iterator<Item = PathBuf> {
    let folders = Config::from_env().map(|config| std::fs::read_dir(&config.hub_cache));
    let folders = folders.into_iter().flatten().flatten();
    folders.filter_map(|folder| Some(folder.ok()?.path()))
}

fn candidates(
    names: impl IntoIterator<Item = String>,
    current: &OsStr,
) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else {
        return Vec::new();
    };
    let mut names: Vec<_> = names
        .into_iter()
        .filter(|name| name.starts_with(current))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(CompletionCandidate::new).collect()
}
