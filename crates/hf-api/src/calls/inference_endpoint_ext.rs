//! Calls on an Inference Endpoint at hand.

use std::future::IntoFuture;
use std::time::Duration;

use hf_types::InferenceEndpoint;

use super::inference_endpoints::{
    DeleteInferenceEndpointCall, GetInferenceEndpointCall, PauseInferenceEndpointCall,
    ResumeInferenceEndpointCall, ScaleToZeroInferenceEndpointCall,
};
use super::update_inference_endpoint::UpdateInferenceEndpointCall;
use super::waiting::Waiting;
use crate::{CallFuture, Error, ErrorKind, HfApi, Request, Result};

/// The calls on an Inference Endpoint, with its name and namespace filled in.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use std::time::Duration;
/// use hf_api::calls::inference_endpoint_ext::InferenceEndpointExt;
/// let endpoint = api.get_inference_endpoint("my-endpoint").await?;
/// let resumed = endpoint.resume(&api).await?;
/// let ready = resumed.wait(&api).timeout(Duration::from_secs(600)).await?;
/// ready.pause(&api).await?;
/// # Ok(()) }
/// ```
pub trait InferenceEndpointExt {
    /// Reads it anew.
    fn fetch(&self, api: &HfApi) -> GetInferenceEndpointCall;

    /// Changes it.
    fn update(&self, api: &HfApi) -> UpdateInferenceEndpointCall;

    /// Pauses it.
    fn pause(&self, api: &HfApi) -> PauseInferenceEndpointCall;

    /// Resumes it.
    fn resume(&self, api: &HfApi) -> ResumeInferenceEndpointCall;

    /// Stops all its replicas until the next request.
    fn scale_to_zero(&self, api: &HfApi) -> ScaleToZeroInferenceEndpointCall;

    /// Deletes it.
    fn delete(&self, api: &HfApi) -> DeleteInferenceEndpointCall;

    /// Waits until it runs and says that it is well.
    fn wait(&self, api: &HfApi) -> InferenceEndpointWait;
}

impl InferenceEndpointExt for InferenceEndpoint {
    fn fetch(&self, api: &HfApi) -> GetInferenceEndpointCall {
        api.get_inference_endpoint(&self.name)
            .namespace(&self.namespace)
    }

    fn update(&self, api: &HfApi) -> UpdateInferenceEndpointCall {
        api.update_inference_endpoint(&self.name)
            .namespace(&self.namespace)
    }

    fn pause(&self, api: &HfApi) -> PauseInferenceEndpointCall {
        api.pause_inference_endpoint(&self.name)
            .namespace(&self.namespace)
    }

    fn resume(&self, api: &HfApi) -> ResumeInferenceEndpointCall {
        api.resume_inference_endpoint(&self.name)
            .namespace(&self.namespace)
    }

    fn scale_to_zero(&self, api: &HfApi) -> ScaleToZeroInferenceEndpointCall {
        api.scale_to_zero_inference_endpoint(&self.name)
            .namespace(&self.namespace)
    }

    fn delete(&self, api: &HfApi) -> DeleteInferenceEndpointCall {
        api.delete_inference_endpoint(&self.name)
            .namespace(&self.namespace)
    }

    fn wait(&self, api: &HfApi) -> InferenceEndpointWait {
        InferenceEndpointWait {
            api: api.clone(),
            endpoint: self.clone(),
            timeout: None,
            refresh_every: Duration::from_secs(5),
        }
    }
}

/// Waits for an Inference Endpoint; see [`InferenceEndpointExt::wait`].
///
/// # Errors
/// `Timeout` if it does not run after `timeout`; `InferenceEndpoint` if it
/// failed.
#[derive(Debug, Clone)]
#[must_use = "it does nothing until it is awaited"]
pub struct InferenceEndpointWait {
    api: HfApi,
    endpoint: InferenceEndpoint,
    timeout: Option<Duration>,
    refresh_every: Duration,
}

impl InferenceEndpointWait {
    /// The longest to wait; for ever otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The time between two looks; five seconds otherwise.
    pub fn refresh_every(mut self, every: Duration) -> Self {
        self.refresh_every = every;
        self
    }

    /// Blocks this thread until it is there, also inside an async runtime.
    ///
    /// # Errors
    /// As above.
    pub fn wait(self) -> Result<InferenceEndpoint> {
        crate::blocking::wait(self.into_future())
    }

    async fn run(self) -> Result<InferenceEndpoint> {
        let Self {
            api, mut endpoint, ..
        } = self;
        if self.refresh_every.is_zero() {
            return Err(Error::validation("`refresh_every` is a time above 0"));
        }
        let waiting = Waiting::durations(self.timeout, self.refresh_every);
        loop {
            if endpoint.is_failed() {
                return Err(Error::new(
                    ErrorKind::InferenceEndpoint,
                    format!(
                        "the Inference Endpoint {} is in state {}",
                        endpoint.name, endpoint.status
                    ),
                )
                .with_hint("Its log says why: https://endpoints.huggingface.co"));
            }
            if is_well(&api, &endpoint).await? {
                return Ok(endpoint);
            }
            waiting
                .pause(|| {
                    let status = &endpoint.status;
                    format!("the Inference Endpoint {} is still {status}", endpoint.name)
                })
                .await?;
            endpoint = endpoint.fetch(&api).await?;
        }
    }
}

impl IntoFuture for InferenceEndpointWait {
    type Output = Result<InferenceEndpoint>;
    type IntoFuture = CallFuture<InferenceEndpoint>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// Whether it runs and answers.
async fn is_well(api: &HfApi, endpoint: &InferenceEndpoint) -> Result<bool> {
    let Some(health) = endpoint.health_url().filter(|_| endpoint.is_running()) else {
        return Ok(false);
    };
    // One's own endpoint asks for the token as the service that runs it does.
    let mut request = Request::get(&health)
        .idempotent(false)
        .operation("inference_endpoint_health");
    if health.starts_with("https://") {
        request = request.trusted();
    }
    match api.fetch(request).await {
        Ok(response) => Ok(response.status().as_u16() == 200),
        Err(error) if error.status().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}
