use std::task::{Context, Poll};

use http::{HeaderMap, HeaderValue, Request, header::USER_AGENT};
use tower::{Layer, Service};

/// Sets headers that a request does not have: the user agent, and defaults of the user's.
///
/// It is outside retry: the headers are the same for every attempt. What the request itself says wins.
///
/// ```
/// use hf_transport::{Body, layers::{HeadersLayer, user_agent}};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let layer = HeadersLayer::new(user_agent(Some("my-app/1.0"), None));
/// let wire = service_fn(|request: http::Request<Body>| async move {
///     Ok::<_, std::convert::Infallible>(http::Response::new(request.headers().clone()))
/// });
/// let response = layer.layer(wire).oneshot(http::Request::new(Body::empty())).await.unwrap();
/// assert!(response.body()["user-agent"].to_str().unwrap().starts_with("my-app/1.0; hf-rust/"));
/// # });
/// ```
#[derive(Debug, Clone, Default)]
pub struct HeadersLayer {
    headers: HeaderMap,
}

impl HeadersLayer {
    /// A layer that sets the user agent.
    pub fn new(user_agent: HeaderValue) -> Self {
        let mut headers = HeaderMap::with_capacity(1);
        headers.insert(USER_AGENT, user_agent);
        Self { headers }
    }

    /// Sets these, too.
    pub fn and(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }
}

/// `product; hf-rust/VERSION; origin/ORIGIN`, in the grammar of `huggingface_hub`'s user agents.
///
/// Characters that a header cannot carry are left out.
pub fn user_agent(product: Option<&str>, origin: Option<&str>) -> HeaderValue {
    let own = concat!("hf-rust/", env!("CARGO_PKG_VERSION"));
    let mut parts: Vec<String> = Vec::new();
    let product = product.unwrap_or("unknown/None").split(';');
    let all = product
        .map(str::to_owned)
        .chain([own.to_owned()])
        .chain(origin.map(|origin| format!("origin/{origin}")));
    for part in all {
        let part: String = part.chars().filter(|c| matches!(c, ' '..='~')).collect();
        let part = part.trim();
        if !part.is_empty() && !parts.iter().any(|known| known == part) {
            parts.push(part.to_owned());
        }
    }
    HeaderValue::try_from(parts.join("; ")).unwrap_or(HeaderValue::from_static(own))
}

impl<S> Layer<S> for HeadersLayer {
    type Service = Headers<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Headers {
            inner,
            headers: self.headers.clone(),
        }
    }
}

/// The service of [`HeadersLayer`].
#[derive(Debug, Clone)]
pub struct Headers<S> {
    inner: S,
    headers: HeaderMap,
}

impl<S, B> Service<Request<B>> for Headers<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        for (name, value) in &self.headers {
            request
                .headers_mut()
                .entry(name)
                .or_insert_with(|| value.clone());
        }
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents() {
        let own = concat!("hf-rust/", env!("CARGO_PKG_VERSION"));
        for (product, origin, expected) in [
            (None, None, format!("unknown/None; {own}")),
            (Some("a/1; b/2"), None, format!("a/1; b/2; {own}")),
            (Some("a/1; a/1"), Some("x"), format!("a/1; {own}; origin/x")),
            (Some("a\n/1\u{fc}"), None, format!("a/1; {own}")),
        ] {
            assert_eq!(user_agent(product, origin), expected.as_str());
        }
    }

    #[tokio::test]
    async fn what_the_request_says_wins() {
        use tower::ServiceExt;
        let mut more = HeaderMap::new();
        more.insert("x-hf-bill-to", HeaderValue::from_static("org"));
        let layer = HeadersLayer::new(HeaderValue::from_static("default")).and(more);
        let wire = tower::service_fn(|request: Request<()>| async move {
            Ok::<_, std::convert::Infallible>(request.headers().clone())
        });
        let request = Request::get("/")
            .header(USER_AGENT, "mine")
            .body(())
            .unwrap();
        let seen = layer.layer(wire).oneshot(request).await.unwrap();
        assert_eq!(
            (&seen["user-agent"], &seen["x-hf-bill-to"]),
            (
                &HeaderValue::from_static("mine"),
                &HeaderValue::from_static("org")
            )
        );
    }
}
