//! The commit history of a repository.

use hf_types::{GitCommitInfo, Param, RepoId, RepoType, Revision};
use serde_json::json;

use super::support::{Repo, commit_repo_types};
use crate::call::{Arg, Context, Listing, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Lists the commits of a branch, the latest first.
///
/// `GET /api/{repo_type}s/{repo_id}/commits/{revision}`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for commit in api.list_repo_commits("gpt2").await? {
///     println!("{} {}", commit.commit_id, commit.title);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = GitCommitInfo)]
pub struct ListRepoCommitsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, tag or commit to start from. By default, `main`.
    revision: Arg<Revision>,
    /// Whether to return titles and messages as HTML as well.
    formatted: bool,
}

impl Listing for ListRepoCommitsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        Ok(Request::get(repo.api_at("commits", &self.revision)?)
            .query_some("expand[]", self.formatted.then_some("formatted")))
    }
}

/// Squashes all commits of a branch into one.
///
/// The history is lost for good.
///
/// `POST /api/{repo_type}s/{repo_id}/super-squash/{branch}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.super_squash_history("user/name").commit_message("Start of v2").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`; `Forbidden` without write access;
/// `BadRequest` for a pull request.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct SuperSquashHistoryCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The branch. By default, `main`.
    branch: Arg<Revision>,
    /// The message of the one commit that is left.
    commit_message: Option<String>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for SuperSquashHistoryCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        commit_repo_types(repo.kind)?;
        let branch = self.branch.or(Revision::default())?;
        let message = self
            .commit_message
            .clone()
            .filter(|message| !message.is_empty())
            .unwrap_or_else(|| format!("Super-squash branch '{branch}' using huggingface_hub"));
        Ok(Request::post(repo.api_named("super-squash", &branch))
            .json(&json!({"message": message})))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// # Commit history
impl HfApi {
    list_repo_commits!();
    super_squash_history!();
}
