//! `hf upload`.

mod every;
mod paths;

use std::path::Path;

use clap::Args;
use hf_api::commit::CommitOutcome;
use hf_api::types::{RepoId, RepoType};
use hf_api::{Error, ErrorKind, HfApi};
use serde_json::json;

use crate::args::{PrivateArgs, RepoTypeArgs};
use crate::failure::{Done, Failure};
use crate::output::{Facts, Output};
use crate::repo_arg::RepoArg;
use crate::transfer::TransferArgs;
use crate::{auth, runtime};
use paths::Paths;

/// Upload a file or a folder to the Hub.
///
/// The repository is created if it does not exist. Large folders are committed in parts, and an interrupted upload goes on
/// where it stopped when the same command is run again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hf upload my-model . .
  hf upload user/my-model out/model.safetensors
  hf upload datasets/user/data ./data train --commit-message 'New data'
  hf upload user/my-model ./logs logs --every 5")]
pub(crate) struct UploadArgs {
    /// The repository: `user/name`, `datasets/user/name`, an `hf://` URI or a URL, with or without a path.
    #[arg(value_name = "REPO_ID")]
    repo: RepoArg,
    /// The file or folder, or a pattern. By default, what is named like the repository.
    #[arg(value_name = "LOCAL_PATH")]
    local_path: Option<String>,
    /// Its path in the repository; `folder/` keeps the name of a file.
    #[arg(value_name = "PATH_IN_REPO")]
    path_in_repo: Option<String>,
    #[command(flatten)]
    repo_type: RepoTypeArgs,
    /// The branch, which is created if it does not exist, or a pull request (`refs/pr/1`). [default: main]
    #[arg(long)]
    revision: Option<String>,
    #[command(flatten)]
    private: PrivateArgs,
    /// Upload only files of the folder that match this pattern. May be repeated.
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Leave out files of the folder that match this pattern. May be repeated.
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Delete files in the repository that match this pattern and are not uploaded. May be repeated.
    #[arg(long, value_name = "PATTERN")]
    delete: Vec<String>,
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
    /// Commit what has changed every so many minutes, until Ctrl-C.
    #[arg(long, value_name = "MINUTES", value_parser = every::minutes)]
    every: Option<std::time::Duration>,
    #[command(flatten)]
    transfer: TransferArgs,
}

/// Where the files go.
struct Target {
    repo_id: RepoId,
    repo_type: RepoType,
    revision: Option<String>,
}

pub(crate) fn run(args: UploadArgs, output: Output) -> Done {
    let (target, paths) = args.check(output)?;
    if let Some(every) = args.every {
        return runtime::run_to_end(every::run(args, target, paths, every, output));
    }
    let done = runtime::run(args.upload(target, paths, output));
    if matches!(done, Err(Failure::Interrupted)) {
        output.note("\nWhat was sent is kept: the same command goes on from there.");
    }
    done
}

impl UploadArgs {
    /// Checks everything that can be checked before a request.
    fn check(&self, output: Output) -> Result<(Target, Paths), Failure> {
        let (repo_id, repo_type) = self.repo.resolve(&self.repo_type)?;
        if self.revision.is_some() && self.repo.revision.is_some() {
            return Err(Failure::usage(
                "the revision is both in the URL and in --revision",
            ));
        }
        if self.path_in_repo.is_some() && !self.repo.path.is_empty() {
            return Err(Failure::usage(
                "the path in the repository is both in the URL and an argument",
            ));
        }
        let path_in_repo = match &self.path_in_repo {
            None if !self.repo.path.is_empty() => Some(self.repo.path_with_slash()),
            given => given.clone(),
        };
        let target = Target {
            revision: self.revision.clone().or_else(|| self.repo.revision.clone()),
            repo_id,
            repo_type,
        };
        let paths = Paths::resolve(
            target.repo_id.name(),
            self.local_path.as_deref(),
            path_in_repo,
            &self.include,
        )?;
        if paths.is_file() {
            for (option, patterns) in [
                ("--include", &self.include),
                ("--exclude", &self.exclude),
                ("--delete", &self.delete),
            ] {
                if !patterns.is_empty() {
                    output.warn(&format!("{option} means nothing for a single file"));
                }
            }
        }
        Ok((target, paths))
    }

