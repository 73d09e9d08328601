//! Calls on an Inference Endpoint that was returned by another call.

use std::future::IntoFuture;

use hf_types::InferenceEndpoint;

use super::inference_endpoints::{
    DeleteInferenceEndpointCall, GetInferenceEndpointCall, PauseInferenceEndpointCall,
    ResumeInferenceEndpointCall, ScaleToZeroInferenceEndpointCall,
};
use super::poll::PollLoop;
use super::update_inference_endpoint::UpdateInferenceEndpointCall;
use crate::call::Seconds;
use crate::{CallFuture, Error, ErrorKind, HfApi, Request, Result};

/// The domain of deployed Inference Endpoints.
const INFERENCE_ENDPOINTS_DOMAIN: &str = ".endpoints.huggingface.cloud";

/// Makes calls on an Inference Endpoint, with its name and namespace filled in.
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
    /// Fetches its current state.
    fn fetch(&self, api: &HfApi) -> GetInferenceEndpointCall;

    /// Changes its settings.
    fn update(&self, api: &HfApi) -> UpdateInferenceEndpointCall;

    /// Pauses it.
    fn pause(&self, api: &HfApi) -> PauseInferenceEndpointCall;

    /// Resumes it.
    fn resume(&self, api: &HfApi) -> ResumeInferenceEndpointCall;

    /// Stops all its replicas until the next request.
    fn scale_to_zero(&self, api: &HfApi) -> ScaleToZeroInferenceEndpointCall;

    /// Deletes it.
    fn delete(&self, api: &HfApi) -> DeleteInferenceEndpointCall;

    /// Waits until it runs and its health route responds with 200.
    ///
    /// The token is sent to that route only where the URL is one of the service
    /// (`*.endpoints.huggingface.cloud`), as the URL came from a response.
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
            refresh_every: 5.into(),
        }
    }
}

/// A call that waits for an Inference Endpoint, made by
/// [`InferenceEndpointExt::wait`].
///
/// # Errors
/// `Timeout` if it does not run after `timeout`; `InferenceEndpoint` if it
/// failed.
#[derive(Debug, Clone)]
#[must_use = "it does nothing until it is awaited"]
pub struct InferenceEndpointWait {
    api: HfApi,
    endpoint: InferenceEndpoint,
    timeout: Option<Seconds>,
    refresh_every: Seconds,
}

impl InferenceEndpointWait {
    /// Sets the longest time to wait, as a `Duration` or a number of seconds.
    /// By default, there is no limit.
    pub fn timeout(mut self, timeout: impl Into<Seconds>) -> Self {
        self.timeout = Some(timeout.into());
        self
    }

    /// Sets the time between two checks, as a `Duration` or a number of
    /// seconds. By default, five seconds.
    pub fn refresh_every(mut self, every: impl Into<Seconds>) -> Self {
        self.refresh_every = every.into();
        self
    }

    /// Blocks this thread until the endpoint is ready, also inside an async
    /// runtime.
    ///
    /// # Errors
    /// Those of the call; see [`InferenceEndpointWait`].
    pub fn wait(self) -> Result<InferenceEndpoint> {
        crate::blocking::wait(self.send())
    }

    /// Returns the future of this call.
    pub fn send(self) -> CallFuture<InferenceEndpoint> {
        Box::pin(crate::blocking::Anywhere::new(self.run()))
    }

    async fn run(self) -> Result<InferenceEndpoint> {
        let Self {
            api, mut endpoint, ..
        } = self;
        let poll = PollLoop::new(self.timeout, ("refresh_every", self.refresh_every))?;
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
            poll.pause(|| {
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
        self.send()
    }
}

/// Returns whether it runs and its health route responds with 200.
async fn is_well(api: &HfApi, endpoint: &InferenceEndpoint) -> Result<bool> {
    let Some(health) = endpoint.health_url().filter(|_| endpoint.is_running()) else {
        return Ok(false);
    };
    let mut request = Request::get(&health)
        .idempotent(false)
        .operation("inference_endpoint_health");
    if may_see_token(&health) {
        request = request.trusted();
    }
    match api.fetch(request).await {
        Ok(response) => Ok(response.status().as_u16() == 200),
        Err(error) if error.status().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the URL, which came from a response, is one of the service that runs
/// Inference Endpoints. Any other host must not see the token.
fn may_see_token(url: &str) -> bool {
    url.parse::<http::Uri>().is_ok_and(|url| {
        url.scheme() == Some(&http::uri::Scheme::HTTPS)
            && url
                .authority()
                .is_some_and(|authority| !authority.as_str().contains('@'))
            && url.host().is_some_and(|host| {
                host.to_ascii_lowercase()
                    .ends_with(INFERENCE_ENDPOINTS_DOMAIN)
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_service_of_inference_endpoints_sees_the_token() {
        for (url, trusted) in [
            (
                "https://abc.us-east-1.aws.endpoints.huggingface.cloud/health",
                true,
            ),
            ("https://ABC.aws.Endpoints.HuggingFace.Cloud/", true),
            (
                "http://abc.us-east-1.aws.endpoints.huggingface.cloud/health",
                false,
            ),
            (
                "https://endpoints.huggingface.cloud.evil.example/health",
                false,
            ),
            ("https://evilendpoints.huggingface.cloud/health", false),
            (
                "https://abc.endpoints.huggingface.cloud@evil.example/",
                false,
            ),
            (
                "https://evil.example/abc.endpoints.huggingface.cloud",
                false,
            ),
            ("https://127.0.0.1:8080/", false),
            ("not a url", false),
        ] {
            assert_eq!(may_see_token(url), trusted, "{url}");
        }
    }
}
