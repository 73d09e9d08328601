//! Hardware of Spaces, and the ZeroGPU quota.

use hf_types::{JobHardwareInfo, ZeroGpuQuota};

use super::support::has_status;
use crate::call::{Context, SingleRequest};
use crate::{BufferedResponse, Call, Error, ErrorKind, HfApi, Request, Result};

/// Lists the hardware that Spaces can run on, with its price.
///
/// `GET /api/spaces/hardware`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for hardware in api.list_spaces_hardware().await? {
///     println!("{}: {}, {}", hardware.name, hardware.cpu, hardware.ram);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` for an error status of the Hub.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<JobHardwareInfo>)]
pub struct ListSpacesHardwareCall {
    #[call(context)]
    ctx: Context,
}

impl SingleRequest for ListSpacesHardwareCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/spaces/hardware"))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Vec<JobHardwareInfo>> {
        response.json()
    }
}

/// Returns how many seconds of ZeroGPU the token's user may still use.
///
/// `GET /api/spaces/zero-gpu/quota`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let quota = api.get_zero_gpu_quota().await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Unauthorized` without a valid token.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ZeroGpuQuota)]
pub struct GetZeroGpuQuotaCall {
    #[call(context)]
    ctx: Context,
}

impl SingleRequest for GetZeroGpuQuotaCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/spaces/zero-gpu/quota"))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<ZeroGpuQuota> {
        response.json()
    }

    fn recover(&self, error: Error, _api: &HfApi) -> Result<ZeroGpuQuota> {
        // By its path it could be a Space that is not there.
        if has_status(&error, 401) {
            return Err(error
                .with_kind(ErrorKind::Unauthorized)
                .with_hint("A valid token is needed: https://huggingface.co/settings/tokens"));
        }
        Err(error)
    }
}

/// # Hardware of Spaces
impl HfApi {
    list_spaces_hardware!();
    get_zero_gpu_quota!();
}
