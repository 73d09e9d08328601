//! `hf download`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use hf_api::types::patterns::PatternSet;
use hf_api::types::{DryRunFileInfo, RepoId, RepoType};
use hf_api::{Error, ErrorKind, HfApi};
use serde_json::json;

use crate::args::{DryRunArgs, RepoTypeArgs};
use crate::failure::{Done, Failure};
use crate::output::{Mode, Output, Table, print};
use crate::repo_arg::RepoArg;
use crate::runtime;
use crate::text;
use crate::transfer::TransferArgs;

/// Download files from the Hub.
///
/// Without a name, the whole repository. What is here already is not downloaded again, and what was interrupted goes on
/// where it stopped.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hf download openai-community/gpt2
  hf download openai-community/gpt2 config.json model.safetensors
  hf download datasets/HuggingFaceFW/fineweb --include 'data/*' --exclude '*.md' --local-dir fineweb
  hf download hf://datasets/user/data@refs/pr/1/train/")]
pub(crate) struct DownloadArgs {
    /// The repository: `user/name`, `datasets/user/name`, an `hf://` URI or a URL, with or without a file.
    #[arg(value_name = "REPO_ID")]
    #[arg(add = clap_complete::engine::ArgValueCompleter::new(crate::completion::cached_repos))]
    repo: RepoArg,
    /// Files, or folders (`data/`). Without any, all files.
    #[arg(value_name = "FILENAMES")]
    names: Vec<String>,
    #[command(flatten)]
    repo_type: RepoTypeArgs,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. [default: main]
    #[arg(long, add = clap_complete::engine::ArgValueCompleter::new(crate::completion::cached_revisions))]
    revision: Option<String>,
    /// Download only files that match one of these patterns; `*` matches `/`, too.
    #[arg(long, value_name = "PATTERNS", conflicts_with = "names")]
    include: Vec<String>,
    /// Leave out files that match one of these patterns.
    #[arg(long, value_name = "PATTERNS", conflicts_with = "names")]
    exclude: Vec<String>,
    /// The cache folder, in place of HF_HUB_CACHE.
    #[arg(long, value_name = "FOLDER", conflicts_with = "local_dir")]
    cache_dir: Option<PathBuf>,
    /// Put the files into this folder, instead of the cache.
    #[arg(long, value_name = "FOLDER")]
    local_dir: Option<PathBuf>,
    /// Download files even if they are here already.
    #[arg(long, overrides_with = "no_force_download")]
    force_download: bool,
    #[arg(long, hide = true)]
    no_force_download: bool,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// How many files are downloaded at once.
    #[arg(long, value_name = "COUNT")]
    max_workers: Option<NonZeroUsize>,
    #[command(flatten)]
    transfer: TransferArgs,
}

/// What is to be downloaded.
struct Wanted {
    repo_id: RepoId,
    repo_type: RepoType,
    revision: Option<String>,
    names: Vec<String>,
}

pub(crate) fn run(mut args: DownloadArgs, output: Output) -> Done {
    let wanted = args.wanted()?;
    let done = runtime::run(args.download(wanted, output));
    if matches!(done, Err(Failure::Interrupted)) {
        output.note("\nWhat has arrived is kept: the same command goes on from there.");
    }
    done
}

impl DownloadArgs {
    fn wanted(&mut self) -> Result<Wanted, Failure> {
        let (repo_id, repo_type) = self.repo.resolve(&self.repo_type)?;
        let mut names = std::mem::take(&mut self.names);
        let mut revision = self.revision.take();
        if self.repo.is_url {
            if revision.is_some() && self.repo.revision.is_some() {
                return Err(Failure::usage(
                    "the revision is both in the URL and in --revision",
                ));
            }
            revision = revision.or_else(|| self.repo.revision.clone());
            if !self.repo.path.is_empty() {
                if !names.is_empty() || !self.include.is_empty() || !self.exclude.is_empty() {
                    return Err(Failure::usage(format!(
                        "the URL names `{}`, so no other names or patterns can be given",
                        self.repo.path
                    )));
                }
                names.push(self.repo.path_with_slash());
            }
        }
        if names.iter().any(|name| name.trim_matches('/').is_empty()) {
            return Err(Failure::usage("the name of a file is empty"));
        }
        Ok(Wanted {
            repo_id,
            repo_type,
            revision,
            names,
        })
    }

