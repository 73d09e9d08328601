//! Checks who may see, read and write a repository, and what others are shown.
use http::StatusCode;

use super::{Request, access_requests};
use crate::names::RepoName;
use crate::response::{HubError, RouteError};
use crate::store::{RepoState, State, Viewer};

/// Returns a redirect to the new name of a repository, or one of the Hub's two errors for an
/// unknown one.
fn missing(state: &State, request: &Request, name: &RepoName) -> RouteError {
    if let Some(to) = state.moved_to(name).or_else(|| state.spelled(name)) {
        return RouteError::Moved(request.path.replacen(&name.id, &to.id, 1));
    }
    hidden(request).into()
}

/// Returns the error for a caller who must not learn whether a repository exists.
fn hidden(request: &Request) -> HubError {
    match request.viewer {
        Viewer::Anonymous => HubError::unauthorized(),
        Viewer::User { .. } => HubError::repo_not_found(),
    }
}

/// Returns a repository that the viewer can see.
pub(crate) fn see<'a>(
    state: &'a mut State,
    request: &Request,
    name: &RepoName,
) -> Result<&'a mut RepoState, RouteError> {
    match state.repos.get(name) {
        None => return Err(missing(state, request, name)),
        Some(repo) if !state.can_see(&request.viewer, repo) => return Err(hidden(request).into()),
        Some(_) => {}
    }
    state
        .repos
        .get_mut(name)
        .ok_or_else(|| hidden(request).into())
}

/// Returns a repository whose files the viewer may read.
pub(crate) fn open<'a>(
    state: &'a mut State,
    request: &Request,
    name: &RepoName,
) -> Result<&'a mut RepoState, RouteError> {
    see(state, request, name)?;
    let repo = state.repos.get(name).ok_or_else(|| hidden(request))?;
    if repo.disabled {
        return Err(HubError::forbidden("Access to this resource is disabled.").into());
    }
    if !state.has_access(&request.viewer, repo) {
        let kind = name.repo_type.as_str();
        let id = &name.id;
        let error = match request.viewer {
            Viewer::Anonymous => HubError::new(
                StatusCode::UNAUTHORIZED,
                format!(
                    "Access to {kind} {id} is restricted. You must have access to it and be authenticated to access it. Please log in."
                ),
            ),
            Viewer::User { name: ref user, .. } => {
                let unknown = || {
                    format!(
                        "Access to {kind} {id} is restricted and you are not in the authorized list. Visit https://huggingface.co/{name} to ask for access."
                    )
                };
                HubError::forbidden(access_requests::refusal(repo, user).unwrap_or_else(unknown))
            }
        };
        return Err(error.code("GatedRepo").into());
    }
    state
        .repos
        .get_mut(name)
        .ok_or_else(|| hidden(request).into())
}

/// Returns a repository that the viewer may write to.
pub(crate) fn own<'a>(
    state: &'a mut State,
    request: &Request,
    name: &RepoName,
) -> Result<&'a mut RepoState, RouteError> {
    see(state, request, name)?;
    let user = request.writer()?;
    if !state.owns(user, name.owner()) {
        return Err(HubError::no_permission().into());
    }
    state
        .repos
        .get_mut(name)
        .ok_or_else(|| hidden(request).into())
}
