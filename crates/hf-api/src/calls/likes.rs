//! Likes of repositories.

use futures_util::TryStreamExt;
use hf_types::{Like, Param, RepoId, RepoType, User, UserLikes};

use super::support::{Repo, name_in_path, own_namespace};
use crate::call::{Arg, Context, Endpoint, Listing, Operation};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Removes a like. Likes can only be given on the website.
///
/// `DELETE /api/{repo_type}s/{repo_id}/like`.
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
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Arg<RepoType>,
}

impl Endpoint for UnlikeCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        Ok(Request::delete(format!("{}/like", repo.api())))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Lists what a user likes, sorted by the types of repositories.
///
/// `GET /api/users/{user}/likes`, page by page, after
/// [`whoami`](HfApi::whoami) if no user is named.
///
/// # Errors
/// `Http` (404) for an unknown user; `Validation` if no user is named and the
/// token is not a user's.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = UserLikes)]
pub struct ListLikedReposCall {
    #[call(context)]
    ctx: Context,
    /// The user; that of the token otherwise.
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
    /// `model` (the default), `dataset`, `space` or `kernel`.
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
