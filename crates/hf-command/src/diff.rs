//! `hf diff`.

use std::collections::BTreeMap;

use clap::Args;
use futures_util::TryStreamExt as _;
use hf_api::types::{RepoId, RepoType};
use hf_api::{Error, HfApi};
use serde_json::json;

use crate::args::{RepoTypeArgs, TokenArgs};
use crate::failure::Done;
use crate::output::{Mode, Output, Table, print};
use crate::repo_arg::RepoArg;
use crate::{runtime, session};

/// List the files that differ between two revisions of a repository.
///
/// Contents are compared by their hashes: nothing is downloaded. The exit status is 0, whether there are differences or
/// not.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  hf diff user/model v1.0 main")]
pub(crate) struct DiffArgs {
    /// The repository.
    #[arg(value_name = "REPO_ID")]
    repo: RepoArg,
    /// The revision to compare with: a branch, tag, pull request (`refs/pr/1`) or commit.
    #[arg(value_name = "OLD")]
    old: String,
    /// The other revision.
    #[arg(value_name = "NEW", default_value = "main")]
    new: String,
    #[command(flatten)]
    repo_type: RepoTypeArgs,
    #[command(flatten)]
    token: TokenArgs,
}

/// What identifies the content of a file, and its size.
type Content = (String, Option<u64>);

pub(crate) fn run(args: &DiffArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve_whole(&args.repo_type)?;
    runtime::run(async {
        let api = session::api(&args.token, output).await?;
        let (old, new) = futures_util::try_join!(
            files(&api, &repo_id, repo_type, &args.old),
            files(&api, &repo_id, repo_type, &args.new)
        )?;
        let mut table = Table::new(["change", "path", "old_size", "new_size"], "path");
        let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
        paths.sort_unstable();
        paths.dedup();
        for path in paths {
            let (before, after) = (old.get(path), new.get(path));
            let change = match (before, after) {
                (Some((a, _)), Some((b, _))) if a == b => continue,
                (Some(_), Some(_)) => "changed",
                (None, _) => "added",
                (Some(_), None) => "deleted",
            };
            table.push([
                ("change", json!(change)),
                ("path", json!(path)),
                ("old_size", json!(before.map(|(_, size)| size))),
                ("new_size", json!(after.map(|(_, size)| size))),
            ]);
        }
        if table.is_empty() && matches!(output.mode, Mode::Human | Mode::Agent) {
            return Ok(print("No differences.\n")?);
        }
        Ok(output.table(&table)?)
    })
}

async fn files(
    api: &HfApi,
    repo_id: &RepoId,
    repo_type: RepoType,
    revision: &str,
) -> Result<BTreeMap<String, Content>, Error> {
    let entries = api
        .list_repo_tree(repo_id.clone())
        .repo_type(repo_type)
        .revision(revision)
        .recursive(true)
        .stream();
    let files = entries.try_filter_map(|entry| {
        let file = entry.into_file().map(|file| {
            let hash = file.lfs.map_or(file.blob_id, |lfs| lfs.sha256);
            (file.path, (hash, file.size))
        });
        std::future::ready(Ok(file))
    });
    files.try_collect().await
}
