//! Likes of repositories.

use futures_util::TryStreamExt;
use hf_types::{Like, Param, RepoId, RepoType, User, UserLikes};

use super::support::{Repo, name_in_path, own_namespace};
use crate::call::{Arg, Context, Listing, Operation, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Removes the like of the token's user.
///
/// A like can only be given on the website.
///
/// `DELETE /api/{repo_type}s/{repo_id}/like`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.unlike("gpt2").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct UnlikeCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for UnlikeCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        Ok(Request::delete(format!("{}/like", repo.api())))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Lists the repositories that a user likes, grouped by type.
///
/// `GET /api/users/{user}/likes`, page by page, after [`whoami`](HfApi::whoami)
/// if no user is named.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let likes = api.list_liked_repos().user("julien-c").await?;
/// println!("{} models of {} likes", likes.models.len(), likes.total);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) for an unknown user; `Validation` if no user is named and the
/// token does not belong to a user.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = UserLikes)]
pub struct ListLikedReposCall {
    #[call(context)]
    ctx: Context,
    /// The user. By default, the token's.
    user: Option<String>,
}

impl Operation for ListLikedReposCall {
    async fn run(self, api: HfApi) -> Result<UserLikes> {
        let user = match self.user {
            Some(user) => user,
            None => own_namespace(&api, "`user`").await?,
        };
        let request = Request::get(format!("/api/users/{}/likes", name_in_path("user", &user)?))
            .operation("list_liked_repos");
        let mut likes: Vec<Like> = Vec::new();
        let mut pages = api.response_pages(request);
        while let Some(page) = pages.try_next().await? {
            likes.append(&mut page.json()?);
        }
        Ok(UserLikes::new(&user, &likes))
    }
}

/// Lists the users who like a repository.
///
/// `GET /api/{repo_type}s/{repo_id}/likers`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let likers = api.list_repo_likers("gpt2").await?;
/// println!("{} users", likers.len());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = User)]
pub struct ListRepoLikersCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
}

impl Listing for ListRepoLikersCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        Ok(Request::get(format!("{}/likers", repo.api())))
    }
}

/// # Likes
impl HfApi {
    unlike!();
    list_liked_repos!();
    list_repo_likers!();
}
