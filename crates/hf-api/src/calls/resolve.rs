//! Resolving revisions to commits, and verifying local files.

use std::path::PathBuf;

use hf_cache::{ResolveRevision, VerifyRepoChecksums};
use hf_types::{FolderVerification, Param, RepoId, RepoType, ResolvedRevision, Revision};

use super::downloads::download_options;
use super::support::Repo;
use crate::call::{Arg, Context, Operation};
use crate::{Call, HfApi, Result};

/// The commit that a branch, tag or pull request stands for.
///
/// `GET /api/{repo_type}s/{repo_id}`, with `/revision/{revision}` where there is
/// one; none for a commit.
/// The answer is kept in the cache's `refs`, which answers when the Hub is
/// out of reach.
///
/// # Errors
/// `RevisionNotFound`, `RepositoryNotFound`; `RevisionResolution` when the
/// Hub is out of reach and the cache does not know.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ResolvedRevision)]
pub struct ResolveRevisionCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Arg<RepoType>,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    revision: Arg<Revision>,
    /// The cache; `HF_HUB_CACHE` otherwise.
    cache_dir: Option<PathBuf>,
    /// Whether to look in the cache alone.
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
/// `GET /api/{repo_type}s/{repo_id}/tree/{revision}`; the files are those of
/// the cache, or of `local_dir`.
///
/// # Errors
/// `Validation` for both `local_dir` and `cache_dir`; `RepositoryNotFound`,
/// `RevisionNotFound`; `LocalEntryNotFound` when nothing is cached.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = FolderVerification, progress)]
pub struct VerifyRepoChecksumsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Arg<RepoType>,
    /// A branch, tag, pull request (`refs/pr/1`) or commit.
    revision: Arg<Revision>,
    /// A folder with the files.
    local_dir: Option<PathBuf>,
    /// The cache with the files; `HF_HUB_CACHE` otherwise.
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
