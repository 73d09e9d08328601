//! `hf repos delete-files`.

use clap::Args;
use serde_json::json;

use super::RepoArgs;
use crate::args::RevisionArgs;
use crate::failure::Done;
use crate::output::Output;
use crate::session;

#[derive(Debug, Args)]
pub(crate) struct DeleteFilesArgs {
    #[command(flatten)]
    repo: RepoArgs,
    /// The patterns of the files: `*.json`, `folder/`; `*` matches `/`, too.
    #[arg(value_name = "PATTERNS", required = true)]
    patterns: Vec<String>,
    #[command(flatten)]
    revision: RevisionArgs,
    /// The title of the commit.
    #[arg(long, value_name = "TITLE")]
    commit_message: Option<String>,
    /// The description of the commit.
    #[arg(long, value_name = "TEXT")]
    commit_description: Option<String>,
    /// Open a pull request with the commit.
    #[arg(long, overrides_with = "no_create_pr")]
    create_pr: bool,
    #[arg(long, hide = true)]
    no_create_pr: bool,
}

pub(super) async fn delete(args: DeleteFilesArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve()?;
    let outcome = session::api(&args.repo.token, output)
        .await?
        .delete_files(repo_id.clone(), args.patterns)
        .repo_type(repo_type)
        .revision(args.revision.revision)
        .commit_message(args.commit_message)
        .commit_description(args.commit_description)
        .create_pr(args.create_pr)
        .await?;
    if !outcome.is_created() {
        output.note("No file matches: no commit was made.");
    }
    let facts = [
        ("repo_id", json!(repo_id)),
        ("commit_url", json!(outcome.info().commit_url)),
    ];
    Ok(output.result("Files deleted", &facts)?)
}
