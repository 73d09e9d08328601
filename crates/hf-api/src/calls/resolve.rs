//! Resolving revisions to commits, and verifying local files.

use std::path::PathBuf;

use hf_cache::{ResolveRevision, VerifyRepoChecksums};
use hf_types::{FolderVerification, Param, RepoId, RepoType, ResolvedRevision, Revision};

use super::downloads::download_options;
use super::support::Repo;
use crate::call::{Arg, Context, Operation};
use crate::{Call, HfApi, Result};

/// Resolves a branch, a tag or a pull request to the commit that it points to.
///
/// The commit is kept in the cache's `refs` folder, which is used while the Hub
/// cannot be reached.
///
/// `GET /api/{repo_type}s/{repo_id}` or `GET
/// /api/{repo_type}s/{repo_id}/revision/{revision}`; none for a commit.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let resolved = api.resolve_revision("gpt2").revision("refs/pr/1").await?;
/// println!("{}", resolved.resolved);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RevisionNotFound`, `RepositoryNotFound`; `RevisionResolution` if the Hub
/// cannot be reached and the commit is not cached.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ResolvedRevision)]
pub struct ResolveRevisionCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    revision: Arg<Revision>,
    /// The cache folder. By default, `HF_HUB_CACHE`.
    cache_dir: Option<PathBuf>,
    /// Whether to use the cache only, without a request.
    local_files_only: bool,
}

impl Operation for ResolveRevisionCall {
    async fn run(self, api: HfApi) -> Result<ResolvedRevision> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let options = download_options(&api).local_files_only(self.local_files_only);
        let mut resolve = ResolveRevision::new(repo.id)
            .repo_type(repo.kind)
            .options(options);
        if let Some(revision) = self.revision.get()? {
            resolve = resolve.revision(revision.clone());
        }
        if let Some(folder) = self.cache_dir {
            resolve = resolve.cache_dir(folder);
        }
        resolve.run(api.client()).await
    }
}

/// Compares local files with the hashes that the Hub has for them.
///
/// The files are those of the cache, or of `local_dir`.
///
/// `GET /api/{repo_type}s/{repo_id}/tree/{revision}`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let verification = api.verify_repo_checksums("gpt2").await?;
/// assert!(verification.is_intact(), "{:?}", verification.mismatches);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` if both `local_dir` and `cache_dir` are given;
/// `RepositoryNotFound`, `RevisionNotFound`; `LocalEntryNotFound` if nothing is
/// cached.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = FolderVerification, progress)]
pub struct VerifyRepoChecksumsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    revision: Arg<Revision>,
    /// The folder with the files.
    local_dir: Option<PathBuf>,
    /// The cache folder with the files. By default, `HF_HUB_CACHE`.
    cache_dir: Option<PathBuf>,
}

impl Operation for VerifyRepoChecksumsCall {
    async fn run(self, api: HfApi) -> Result<FolderVerification> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let mut verify = VerifyRepoChecksums::new(repo.id)
            .repo_type(repo.kind)
            .options(download_options(&api));
        if let Some(revision) = self.revision.get()? {
            verify = verify.revision(revision.clone());
        }
        if let Some(folder) = self.local_dir {
            verify = verify.local_dir(folder);
        }
        if let Some(folder) = self.cache_dir {
            verify = verify.cache_dir(folder);
        }
        verify.run(api.client()).await
    }
}

/// # Revisions and checksums
impl HfApi {
    resolve_revision!();
    verify_repo_checksums!();
}
