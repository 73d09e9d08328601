//! Branches, tags and other refs.

use hf_types::GitRefs;

use super::support::Repo;
use crate::call::{Context, Endpoint};
use crate::{Call, HfApi, Reply, Request, Result};

/// Lists branches, tags and, on request, pull requests of a repository.
///
/// `GET /api/{repo_type}s/{repo_id}/refs`.
///
/// # Errors
/// `RepositoryNotFound`, `GatedRepo`.
#[derive(Debug, Clone, Call)]
#[call(kind = request)]
pub struct ListRepoRefsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub repo_id: String,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub repo_type: Option<String>,
    /// Also the refs of pull requests.
    pub include_pull_requests: bool,
}

impl Endpoint for ListRepoRefsCall {
    type Output = GitRefs;

    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, self.repo_type.as_deref())?;
        let prs = self.include_pull_requests.then_some(1);
        Ok(Request::get(format!("{}/refs", repo.api())).query_opt("include_prs", prs))
    }

    fn decode(&self, reply: Reply, _api: &HfApi) -> Result<GitRefs> {
        let mut refs: GitRefs = reply.json()?;
        if !self.include_pull_requests {
            refs.pull_requests = None;
        }
        Ok(refs)
    }
}
