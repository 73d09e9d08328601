//! `hf cache verify`.

use std::path::PathBuf;

use clap::Args;
use hf_api::types::{FolderVerification, RepoId, RepoType};
use hf_api::{Error, HfApi};
use serde_json::json;

use super::CacheDirArgs;
use crate::args::RepoTypeArgs;
use crate::failure::{Done, Failure};
use crate::output::{Mode, Output, print};
use crate::repo_arg::RepoArg;
use crate::runtime;
use crate::transfer::TransferArgs;

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The repository.
    #[arg(value_name = "REPO_ID")]
    repo: RepoArg,
    #[command(flatten)]
    repo_type: RepoTypeArgs,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. [default: main]
    #[arg(long)]
    revision: Option<String>,
    #[command(flatten)]
    cache: CacheDirArgs,
    /// Verify the files in this folder, instead of the cache.
    #[arg(long, value_name = "FOLDER", conflicts_with = "cache_dir")]
    local_dir: Option<PathBuf>,
    /// Fail if files of the repository are missing.
    #[arg(long)]
    fail_on_missing_files: bool,
    /// Fail if there are files that the repository does not have.
    #[arg(long)]
    fail_on_extra_files: bool,
    /// Download files again whose content is wrong.
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    transfer: TransferArgs,
}

pub(super) fn run(args: &VerifyArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve(&args.repo_type)?;
    if !args.repo.path.is_empty() {
        return Err(Failure::usage("only whole repositories are verified"));
    }
    if args.revision.is_some() && args.repo.revision.is_some() {
        return Err(Failure::usage(
            "the revision is both in the URL and in --revision",
        ));
    }
    runtime::run(args.verify(repo_id, repo_type, output))
}

impl VerifyArgs {
    async fn verify(&self, repo_id: RepoId, repo_type: RepoType, output: Output) -> Done {
        let (api, progress) = self.transfer.api_with_progress(output).await?;
        let mut found = self.compare(&api, &repo_id, repo_type).await?;
        let repaired = if self.repair {
            found.mismatches.len()
        } else {
            0
        };
        if repaired > 0 {
            self.repair(&api, &repo_id, repo_type, &found).await?;
            progress.finish("downloaded again", output);
            found = self.compare(&api, &repo_id, repo_type).await?;
        }
        self.report(&found, &repo_id, repo_type, repaired, output)
    }

    async fn compare(
        &self,
        api: &HfApi,
        repo_id: &RepoId,
        repo_type: RepoType,
    ) -> Result<FolderVerification, Error> {
        let mut call = api
            .verify_repo_checksums(repo_id.clone())
            .repo_type(repo_type)
            .revision(self.revision.clone().or_else(|| self.repo.revision.clone()));
        if let Some(folder) = &self.cache.cache_dir {
            call = call.cache_dir(folder);
        }
        if let Some(folder) = &self.local_dir {
            call = call.local_dir(folder);
        }
        call.await
    }

    /// Downloads damaged files again, of the revision that was compared.
    async fn repair(
        &self,
        api: &HfApi,
        repo_id: &RepoId,
        repo_type: RepoType,
        found: &FolderVerification,
    ) -> Result<(), Error> {
        for mismatch in &found.mismatches {
            let mut call = api
                .hf_hub_download(repo_id.clone(), mismatch.path.clone())
                .repo_type(repo_type)
                .revision(found.revision.as_str())
                .force_download(true);
            if let Some(folder) = &self.cache.cache_dir {
                call = call.cache_dir(folder);
            }
            if let Some(folder) = &self.local_dir {
                call = call.local_dir(folder);
            }
            call.await?;
        }
        Ok(())
    }

    fn report(
        &self,
        found: &FolderVerification,
        repo_id: &RepoId,
        repo_type: RepoType,
        repaired: usize,
        output: Output,
    ) -> Done {
        let missing = self.fail_on_missing_files && !found.missing_paths.is_empty();
        let extra = self.fail_on_extra_files && !found.extra_paths.is_empty();
        let failed = missing || extra || !found.mismatches.is_empty();
        let list = |paths: &[String]| {
            paths
                .iter()
                .flat_map(|path| ["  - ", path, "\n"])
                .collect::<String>()
        };
        let mut text = String::new();
        if !found.mismatches.is_empty() {
            let lines = found.mismatches.iter().map(|file| {
                format!(
                    "  - {}: expected {} ({}), got {}\n",
                    file.path, file.expected, file.algorithm, file.actual
                )
            });
            text += "❌ Checksum verification failed for the following file(s):\n";
            text.extend(lines);
        }
        if missing {
            text += "❌ Missing files (present remotely, absent locally):\n";
            text += &list(&found.missing_paths);
        } else if !found.missing_paths.is_empty() {
            output.warn(&format!(
                "{} remote file(s) are missing locally. Use --fail-on-missing-files for details.",
                found.missing_paths.len()
            ));
        }
        if extra {
            text += "❌ Extra files (present locally, absent remotely):\n";
            text += &list(&found.extra_paths);
        } else if !found.extra_paths.is_empty() {
            output.warn(&format!(
                "{} local file(s) do not exist on the remote repo. Use --fail-on-extra-files for details.",
                found.extra_paths.len()
            ));
        }
        let mut facts = vec![
            ("repo_id", json!(repo_id)),
            ("repo_type", json!(repo_type)),
            ("checked", json!(found.checked_count)),
            ("path", json!(found.verified_path.to_string_lossy())),
        ];
        if self.repair {
            facts.push(("repaired", json!(repaired)));
        }
        if !failed {
            let message = format!(
                "Verified {} file(s) for {repo_type} '{repo_id}'. All checksums match.",
                found.checked_count
            );
            return Ok(output.result(&message, &facts)?);
        }
        match output.mode {
            Mode::Human | Mode::Agent => print(&text)?,
            Mode::Quiet => {}
            Mode::Json => {
                facts.extend([
                    ("mismatches", json!(found.mismatches)),
                    ("missing_paths", json!(found.missing_paths)),
                    ("extra_paths", json!(found.extra_paths)),
                ]);
                output.result("", &facts)?;
            }
        }
        let error = Error::new(
            hf_api::ErrorKind::Checksum,
            format!(
                "verification failed for {repo_type} `{repo_id}` at {} in {}",
                found.revision,
                found.verified_path.display()
            ),
        );
        Err(if found.mismatches.is_empty() || self.repair {
            error
        } else {
            error.with_hint("`--repair` downloads damaged files again")
        }
        .into())
    }
}
