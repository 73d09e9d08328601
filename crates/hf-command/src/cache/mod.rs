//! `hf cache`: what is on this machine.

mod filter;
mod list;
mod prune;
mod remove;
mod verify;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hf_api::Result;
use hf_api::cache::{
    CachedRepoInfo, CachedRevisionInfo, DeleteReport, HfCacheInfo, scan_cache_dir,
};
use hf_api::transport::Config;

use crate::failure::{Done, Failure};
use crate::output::{Mode, Output, print};
use crate::text;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum CacheCommand {
    /// List cached repositories or revisions.
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Delete detached revisions, unfinished downloads and what nothing points to.
    Prune(prune::PruneArgs),
    /// Delete repositories, revisions or files from the cache.
    Rm(remove::RemoveArgs),
    /// Compare local files with the hashes that the Hub has for them.
    Verify(verify::VerifyArgs),
}

/// `--cache-dir`.
#[derive(Debug, Clone, Args)]
struct CacheDirArgs {
    /// The cache folder, in place of HF_HUB_CACHE.
    #[arg(long, value_name = "FOLDER")]
    cache_dir: Option<PathBuf>,
}

impl CacheDirArgs {
    fn scan(&self) -> Result<HfCacheInfo> {
        match &self.cache_dir {
            Some(folder) => scan_cache_dir(folder),
            None => scan_cache_dir(Config::from_env()?.hub_cache),
        }
    }
}

pub(crate) fn run(command: CacheCommand, output: Output) -> Done {
    match command {
        CacheCommand::List(args) => list::run(&args, output),
        CacheCommand::Prune(args) => prune::run(&args, output),
        CacheCommand::Rm(args) => remove::run(&args, output),
        CacheCommand::Verify(args) => verify::run(&args, output),
    }
}

/// A revision of a repository. Another repository may have the same commit.
type Selected<'a> = (&'a CachedRepoInfo, &'a CachedRevisionInfo);

/// What is to be deleted, in numbers.
struct Counts {
    /// Repositories of which nothing is left.
    repos: usize,
    revisions: usize,
    /// Revisions of other repositories.
    partial: usize,
}

fn count(selected: &[Selected<'_>]) -> Counts {
    let mut counts = Counts {
        repos: 0,
        revisions: selected.len(),
        partial: 0,
    };
    for_each_repo(selected, |repo, revisions| {
        if revisions.len() == repo.revisions.len() {
            counts.repos += 1;
        } else {
            counts.partial += revisions.len();
        }
    });
    counts
}

/// Lists what is to be deleted, for people and agents: it is part of the question.
fn describe(selected: &[Selected<'_>]) -> String {
    let mut lines = Vec::new();
    for_each_repo(selected, |repo, revisions| {
        let id = repo.cache_id();
        if revisions.len() == repo.revisions.len() {
            lines.push(format!("  - {id} (entire repo)\n"));
            return;
        }
        lines.push(format!("  - {id}:\n"));
        for revision in revisions {
            let refs = if revision.refs.is_empty() {
                "(detached)".to_owned()
            } else {
                revision.refs.join(" ")
            };
            let size = text::size(revision.size_on_disk);
            lines.push(format!("      {} [{refs}] {size}\n", revision.commit_hash));
        }
    });
    lines.concat()
}

/// Calls `each` with the selected revisions of each repository, sorted by type and id.
fn for_each_repo<'a>(
    selected: &[Selected<'a>],
    mut each: impl FnMut(&'a CachedRepoInfo, &[&'a CachedRevisionInfo]),
) {
    let mut sorted = selected.to_vec();
    sorted.sort_by_key(|(repo, revision)| (repo.cache_id().to_lowercase(), revision.commit_hash));
    for repo in sorted.chunk_by(|(a, _), (b, _)| a.repo_path == b.repo_path) {
        let revisions: Vec<_> = repo.iter().map(|(_, revision)| *revision).collect();
        each(repo[0].0, &revisions);
    }
}

/// Says what a deletion is about, on stdout as Python does, unless only the result is wanted.
fn announce(text: &str, output: Output) -> Done {
    match output.mode {
        Mode::Human | Mode::Agent => Ok(print(text)?),
        Mode::Json | Mode::Quiet => Ok(()),
    }
}

/// Warns of what could not be deleted. It is an error if nothing could.
fn check_report(report: &DeleteReport, output: Output) -> Result<(), Failure> {
    for (path, reason) in &report.skipped {
        output.warn(&format!("{} was left: {reason}", path.display()));
    }
    if report.deleted == 0 && !report.skipped.is_empty() {
        return Err(Failure::Status(1));
    }
    Ok(())
}
