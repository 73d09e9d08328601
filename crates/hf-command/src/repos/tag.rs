//! `hf repos tag`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::RepoArgs;
use crate::args::{RevisionArgs, YesArgs};
use crate::failure::Done;
use crate::output::{Output, Table};
use crate::{prompt, runtime, session};

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum TagCommand {
    /// Create a tag.
    Create(CreateArgs),
    /// Delete a tag.
    Delete(DeleteArgs),
    /// List the tags of a repository.
    #[command(visible_alias = "ls")]
    List(ListArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    repo: RepoArgs,
    /// The name of the tag.
    #[arg(value_name = "TAG")]
    tag: String,
    /// The description of the tag.
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    #[command(flatten)]
    revision: RevisionArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    repo: RepoArgs,
    /// The name of the tag.
    #[arg(value_name = "TAG")]
    tag: String,
    #[command(flatten)]
    yes: YesArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    repo: RepoArgs,
}

pub(super) fn run(command: TagCommand, output: Output) -> Done {
    match command {
        TagCommand::Create(args) => runtime::run(create(args, output)),
        TagCommand::Delete(args) => delete(&args, output),
        TagCommand::List(args) => runtime::run(list(args, output)),
    }
}

async fn create(args: CreateArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve()?;
    session::api(&args.repo.token, output)
        .await?
        .create_tag(repo_id.clone(), args.tag.as_str())
        .repo_type(repo_type)
        .tag_message(args.message)
        .revision(args.revision.revision)
        .await?;
    let facts = [
        ("tag", json!(args.tag)),
        ("repo_type", json!(repo_type)),
        ("repo_id", json!(repo_id)),
    ];
    Ok(output.result("Tag created", &facts)?)
}

fn delete(args: &DeleteArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve()?;
    let question = format!(
        "You are about to delete tag {} on {repo_type} {repo_id}. Proceed?",
        args.tag
    );
    prompt::confirm(&question, args.yes.yes, output)?;
    runtime::run(async {
        session::api(&args.repo.token, output)
            .await?
            .delete_tag(repo_id.clone(), args.tag.as_str())
            .repo_type(repo_type)
            .await?;
        let facts = [
            ("tag", json!(args.tag)),
            ("repo_type", json!(repo_type)),
            ("repo_id", json!(repo_id)),
        ];
        Ok(output.result("Tag deleted", &facts)?)
    })
}

async fn list(args: ListArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve()?;
    let refs = session::api(&args.repo.token, output)
        .await?
        .list_repo_refs(repo_id)
        .repo_type(repo_type)
        .await?;
    let mut table = Table::new(["name", "target_commit", "ref"], "name");
    for tag in &refs.tags {
        table.push([
            ("name", json!(tag.name)),
            ("target_commit", json!(tag.target_commit)),
            ("ref", json!(tag.r#ref)),
        ]);
    }
    Ok(output.table(&table)?)
}
