//! Requests for access to gated repositories.

use hf_types::{AccessRequest, GrantedAccess, Param, RepoId, RepoType};
use serde_json::{Value, json};

use super::support::{Repo, commit_repo_types, exclusive};
use crate::call::{Arg, Context, Listing, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Lists the access requests that nobody has decided on.
///
/// `GET /api/{repo_type}s/{repo_id}/user-access-request/pending`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for request in api.list_pending_access_requests("user/gated").await? {
///     println!("{:?} since {:?}", request.username, request.timestamp);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BadRequest` if the repository is not gated; `Forbidden` without write
/// access.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = AccessRequest)]
pub struct ListPendingAccessRequestsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl Listing for ListPendingAccessRequestsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "pending")?;
        Ok(Request::get(target))
    }
}

/// Lists the access requests that were accepted.
///
/// `GET /api/{repo_type}s/{repo_id}/user-access-request/accepted`, page by
/// page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let accepted = api.list_accepted_access_requests("user/gated").await?;
/// println!("{} users have access", accepted.len());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BadRequest` if the repository is not gated; `Forbidden` without write
/// access.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = AccessRequest)]
pub struct ListAcceptedAccessRequestsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl Listing for ListAcceptedAccessRequestsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "accepted")?;
        Ok(Request::get(target))
    }
}

/// Lists the access requests that were rejected.
///
/// `GET /api/{repo_type}s/{repo_id}/user-access-request/rejected`, page by
/// page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let rejected = api.list_rejected_access_requests("user/gated").await?;
/// println!("{} users were refused", rejected.len());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BadRequest` if the repository is not gated; `Forbidden` without write
/// access.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = AccessRequest)]
pub struct ListRejectedAccessRequestsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl Listing for ListRejectedAccessRequestsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "rejected")?;
        Ok(Request::get(target))
    }
}

/// Accepts an access request.
///
/// `POST /api/{repo_type}s/{repo_id}/user-access-request/handle`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.accept_access_request("user/gated").user("somebody").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no such request; `Validation` unless exactly one of
/// `user` and `request_id` is given.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct AcceptAccessRequestCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The user who requested access; instead of `request_id`.
    user: Option<String>,
    /// The id of the request, where the Hub hides user names; instead of
    /// `user`.
    request_id: Option<String>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for AcceptAccessRequestCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "handle")?;
        let body = decision(self.user.as_deref(), self.request_id.as_deref(), "accepted")?;
        Ok(Request::post(target).json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Cancels the decision on an access request, which is pending again.
///
/// `POST /api/{repo_type}s/{repo_id}/user-access-request/handle`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.cancel_access_request("user/gated").user("somebody").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no such request; `Validation` unless exactly one of
/// `user` and `request_id` is given.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct CancelAccessRequestCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The user who requested access; instead of `request_id`.
    user: Option<String>,
    /// The id of the request, where the Hub hides user names; instead of
    /// `user`.
    request_id: Option<String>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for CancelAccessRequestCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "handle")?;
        let body = decision(self.user.as_deref(), self.request_id.as_deref(), "pending")?;
        Ok(Request::post(target).json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Rejects an access request.
///
/// `POST /api/{repo_type}s/{repo_id}/user-access-request/handle`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.reject_access_request("user/gated", Some("Not for your region.".to_owned()))
///     .user("somebody")
///     .await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no such request; `Validation` unless exactly one of
/// `user` and `request_id` is given.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct RejectAccessRequestCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The user who requested access; instead of `request_id`.
    user: Option<String>,
    /// The id of the request, where the Hub hides user names; instead of
    /// `user`.
    request_id: Option<String>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
    /// The reason that the user reads, at most 200 characters; `None` for no
    /// reason.
    #[call(arg)]
    rejection_reason: Option<String>,
}

impl SingleRequest for RejectAccessRequestCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "handle")?;
        let mut body = decision(self.user.as_deref(), self.request_id.as_deref(), "rejected")?;
        if let Some(reason) = &self.rejection_reason {
            body["rejectionReason"] = reason.as_str().into();
        }
        Ok(Request::post(target).json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Grants access to a user who did not request it.
///
/// `POST /api/{repo_type}s/{repo_id}/user-access-request/grant`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.grant_access("user/gated", "somebody").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BadRequest` if the repository is not gated or the user has access; `Http`
/// (404) for an unknown user.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = GrantedAccess)]
pub struct GrantAccessCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The user.
    #[call(arg)]
    user: String,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for GrantAccessCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "grant")?;
        Ok(Request::post(target).json(&json!({"user": self.user})))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<GrantedAccess> {
        if response.body().is_empty() {
            return Ok(GrantedAccess::default());
        }
        response.json()
    }
}

/// `/api/models/user/name/user-access-request/<what>`.
fn access(repo_id: &Param<RepoId>, repo_type: &Arg<RepoType>, what: &str) -> Result<String> {
    let repo = Repo::new(repo_id, repo_type)?;
    commit_repo_types(repo.kind)?;
    Ok(format!("{}/user-access-request/{what}", repo.api()))
}

/// Returns the decision on the request of a user, or of an id.
fn decision(user: Option<&str>, request_id: Option<&str>, status: &str) -> Result<Value> {
    exclusive(
        user.is_some() == request_id.is_some(),
        "exactly one of `user` and `request_id` must be given",
    )?;
    Ok(match user {
        Some(user) => json!({"user": user, "status": status}),
        None => json!({"requestId": request_id, "status": status}),
    })
}

/// # Access requests
impl HfApi {
    list_pending_access_requests!();
    list_accepted_access_requests!();
    list_rejected_access_requests!();
    accept_access_request!();
    cancel_access_request!();
    reject_access_request!();
    grant_access!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_named_by_its_user_or_by_its_id() {
        assert_eq!(
            decision(Some("u"), None, "accepted").unwrap(),
            json!({"user": "u", "status": "accepted"})
        );
        assert_eq!(
            decision(None, Some("1a"), "pending").unwrap(),
            json!({"requestId": "1a", "status": "pending"})
        );
        assert!(decision(None, None, "pending").is_err());
        assert!(decision(Some("u"), Some("1a"), "pending").is_err());
    }
}
