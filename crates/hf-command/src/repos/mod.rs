//! `hf repos`: repositories on the Hub.

mod branch;
mod change;
mod create;
mod files;
mod list;
mod tag;

use clap::Subcommand;
use hf_api::types::{RepoId, RepoType};

use crate::args::{RepoTypeArgs, TokenArgs};
use crate::copy::{self, CopyArgs, Side};
use crate::failure::{Done, Failure};
use crate::output::Output;
use crate::repo_arg::RepoArg;
use crate::runtime;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum ReposCommand {
    /// Create and delete branches.
    #[command(subcommand)]
    Branch(branch::BranchCommand),
    /// Copy files between this machine and repositories.
    Cp(CopyArgs),
    /// Create a repository.
    Create(create::CreateArgs),
    /// Delete a repository. This cannot be undone.
    Delete(change::DeleteArgs),
    /// Delete files of a repository in one commit.
    DeleteFiles(files::DeleteFilesArgs),
    /// Copy a repository on the Hub.
    Duplicate(create::DuplicateArgs),
    /// List your repositories, or those of an organization, with their storage.
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Rename a repository, or move it to another namespace.
    Move(change::MoveArgs),
    /// Change who may see a repository and who is asked for access.
    Settings(change::SettingsArgs),
    /// Create, delete and list tags.
    #[command(subcommand)]
    Tag(tag::TagCommand),
}

/// `REPO_ID`, `--type` and `--token`.
#[derive(Debug, Clone, clap::Args)]
struct RepoArgs {
    /// The repository: `user/name` or `datasets/user/name`.
    #[arg(value_name = "REPO_ID")]
    repo: RepoArg,
    #[command(flatten)]
    repo_type: RepoTypeArgs,
    #[command(flatten)]
    token: TokenArgs,
}

impl RepoArgs {
    fn resolve(&self) -> Result<(RepoId, RepoType), Failure> {
        self.repo.resolve_whole(&self.repo_type)
    }
}

pub(crate) fn run(command: ReposCommand, output: Output) -> Done {
    match command {
        ReposCommand::Branch(command) => branch::run(command, output),
        ReposCommand::Cp(args) => copy::run(&args, Some(Side::Repo), output),
        ReposCommand::Create(args) => runtime::run(create::create(args, output)),
        ReposCommand::Delete(args) => change::delete(&args, output),
        ReposCommand::DeleteFiles(args) => runtime::run(files::delete(args, output)),
        ReposCommand::Duplicate(args) => runtime::run(create::duplicate(args, output)),
        ReposCommand::List(args) => runtime::run(list::run(args, output)),
        ReposCommand::Move(args) => runtime::run(change::move_to(args, output)),
        ReposCommand::Settings(args) => runtime::run(change::settings(args, output)),
        ReposCommand::Tag(command) => tag::run(command, output),
    }
}
