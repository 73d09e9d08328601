use std::task::{Context, Poll};

use http::Request;
use tower::{Layer, Service};

use super::LayerFuture;
use crate::error::{BoxError, Error, ErrorKind};
use crate::redact::redact_url;

/// Refuses every request while offline mode is on.
///
/// It is inside the user's per-call layers, so that a cache can still answer, and outside retry.
///
/// ```
/// use hf_transport::{Body, Error, ErrorKind, layers::OfflineLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let wire = service_fn(|_: http::Request<Body>| async {
///     Ok::<_, std::convert::Infallible>(http::Response::new(()))
/// });
/// let request = http::Request::get("https://huggingface.co/api/models").body(Body::empty()).unwrap();
/// let error = OfflineLayer::new(true).layer(wire).oneshot(request).await.unwrap_err();
/// assert_eq!(Error::from(error).kind(), ErrorKind::OfflineMode);
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OfflineLayer {
    offline: bool,
}

impl OfflineLayer {
    /// `true`: nothing passes.
    pub fn new(offline: bool) -> Self {
        Self { offline }
    }
}

impl<S> Layer<S> for OfflineLayer {
    type Service = Offline<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Offline {
            inner,
            offline: self.offline,
        }
    }
}

/// The service of [`OfflineLayer`].
#[derive(Debug, Clone)]
pub struct Offline<S> {
    inner: S,
    offline: bool,
}

impl<S, B> Service<Request<B>> for Offline<S>
where
    S: Service<Request<B>>,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = LayerFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !self.offline {
            return LayerFuture::pass(self.inner.call(request));
        }
        let url = request.uri().to_string();
        LayerFuture::refuse(
            Error::new(
                ErrorKind::OfflineMode,
                format!("offline mode is on, and this needs {}", redact_url(&url)),
            )
            .with_hint("unset HF_HUB_OFFLINE to use the network"),
        )
    }
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn online_it_stands_aside() {
        let wire =
            tower::service_fn(|_: Request<()>| async { Ok::<_, std::convert::Infallible>(1) });
        let answer = OfflineLayer::new(false)
            .layer(wire)
            .oneshot(Request::new(()))
            .await;
        assert_eq!(answer.unwrap(), 1);
    }
}
