//! Kernels.

use hf_types::{KernelInfo, Param, RepoId, RepoType, Revision};

use super::models::info_request;
use super::support::Repo;
use crate::call::{Arg, Context, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Returns information about a kernel repository.
///
/// `GET /api/kernels/{repo_id}`, or
/// `GET /api/kernels/{repo_id}/revision/{revision}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let info = api.kernel_info("kernels-community/activation").await?;
/// println!("{}", info.id);
/// # Ok(()) }
/// ```
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
    /// The branch, tag or commit. By default, `main`.
    pub(super) revision: Arg<Revision>,
}

impl SingleRequest for KernelInfoCall {
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