    async fn download(&self, wanted: Wanted, output: Output) -> Done {
        let (api, progress) = self.transfer.api_with_progress(output).await?;
        let downloaded = match &wanted.names[..] {
            [name] if !name.ends_with('/') => self.file(&api, &wanted, name, output).await,
            _ => self.files(&api, &wanted, output).await,
        };
        let nothing = progress.files() == Some(0) && self.is_selective();
        progress.finish("downloaded", output);
        let Some(path) = downloaded? else {
            return Ok(());
        };
        if nothing {
            return Err(self.nothing_matches(&wanted).into());
        }
        let path = path.to_string_lossy();
        Ok(output.result("Downloaded", &[("path", json!(path))])?)
    }

    /// One file. Returns no path after a dry run.
    async fn file(
        &self,
        api: &HfApi,
        wanted: &Wanted,
        name: &str,
        output: Output,
    ) -> Result<Option<PathBuf>, Failure> {
        let mut call = api
            .hf_hub_download(wanted.repo_id.clone(), name)
            .repo_type(wanted.repo_type)
            .force_download(self.force_download);
        if let Some(revision) = &wanted.revision {
            call = call.revision(revision.as_str());
        }
        if let Some(folder) = &self.cache_dir {
            call = call.cache_dir(folder);
        }
        if let Some(folder) = &self.local_dir {
            call = call.local_dir(folder);
        }
        let missing = |error: Error| match error.kind() {
            ErrorKind::EntryNotFound => {
                error.with_hint(format!("if it is a folder, write `{name}/`"))
            }
            _ => error,
        };
        if self.dry_run.dry_run {
            let plan = call.dry_run().await.map_err(missing)?;
            print_plan(vec![plan], output)?;
            return Ok(None);
        }
        let path = call.await.map_err(missing)?;
        Ok(Some(if self.local_dir.is_some() {
            std::path::absolute(&path).unwrap_or(path)
        } else {
            path
        }))
    }

    /// Several files, folders, or all. Returns no path after a dry run.
    async fn files(
        &self,
        api: &HfApi,
        wanted: &Wanted,
        output: Output,
    ) -> Result<Option<PathBuf>, Failure> {
        let patterns: Vec<String> = match &wanted.names[..] {
            [] => self.include.clone(),
            names => names.iter().flat_map(|name| patterns_of(name)).collect(),
        };
        let mut call = api
            .snapshot_download(wanted.repo_id.clone())
            .repo_type(wanted.repo_type)
            .force_download(self.force_download);
        if let Some(revision) = &wanted.revision {
            call = call.revision(revision.as_str());
        }
        if !patterns.is_empty() {
            call = call.allow_patterns(patterns);
        }
        if !self.exclude.is_empty() {
            call = call.ignore_patterns(self.exclude.clone());
        }
        if let Some(folder) = &self.cache_dir {
            call = call.cache_dir(folder);
        }
        if let Some(folder) = &self.local_dir {
            call = call.local_dir(folder);
        }
        if let Some(workers) = self.max_workers {
            call = call.max_workers(workers.get());
        }
        // A name that does not exist is found before anything is downloaded.
        if self.dry_run.dry_run || !wanted.names.is_empty() {
            match call.clone().dry_run().await {
                Ok(plan) => {
                    check_names(&plan, wanted)?;
                    if self.dry_run.dry_run {
                        if plan.is_empty() && self.is_selective() {
                            return Err(self.nothing_matches(wanted).into());
                        }
                        print_plan(plan, output)?;
                        return Ok(None);
                    }
                }
                // Without the Hub, what is cached is used.
                Err(error) if !self.dry_run.dry_run && error.kind() == ErrorKind::DryRun => {}
                Err(error) => return Err(error.into()),
            }
        }
        let folder = call.await?;
        Ok(Some(if self.local_dir.is_some() {
            std::path::absolute(&folder).unwrap_or(folder)
        } else {
            folder
        }))
    }

