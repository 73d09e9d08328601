//! The hardware that jobs can run on.

use hf_types::JobHardwareInfo;

use crate::call::{Context, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Lists the hardware that jobs can run on, with its price.
///
/// `GET /api/jobs/hardware`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for hardware in api.list_jobs_hardware().await? {
///     println!("{}: {}, {}", hardware.name, hardware.cpu, hardware.ram);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` for an error status of the Hub.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<JobHardwareInfo>)]
pub struct ListJobsHardwareCall {
    #[call(context)]
    ctx: Context,
}

impl SingleRequest for ListJobsHardwareCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/jobs/hardware"))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Vec<JobHardwareInfo>> {
        response.json()
    }
}

/// # Hardware of jobs
impl HfApi {
    list_jobs_hardware!();
}
