//! Requests for access to gated repositories.

use hf_types::{AccessRequest, GrantedAccess, Param, RepoId, RepoType};
use serde_json::{Value, json};

use super::support::{Repo, commit_repo_types, exclusive};
use crate::call::{Arg, Context, Endpoint, Listing};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Lists the requests for access that wait for an answer.
///
/// `GET /api/{repo_type}s/{repo_id}/user-access-request/pending`, page by
/// page.
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
    /// `model` (the default), `dataset` or `space`.
    repo_type: Arg<RepoType>,
}

impl Listing for ListPendingAccessRequestsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "pending")?;
        Ok(Request::get(target))
    }
}

/// Lists the requests for access that were granted.
///
/// `GET /api/{repo_type}s/{repo_id}/user-access-request/accepted`, page by
/// page.
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
    /// `model` (the default), `dataset` or `space`.
    repo_type: Arg<RepoType>,
}

impl Listing for ListAcceptedAccessRequestsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "accepted")?;
        Ok(Request::get(target))
    }
}

/// Lists the requests for access that were refused.
///
/// `GET /api/{repo_type}s/{repo_id}/user-access-request/rejected`, page by
/// page.
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
    /// `model` (the default), `dataset` or `space`.
    repo_type: Arg<RepoType>,
}

impl Listing for ListRejectedAccessRequestsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "rejected")?;
        Ok(Request::get(target))
    }
}

/// Grants a request for access.
///
/// `POST /api/{repo_type}s/{repo_id}/user-access-request/handle`.
///
/// # Errors
/// `Http` (404) if there is no such request; `Validation` unless one of `user`
/// and `request_id` names it.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct AcceptAccessRequestCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// Who asked; instead of `request_id`.
    user: Option<String>,
    /// The id of the request, where users are not told; instead of `user`.
    request_id: Option<String>,
    /// `model` (the default), `dataset` or `space`.
    repo_type: Arg<RepoType>,
}

impl Endpoint for AcceptAccessRequestCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "handle")?;
        let body = answer(self.user.as_deref(), self.request_id.as_deref(), "accepted")?;
        Ok(Request::post(target).json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Takes back the answer to a request for access: it waits again.
///
/// `POST /api/{repo_type}s/{repo_id}/user-access-request/handle`.
///
/// # Errors
/// `Http` (404) if there is no such request; `Validation` unless one of `user`
/// and `request_id` names it.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct CancelAccessRequestCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// Who asked; instead of `request_id`.
    user: Option<String>,
    /// The id of the request, where users are not told; instead of `user`.
    request_id: Option<String>,
    /// `model` (the default), `dataset` or `space`.
    repo_type: Arg<RepoType>,
}

impl Endpoint for CancelAccessRequestCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "handle")?;
        let body = answer(self.user.as_deref(), self.request_id.as_deref(), "pending")?;
        Ok(Request::post(target).json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Refuses a request for access.
///
/// `POST /api/{repo_type}s/{repo_id}/user-access-request/handle`.
///
/// # Errors
/// `Http` (404) if there is no such request; `Validation` unless one of `user`
/// and `request_id` names it.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct RejectAccessRequestCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// Who asked; instead of `request_id`.
    user: Option<String>,
    /// The id of the request, where users are not told; instead of `user`.
    request_id: Option<String>,
    /// `model` (the default), `dataset` or `space`.
    repo_type: Arg<RepoType>,
    /// Why, for the user to read, in at most 200 characters; or no reason.
    #[call(arg)]
    rejection_reason: Option<String>,
}

impl Endpoint for RejectAccessRequestCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = access(&self.repo_id, &self.repo_type, "handle")?;
        let mut body = answer(self.user.as_deref(), self.request_id.as_deref(), "rejected")?;
        if let Some(reason) = &self.rejection_reason {
            body["rejectionReason"] = reason.as_str().into();
        }
        Ok(Request::post(target).json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Gives a user access who did not ask for it; the result is the Hub's own
/// object.
///
/// `POST /api/{repo_type}s/{repo_id}/user-access-request/grant`.
///
/// # Errors
/// `BadRequest` if the repository is not gated or the user has access;
/// `Http` (404) for an unknown user.
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
    /// `model` (the default), `dataset` or `space`.
    repo_type: Arg<RepoType>,
}

impl Endpoint for GrantAccessCall {
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

/// The answer to the request of a user, or to that of an id.
fn answer(user: Option<&str>, request_id: Option<&str>, status: &str) -> Result<Value> {
    exclusive(
        user.is_some() == request_id.is_some(),
        "one of `user` and `request_id` says whose request it is; give one of them",
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
    fn a_request_has_one_name() {
        assert_eq!(
            answer(Some("u"), None, "accepted").unwrap(),
            json!({"user": "u", "status": "accepted"})
        );
        assert_eq!(
            answer(None, Some("1a"), "pending").unwrap(),
            json!({"requestId": "1a", "status": "pending"})
        );
        assert!(answer(None, None, "pending").is_err());
        assert!(answer(Some("u"), Some("1a"), "pending").is_err());
    }
}
