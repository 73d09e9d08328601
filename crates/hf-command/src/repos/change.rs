//! `hf repos delete`, `move` and `settings`.

use clap::{Args, ValueEnum};
use hf_api::types::Gated;
use serde_json::json;

use super::RepoArgs;
use crate::args::{MissingOkArgs, VisibilityArgs, YesArgs};
use crate::failure::{Done, Failure};
use crate::output::Output;
use crate::repo_arg::RepoArg;
use crate::{prompt, runtime, session};

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    repo: RepoArgs,
    #[command(flatten)]
    missing_ok: MissingOkArgs,
    #[command(flatten)]
    yes: YesArgs,
}

pub(super) fn delete(args: &DeleteArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve()?;
    prompt::confirm(
        &format!("You are about to permanently delete {repo_type} '{repo_id}'. Proceed?"),
        args.yes.yes,
        output,
    )?;
    runtime::run(async {
        session::api(&args.repo.token, output)
            .await?
            .delete_repo(repo_id.clone())
            .repo_type(repo_type)
            .missing_ok(args.missing_ok.missing_ok)
            .await?;
        Ok(output.result("Repo deleted", &[("repo_id", json!(repo_id))])?)
    })
}

#[derive(Debug, Args)]
pub(crate) struct MoveArgs {
    #[command(flatten)]
    from: RepoArgs,
    /// The new name.
    #[arg(value_name = "TO_ID")]
    to_id: RepoArg,
}

pub(super) async fn move_to(args: MoveArgs, output: Output) -> Done {
    let (from_id, repo_type) = args.from.resolve()?;
    let (to_id, _) = args.to_id.resolve_beside(repo_type)?;
    session::api(&args.from.token, output)
        .await?
        .move_repo(from_id.clone(), to_id.clone())
        .repo_type(repo_type)
        .await?;
    let facts = [("from_id", json!(from_id)), ("to_id", json!(to_id))];
    Ok(output.result("Repo moved", &facts)?)
}

#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    #[command(flatten)]
    repo: RepoArgs,
    /// How access is granted to those who ask for it; `false` opens the repository.
    #[arg(long, value_enum)]
    gated: Option<Gating>,
    #[command(flatten)]
    visibility: VisibilityArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Gating {
    Auto,
    Manual,
    False,
}

pub(super) async fn settings(args: SettingsArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve()?;
    let visibility = args.visibility.visibility();
    if args.gated.is_none() && visibility.is_none() {
        return Err(Failure::usage(
            "there is nothing to change: give --gated, --private, --public or --protected",
        ));
    }
    let api = session::api(&args.repo.token, output).await?;
    let mut call = api
        .update_repo_settings(repo_id.clone())
        .repo_type(repo_type);
    if let Some(gated) = args.gated {
        call = call.gated(match gated {
            Gating::Auto => Gated::Auto,
            Gating::Manual => Gated::Manual,
            Gating::False => Gated::No,
        });
    }
    if let Some(visibility) = visibility {
        call = call.visibility(visibility);
    }
    call.await?;
    Ok(output.result("Repo settings updated", &[("repo_id", json!(repo_id))])?)
}
