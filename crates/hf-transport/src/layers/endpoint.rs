use std::task::{Context, Poll};

use http::{Request, Uri};
use tower::{Layer, Service};

use super::LayerFuture;
use crate::endpoint::Endpoint;
use crate::error::{BoxError, Error};

/// Sends relative requests to the configured Hub, and addresses of the public Hub there, too.
///
/// It is outside redirects and retries, which need an absolute address, and inside everything that a
/// user puts around a call, which sees the Hub's own paths whatever the endpoint.
///
/// ```
/// use hf_transport::{Body, Endpoint, layers::EndpointLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let hub = EndpointLayer::new(Endpoint::parse("https://mirror.test/hf")?);
/// let wire = service_fn(|request: http::Request<Body>| async move {
///     Ok::<_, std::convert::Infallible>(http::Response::new(request.uri().to_string()))
/// });
/// let request = http::Request::get("/api/models").body(Body::empty()).unwrap();
/// let response = hub.layer(wire).oneshot(request).await.unwrap();
/// assert_eq!(response.body(), "https://mirror.test/hf/api/models");
/// # Ok::<(), hf_transport::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct EndpointLayer {
    endpoint: Endpoint,
}

impl EndpointLayer {
    /// A layer for this endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }
}

impl<S> Layer<S> for EndpointLayer {
    type Service = WithEndpoint<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WithEndpoint {
            inner,
            endpoint: self.endpoint.clone(),
        }
    }
}

/// The service of [`EndpointLayer`].
#[derive(Debug, Clone)]
pub struct WithEndpoint<S> {
    inner: S,
    endpoint: Endpoint,
}

impl<S, B> Service<Request<B>> for WithEndpoint<S>
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match absolute(&self.endpoint, request.uri()) {
            Ok(Some(uri)) => *request.uri_mut() = uri,
            Ok(None) => {}
            Err(error) => return LayerFuture::refuse(error),
        }
        LayerFuture::pass(self.inner.call(request))
    }
}

/// The address a target stands for; `None` if it is that already.
fn absolute(endpoint: &Endpoint, target: &Uri) -> Result<Option<Uri>, Error> {
    let text = if target.scheme().is_none() {
        let Some(path) = target
            .path_and_query()
            .filter(|pq| pq.as_str().starts_with('/'))
        else {
            return Err(Error::validation(format!(
                "`{target}` is no path and no address"
            )));
        };
        endpoint.join(path.as_str())
    } else {
        match endpoint.rewrite(&target.to_string()) {
            std::borrow::Cow::Borrowed(_) => return Ok(None),
            std::borrow::Cow::Owned(text) => text,
        }
    };
    Uri::try_from(text)
        .map(Some)
        .map_err(|error| Error::validation(format!("`{target}` makes no address: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_become_addresses() {
        let plain = Endpoint::parse("http://h:1").unwrap();
        let prefixed = Endpoint::parse("https://h/a/b").unwrap();
        for (endpoint, target, expected) in [
            (&plain, "/api/x?y=1", Some("http://h:1/api/x?y=1")),
            (&prefixed, "/api/x?y=1", Some("https://h/a/b/api/x?y=1")),
            (&prefixed, "/", Some("https://h/a/b/")),
            (
                &prefixed,
                "https://huggingface.co/api/x",
                Some("https://h/a/b/api/x"),
            ),
            (&prefixed, "https://h/other", None),
            (&plain, "https://cdn.test/x?sig=1", None),
        ] {
            let uri = absolute(endpoint, &target.parse().unwrap()).unwrap();
            assert_eq!(
                uri.map(|uri| uri.to_string()).as_deref(),
                expected,
                "{target}"
            );
        }
        assert!(absolute(&plain, &"host:1".parse().unwrap()).is_err());
        assert!(absolute(&plain, &"*".parse().unwrap()).is_err());
    }
}
