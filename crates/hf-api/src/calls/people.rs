//! Public profiles of users and organizations.

use hf_types::{Organization, RepoStorageInfo, User};

use super::support::{my_name, name_in_path};
use crate::call::{Context, Endpoint, Listing, Operation};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// A user: names, numbers of repositories, organizations.
///
/// `GET /api/users/{username}/overview`.
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

impl Endpoint for GetUserOverviewCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        user(&self.username, "overview")
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<User> {
        response.json()
    }
}

/// An organization: names, numbers of members and repositories.
///
/// `GET /api/organizations/{organization}/overview`.
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

impl Endpoint for GetOrganizationOverviewCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        organization(&self.organization, "overview")
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Organization> {
        response.json()
    }
}

/// Lists those who follow a user.
///
/// `GET /api/users/{username}/followers`, page by page.
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

/// Lists those whom a user follows.
///
/// `GET /api/users/{username}/following`, page by page.
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

/// Lists those who follow an organization.
///
/// `GET /api/organizations/{organization}/followers`, page by page.
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

/// Lists the repositories of the token's user, or of an organization, with
/// the storage they take.
///
/// `GET /api/settings/repositories` or
/// `/api/organizations/{namespace}/settings/repositories`, page by page.
///
/// # Errors
/// `Unauthorized` without a token, `Forbidden` for an organization that the
/// token may not administer.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = RepoStorageInfo)]
pub struct ListUserReposCall {
    #[call(context)]
    ctx: Context,
    /// An organization; the token's user otherwise.
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

/// The name of a model with its namespace: that of the organization, or that
/// of the token's user.
///
/// `GET /api/whoami-v2` if neither is named. A name that has a namespace
/// already is returned as it is.
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
    /// The organization that is to own it; the token's user otherwise.
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
