//! Kernels.

use hf_types::KernelInfo;

use super::models::info_request;
use super::support::Repo;
use crate::call::{Context, Endpoint};
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
    pub(super) repo_id: String,
    /// A branch, tag or commit; `main` otherwise.
    pub(super) revision: Option<String>,
}

impl Endpoint for KernelInfoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, Some("kernel"))?;
        info_request(&repo, self.revision.as_deref())
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<KernelInfo> {
        response.json()
    }
}

/// # Kernels
impl HfApi {
    kernel_info!();
}
