//! `hf du`.

use std::collections::BTreeMap;

use clap::Args;
use futures_util::TryStreamExt as _;
use hf_api::types::RepoTreeEntry;
use serde_json::json;

use crate::args::{RepoTypeArgs, RevisionArgs, TokenArgs};
use crate::failure::{Done, Failure};
use crate::output::{Mode, Output, Table, print};
use crate::repo_arg::RepoArg;
use crate::{runtime, session, text};

/// Sum up the sizes of the folders of a repository.
#[derive(Debug, Args)]
pub(crate) struct DuArgs {
    /// The repository, or the URL of a folder.
    #[arg(value_name = "REPO_ID")]
    repo: RepoArg,
    #[command(flatten)]
    repo_type: RepoTypeArgs,
    #[command(flatten)]
    revision: RevisionArgs,
    /// How deep to go: 1 for the folders at the top.
    #[arg(long, value_name = "LEVELS", default_value_t = 1)]
    depth: usize,
    #[command(flatten)]
    token: TokenArgs,
}

/// What is in a folder, at any depth.
#[derive(Default)]
struct Sum {
    files: u64,
    bytes: u64,
}

pub(crate) fn run(args: &DuArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve(&args.repo_type)?;
    let revision = args
        .revision
        .revision
        .clone()
        .or(args.repo.revision.clone());
    runtime::run(async {
        let api = session::api(&args.token, output).await?;
        let root = args.repo.path.trim_matches('/');
        let mut call = api
            .list_repo_tree(repo_id)
            .repo_type(repo_type)
            .revision(revision)
            .recursive(true);
        if !root.is_empty() {
            call = call.path_in_repo(root);
        }
        let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
        let mut total = Sum::default();
        let mut entries = call.stream();
        while let Some(entry) = entries.try_next().await.map_err(Failure::from)? {
            let RepoTreeEntry::File(file) = entry else {
                continue;
            };
            let below = file.path[root.len().min(file.path.len())..].trim_start_matches('/');
            let folders: Vec<&str> = below.split('/').collect();
            let depth = args.depth.min(folders.len() - 1);
            for level in 1..=depth {
                add(
                    sums.entry(folders[..level].join("/") + "/").or_default(),
                    file.size,
                );
            }
            add(&mut total, file.size);
        }
        let mut table = Table::new(["path", "files", "size"], "path").right(["size"]);
        let mut push = |path: &str, sum: &Sum| {
            table.push([
                ("path", json!(path)),
                ("files", json!(sum.files)),
                ("size", json!(text::size(sum.bytes))),
                ("size_bytes", json!(sum.bytes)),
            ]);
        };
        for (path, sum) in &sums {
            push(path, sum);
        }
        push(".", &total);
        output.table(&table)?;
        if output.mode == Mode::Human {
            print(&format!(
                "\n{} in {}.\n",
                text::bytes(total.bytes),
                text::count(total.files, "file")
            ))?;
        }
        Ok(())
    })
}

fn add(sum: &mut Sum, bytes: Option<u64>) {
    sum.files += 1;
    sum.bytes = sum.bytes.saturating_add(bytes.unwrap_or_default());
}