    async fn upload(&self, mut target: Target, paths: Paths, output: Output) -> Done {
        let (api, progress) = self.transfer.api_with_progress(output).await?;
        let done = async {
            self.prepare(&api, &mut target, output).await?;
            if paths.is_file() {
                self.file(&api, &target, &paths).await
            } else {
                self.folder(&api, &target, &paths).await
            }
        }
        .await;
        progress.finish("uploaded", output);
        let outcome = done?;
        if !outcome.is_created() {
            output.note("Nothing has changed: no commit was made.");
        }
        let info = outcome.info();
        let mut facts = Facts::from([("url", json!(info.commit_url))]);
        if let Some(url) = &info.pr_url {
            facts.set("pr_url", json!(url));
        }
        let facts: Vec<_> = facts
            .iter()
            .map(|(name, fact)| (name, fact.clone()))
            .collect();
        Ok(output.result("Uploaded", &facts)?)
    }

    /// Creates the repository and the branch, if they do not exist.
    async fn prepare(&self, api: &HfApi, target: &mut Target, output: Output) -> Result<(), Error> {
        if api.client().token().is_none() {
            return Err(auth::not_logged_in());
        }
        let mut create = api
            .create_repo(target.repo_id.clone())
            .repo_type(target.repo_type)
            .exist_ok(true);
        if let Some(private) = self.private.private() {
            create = create.private(private);
        }
        if target.repo_type == RepoType::Space {
            create = create.space_sdk("gradio");
        }
        // A name without its owner belongs to the user.
        target.repo_id = create.await?.repo_id().clone();
        let Some(revision) = target.revision.as_deref().filter(|_| !self.create_pr) else {
            return Ok(());
        };
        let info = api
            .repo_info(target.repo_id.clone())
            .repo_type(target.repo_type)
            .revision(revision);
        match info.await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::RevisionNotFound => {
                output.note(&format!("Branch '{revision}' not found. Creating it..."));
                api.create_branch(target.repo_id.clone(), revision)
                    .repo_type(target.repo_type)
                    // Somebody may have created it meanwhile.
                    .exist_ok(true)
                    .await
            }
            Err(error) => Err(error),
        }
    }

    async fn file(
        &self,
        api: &HfApi,
        target: &Target,
        paths: &Paths,
    ) -> Result<CommitOutcome, Error> {
        api.upload_file(
            Path::new(&paths.local),
            paths.in_repo.clone(),
            target.repo_id.clone(),
        )
        .repo_type(target.repo_type)
        .revision(target.revision.clone())
        .commit_message(self.commit_message.clone())
        .commit_description(self.commit_description.clone())
        .create_pr(self.create_pr)
        .await
    }

    async fn folder(
        &self,
        api: &HfApi,
        target: &Target,
        paths: &Paths,
    ) -> Result<CommitOutcome, Error> {
        let mut call = api
            .upload_folder(target.repo_id.clone(), &paths.local)
            .repo_type(target.repo_type)
            .revision(target.revision.clone())
            .commit_message(self.commit_message.clone())
            .commit_description(self.commit_description.clone())
            .create_pr(self.create_pr);
        if paths.in_repo != "." {
            call = call.path_in_repo(paths.in_repo.clone());
        }
        if !paths.include.is_empty() {
            call = call.allow_patterns(paths.include.clone());
        }
        if !self.exclude.is_empty() {
            call = call.ignore_patterns(self.exclude.clone());
        }
        if !self.delete.is_empty() {
            call = call.delete_patterns(self.delete.clone());
        }
        call.await
    }
}
