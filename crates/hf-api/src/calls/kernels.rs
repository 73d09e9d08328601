//! Kernels.

use hf_types::{KernelInfo, Param, RepoId, RepoType, Revision};

use super::models::info_request;
use super::support::Repo;
use crate::call::{Arg, Context, Endpoint};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Information on one kernel repository.
///
/// `GET /api/kernels/{repo_id}` or
/// `/api/kernels/{repo_id}/revision/{revision}`.
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = KernelInfo, timeout)]
pub struct KernelInfoCall {
    #[call(context)]
    ctx: Context,
    /// The kernel: `user/name`.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// A branch, tag or commit; `main` otherwise.
    pub(super) revision: Arg<Revision>,
}

impl Endpoint for KernelInfoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::of(&self.repo_id, RepoType::Kernel)?;
        info_request(&repo, &self.revision)
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<KernelInfo> {
        response.json()
    }
}

/// # Kernels
impl HfApi {
    kernel_info!();
}
