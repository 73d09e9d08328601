//! The runtime of Spaces: hardware, sleep time, restarts.

use hf_types::{Param, RepoId, RepoType, SpaceHardware, SpaceRuntime};
use serde_json::{Map, json};

use super::poll::PollLoop;
use super::support::{Repo, put};
use crate::call::{Context, Operation, Seconds, SingleRequest, SleepTime};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Returns the runtime of a Space: its stage, its hardware, its sleep time.
///
/// `GET /api/spaces/{repo_id}/runtime`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let runtime = api.get_space_runtime("user/name").await?;
/// println!("{} on {:?}", runtime.stage, runtime.hardware);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = SpaceRuntime)]
pub struct GetSpaceRuntimeCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
}

impl SingleRequest for GetSpaceRuntimeCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get(space(&self.repo_id, "runtime")?))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<SpaceRuntime> {
        response.json()
    }
}

/// Waits until a Space is no longer being built or started: it runs, has
/// failed, sleeps or is paused.
///
/// `GET /api/spaces/{repo_id}/runtime`, once per `poll_interval`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let runtime = api.wait_for_space("user/name").timeout(600).await?;
/// println!("{}", runtime.stage);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Timeout` if it is still being built or started after `timeout`;
/// `RepositoryNotFound`; `Validation` for a negative time.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = SpaceRuntime)]
pub struct WaitForSpaceCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The maximum time to wait: a `Duration`, or seconds. By default, there is
    /// no limit.
    timeout: Option<Seconds>,
    /// The time between two requests: a `Duration`, or seconds.
    #[call(default = 1.0.into())]
    poll_interval: Seconds,
}

impl Operation for WaitForSpaceCall {
    async fn run(self, api: HfApi) -> Result<SpaceRuntime> {
        let poll = PollLoop::new(self.timeout, ("poll_interval", self.poll_interval))?;
        let space = Repo::of(&self.repo_id, RepoType::Space)?.id;
        loop {
            let runtime = api.get_space_runtime(self.repo_id.clone()).await?;
            if !runtime.stage.is_intermediate() {
                return Ok(runtime);
            }
            poll.pause(|| format!("the Space {space} is still in stage {}", runtime.stage))
                .await?;
        }
    }
}

/// Requests other hardware for a Space, which restarts on it.
///
/// `POST /api/spaces/{repo_id}/hardware`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.request_space_hardware("user/name", "t4-medium").sleep_time(3600).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Http` (402) if it cannot be paid; `Forbidden` without
/// write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = SpaceRuntime)]
pub struct RequestSpaceHardwareCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The hardware: `cpu-upgrade`, `t4-medium`, ...
    #[call(arg)]
    hardware: SpaceHardware,
    /// The time without requests after which it goes to sleep: a `Duration`,
    /// seconds, or -1 for never.
    sleep_time: Option<SleepTime>,
}

impl SingleRequest for RequestSpaceHardwareCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        if self.sleep_time.is_some() {
            warn_of_free_hardware(Some(&self.hardware));
        }
        let mut body = Map::new();
        body.insert("flavor".to_owned(), self.hardware.as_str().into());
        let sleep = self.sleep_time.map(SleepTime::as_secs);
        put(&mut body, "sleepTimeSeconds", sleep);
        Ok(Request::post(space(&self.repo_id, "hardware")?).json(&body))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<SpaceRuntime> {
        response.json()
    }
}

/// Sets the time after which a Space goes to sleep.
///
/// On free hardware it is 48 hours, whatever is set.
///
/// `POST /api/spaces/{repo_id}/sleeptime`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use std::time::Duration;
/// api.set_space_sleep_time("user/name", Duration::from_secs(3600)).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = SpaceRuntime)]
pub struct SetSpaceSleepTimeCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The time without requests: a `Duration`, seconds, or -1 for never.
    #[call(arg)]
    sleep_time: SleepTime,
}

impl SingleRequest for SetSpaceSleepTimeCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::post(space(&self.repo_id, "sleeptime")?)
            .json(&json!({"seconds": self.sleep_time.as_secs()}))
            .idempotent(true))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<SpaceRuntime> {
        let runtime: SpaceRuntime = response.json()?;
        let hardware = runtime
            .requested_hardware
            .as_ref()
            .or(runtime.hardware.as_ref());
        warn_of_free_hardware(hardware);
        Ok(runtime)
    }
}

/// Warns that a sleep time has no effect on free hardware.
pub(super) fn warn_of_free_hardware(hardware: Option<&SpaceHardware>) {
    if hardware == Some(&SpaceHardware::CpuBasic) {
        tracing::warn!(
            "a Space on the free `cpu-basic` sleeps after 48 hours without requests, whatever \
             its sleep time is"
        );
    }
}

/// Pauses a Space.
///
/// It costs nothing, and stays paused until its owner restarts it.
///
/// `POST /api/spaces/{repo_id}/pause`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.pause_space("user/name").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` for the Space of somebody else;
/// `BadRequest` for a static one.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = SpaceRuntime)]
pub struct PauseSpaceCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
}

impl SingleRequest for PauseSpaceCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::post(space(&self.repo_id, "pause")?).idempotent(true))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<SpaceRuntime> {
        response.json()
    }
}

/// Restarts a Space, also a paused one.
///
/// `POST /api/spaces/{repo_id}/restart`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.restart_space("user/name").factory_reboot(true).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` for the Space of somebody else;
/// `BadRequest` for a static one.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = SpaceRuntime)]
pub struct RestartSpaceCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// Whether to build the Space from scratch, without the caches of earlier
    /// builds.
    factory_reboot: bool,
}

impl SingleRequest for RestartSpaceCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::post(space(&self.repo_id, "restart")?)
            .query_some("factory", self.factory_reboot.then_some("true")))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<SpaceRuntime> {
        response.json()
    }
}

/// Enables the development mode of a Space, in which one can log in to it.
///
/// `POST /api/spaces/{repo_id}/dev-mode`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.enable_space_dev_mode("user/name").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access or without a plan
/// that includes it.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = SpaceRuntime)]
pub struct EnableSpaceDevModeCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
}

impl SingleRequest for EnableSpaceDevModeCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::post(space(&self.repo_id, "dev-mode")?)
            .json(&json!({"enabled": true}))
            .idempotent(true))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<SpaceRuntime> {
        response.json()
    }
}

/// Disables the development mode of a Space.
///
/// `POST /api/spaces/{repo_id}/dev-mode`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.disable_space_dev_mode("user/name").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = SpaceRuntime)]
pub struct DisableSpaceDevModeCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
}

impl SingleRequest for DisableSpaceDevModeCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::post(space(&self.repo_id, "dev-mode")?)
            .json(&json!({"enabled": false}))
            .idempotent(true))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<SpaceRuntime> {
        response.json()
    }
}

/// `/api/spaces/user/name/<what>`.
pub(super) fn space(repo_id: &Param<RepoId>, what: &str) -> Result<String> {
    Ok(format!(
        "{}/{what}",
        Repo::of(repo_id, RepoType::Space)?.api()
    ))
}

/// # Running Spaces
impl HfApi {
    get_space_runtime!();
    wait_for_space!();
    request_space_hardware!();
    set_space_sleep_time!();
    pause_space!();
    restart_space!();
    enable_space_dev_mode!();
    disable_space_dev_mode!();
}
