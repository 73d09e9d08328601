//! `hf repos branch`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::RepoArgs;
use crate::args::{ExistOkArgs, RevisionArgs};
use crate::failure::Done;
use crate::output::Output;
use crate::{runtime, session};

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum BranchCommand {
    /// Create a branch.
    Create(CreateArgs),
    /// Delete a branch.
    Delete(DeleteArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    repo: RepoArgs,
    /// The name of the branch.
    #[arg(value_name = "BRANCH")]
    branch: String,
    #[command(flatten)]
    revision: RevisionArgs,
    #[command(flatten)]
    exist_ok: ExistOkArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    repo: RepoArgs,
    /// The name of the branch.
    #[arg(value_name = "BRANCH")]
    branch: String,
}

pub(super) fn run(command: BranchCommand, output: Output) -> Done {
    runtime::run(async {
        match command {
            BranchCommand::Create(args) => create(args, output).await,
            BranchCommand::Delete(args) => delete(args, output).await,
        }
    })
}

async fn create(args: CreateArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve()?;
    session::api(&args.repo.token, output)
        .await?
        .create_branch(repo_id.clone(), args.branch.as_str())
        .repo_type(repo_type)
        .revision(args.revision.revision)
        .exist_ok(args.exist_ok.exist_ok)
        .await?;
    let facts = [
        ("branch", json!(args.branch)),
        ("repo_type", json!(repo_type)),
        ("repo_id", json!(repo_id)),
    ];
    Ok(output.result("Branch created", &facts)?)
}

async fn delete(args: DeleteArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve()?;
    session::api(&args.repo.token, output)
        .await?
        .delete_branch(repo_id.clone(), args.branch.as_str())
        .repo_type(repo_type)
        .await?;
    let facts = [
        ("branch", json!(args.branch)),
        ("repo_type", json!(repo_type)),
        ("repo_id", json!(repo_id)),
    ];
    Ok(output.result("Branch deleted", &facts)?)
}