    fn is_selective(&self) -> bool {
        !self.include.is_empty() || !self.exclude.is_empty()
    }

    fn nothing_matches(&self, wanted: &Wanted) -> Error {
        let patterns = |option: &str, patterns: &[String]| {
            let patterns = patterns
                .iter()
                .map(|pattern| format!(" {option} {pattern}"));
            patterns.collect::<String>()
        };
        Error::new(
            ErrorKind::EntryNotFound,
            format!(
                "no file of {} `{}` is selected by{}{}",
                wanted.repo_type,
                wanted.repo_id,
                patterns("--include", &self.include),
                patterns("--exclude", &self.exclude)
            ),
        )
        .with_hint("`hf download REPO_ID --dry-run` shows all files")
    }
}

/// The patterns of a name: a folder is all that is in it, and a name with `*`, `?` or `[` is a pattern or just that name.
fn patterns_of(name: &str) -> Vec<String> {
    let escaped = |name: &str| {
        let escape = |c: char| match c {
            '*' | '?' | '[' => format!("[{c}]"),
            c => c.to_string(),
        };
        name.chars().map(escape).collect::<String>()
    };
    match name.strip_suffix('/') {
        Some(folder) => vec![format!("{}/*", escaped(folder.trim_end_matches('/')))],
        None if name.contains(['*', '?', '[']) => vec![name.to_owned(), escaped(name)],
        None => vec![name.to_owned()],
    }
}

/// Checks that each name stands for at least one file.
fn check_names(plan: &[DryRunFileInfo], wanted: &Wanted) -> Result<(), Failure> {
    let is_missing = |name: &&String| {
        let patterns = PatternSet::new(Some(&patterns_of(name)), None::<&Vec<String>>);
        !plan.iter().any(|file| patterns.matches(&file.filename))
    };
    let missing: Vec<&str> = wanted
        .names
        .iter()
        .filter(is_missing)
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let error = Error::new(
        ErrorKind::EntryNotFound,
        format!(
            "{} `{}` has no {}; nothing was downloaded",
            wanted.repo_type,
            wanted.repo_id,
            missing.join(", ")
        ),
    );
    Err(error
        .with_hint("`hf download REPO_ID --dry-run` shows all files")
        .into())
}

/// Prints what would be downloaded.
fn print_plan(mut plan: Vec<DryRunFileInfo>, output: Output) -> Done {
    plan.sort_by(|a, b| a.filename.cmp(&b.filename));
    let missing: Vec<&DryRunFileInfo> = plan.iter().filter(|file| file.will_download).collect();
    let total = missing
        .iter()
        .try_fold(0_u64, |sum, file| Some(sum.saturating_add(file.file_size?)));
    if matches!(output.mode, Mode::Human | Mode::Agent) {
        print(&format!(
            "[dry-run] Will download {} files (out of {}) totalling {}.\n",
            missing.len(),
            plan.len(),
            total.map_or_else(|| "an unknown size".to_owned(), text::size)
        ))?;
    }
    let mut table = Table::new(["file", "size"], "file");
    for file in &plan {
        let size = match file.file_size {
            Some(size) if file.will_download => text::size(size),
            _ => "-".to_owned(),
        };
        table.push([
            ("file", json!(file.filename)),
            ("size", json!(size)),
            ("size_bytes", json!(file.file_size)),
            ("cached", json!(file.is_cached)),
        ]);
    }
    Ok(output.table(&table)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_patterns() {
        assert_eq!(patterns_of("a.txt"), ["a.txt"]);
        assert_eq!(patterns_of("a/b/"), ["a/b/*"]);
        assert_eq!(patterns_of("a[1]/"), ["a[[]1]/*"]);
        assert_eq!(patterns_of("*.json"), ["*.json", "[*].json"]);
        let odd = "w[1]?.bin";
        let patterns = patterns_of(odd);
        let set = PatternSet::new(Some(&patterns), None::<&Vec<String>>);
        assert!(set.matches(odd));
    }
}
