//! Public profiles of users and organizations.

use hf_types::{Organization, RepoStorageInfo, User};

use super::support::{my_name, name_in_path};
use crate::call::{Context, Listing, Operation, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Returns the public profile of a user: names, organizations, numbers of
/// repositories.
///
/// `GET /api/users/{username}/overview`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let user = api.get_user_overview("julien-c").await?;
/// println!("{} has {:?} models", user.fullname, user.num_models);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) for an unknown user.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = User)]
pub struct GetUserOverviewCall {
    #[call(context)]
    ctx: Context,
    /// The user.
    #[call(arg)]
    username: String,
}

impl SingleRequest for GetUserOverviewCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        user(&self.username, "overview")
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<User> {
        response.json()
    }
}

/// Returns the public profile of an organization: names, numbers of members and
/// repositories.
///
/// `GET /api/organizations/{organization}/overview`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let organization = api.get_organization_overview("huggingface").await?;
/// println!("{:?} members", organization.num_users);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) for an unknown organization.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Organization)]
pub struct GetOrganizationOverviewCall {
    #[call(context)]
    ctx: Context,
    /// The organization.
    #[call(arg)]
    organization: String,
}

impl SingleRequest for GetOrganizationOverviewCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        organization(&self.organization, "overview")
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Organization> {
        response.json()
    }
}

/// Lists the followers of a user.
///
/// `GET /api/users/{username}/followers`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let followers = api.list_user_followers("julien-c").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) for an unknown user.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = User)]
pub struct ListUserFollowersCall {
    #[call(context)]
    ctx: Context,
    /// The user.
    #[call(arg)]
    username: String,
}

impl Listing for ListUserFollowersCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        user(&self.username, "followers")
    }
}

/// Lists the users that a user follows.
///
/// `GET /api/users/{username}/following`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let followed = api.list_user_following("julien-c").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) for an unknown user.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = User)]
pub struct ListUserFollowingCall {
    #[call(context)]
    ctx: Context,
    /// The user.
    #[call(arg)]
    username: String,
}

impl Listing for ListUserFollowingCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        user(&self.username, "following")
    }
}

/// Lists the members of an organization.
///
/// `GET /api/organizations/{organization}/members`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let members = api.list_organization_members("huggingface").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) for an unknown organization.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = User)]
pub struct ListOrganizationMembersCall {
    #[call(context)]
    ctx: Context,
    /// The organization.
    #[call(arg)]
    organization: String,
}

impl Listing for ListOrganizationMembersCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        organization(&self.organization, "members")
    }
}

/// Lists the followers of an organization.
///
/// `GET /api/organizations/{organization}/followers`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let followers = api.list_organization_followers("huggingface").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) for an unknown organization.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = User)]
pub struct ListOrganizationFollowersCall {
    #[call(context)]
    ctx: Context,
    /// The organization.
    #[call(arg)]
    organization: String,
}

impl Listing for ListOrganizationFollowersCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        organization(&self.organization, "followers")
    }
}

/// Lists the repositories of the token's user or of an organization, with the
/// storage that each one uses.
///
/// `GET /api/settings/repositories`, or `GET
/// /api/organizations/{namespace}/settings/repositories`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let repos = api.list_user_repos().await?;
/// let bytes: u64 = repos.iter().filter_map(|repo| repo.storage).sum();
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Unauthorized` without a token; `Forbidden` for an organization that the
/// token may not administer.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = RepoStorageInfo)]
pub struct ListUserReposCall {
    #[call(context)]
    ctx: Context,
    /// The organization. By default, the token's user.
    namespace: Option<String>,
}

impl Listing for ListUserReposCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        match &self.namespace {
            Some(namespace) => organization(namespace, "settings/repositories"),
            None => Ok(Request::get("/api/settings/repositories")),
        }
    }
}

/// Returns the name of a model with its namespace: the organization, or the
/// token's user.
///
/// `GET /api/whoami-v2` if no namespace is known. A name that has one is
/// returned as it is.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let repo_id = api.get_full_repo_name("my-model").await?;
/// api.create_repo(repo_id.as_str()).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `LocalTokenNotFound` if the user is needed and there is no token.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = String)]
pub struct GetFullRepoNameCall {
    #[call(context)]
    ctx: Context,
    /// The name of the model.
    #[call(arg)]
    model_id: String,
    /// The organization that will own it. By default, the token's user.
    organization: Option<String>,
}

impl Operation for GetFullRepoNameCall {
    async fn run(self, api: HfApi) -> Result<String> {
        let owner = match self.organization {
            Some(organization) => organization,
            None if self.model_id.contains('/') => return Ok(self.model_id),
            None => my_name(&api).await?,
        };
        Ok(format!("{owner}/{}", self.model_id))
    }
}

fn user(username: &str, what: &str) -> Result<Request> {
    let username = name_in_path("username", username)?;
    Ok(Request::get(format!("/api/users/{username}/{what}")))
}

fn organization(organization: &str, what: &str) -> Result<Request> {
    let organization = name_in_path("organization", organization)?;
    Ok(Request::get(format!(
        "/api/organizations/{organization}/{what}"
    )))
}

/// # Users and organizations
impl HfApi {
    get_user_overview!();
    get_organization_overview!();
    list_user_followers!();
    list_user_following!();
    list_organization_members!();
    list_organization_followers!();
    list_user_repos!();
    get_full_repo_name!();
}
