//! Following redirects.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::{AUTHORIZATION, COOKIE, HOST, LOCATION, PROXY_AUTHORIZATION};
use http::{Method, Request, Response, StatusCode, Uri};
use tower::{Layer, Service};

use crate::body::{Body, try_clone_request};
use crate::endpoint::Endpoint;
use crate::error::{BoxError, Error, ErrorKind, Retryability};
use crate::origin::Origin;
use crate::request::{RedirectMode, RequestOptions};
use crate::response::ResponseInfo;

/// The same limit as in Python's client.
const MAX_HOPS: usize = 20;

/// Follows redirects according to the [`RedirectMode`] of each request.
///
/// `Location` may be relative, and a URL of the public Hub is moved to the endpoint. Method and body are kept
/// (the Hub responds to a `POST` to a renamed repository with 307). A 301, 302 or 303 that would turn a
/// `POST` into a `GET`, as browsers do, is a `Redirect` error instead: otherwise the write would be lost
/// while its call reports success. When a hop changes the origin (scheme, host or port), the token, cookies,
/// the headers of the request's options and all headers marked as sensitive are dropped for the remaining
/// hops. More than 20 hops, or a URL visited before, is a `Redirect` error.
///
/// This layer is inside auth, which therefore does not add the token again, and outside the per-attempt
/// layers, which see every hop. `tower_http::follow_redirect` does not fit: it cannot move a `Location` to
/// the endpoint, and it depends on twenty crates of IDNA tables.
///
/// ```
/// use hf_transport::{Body, Endpoint, ResponseInfo, layers::RedirectLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let wire = service_fn(|request: http::Request<Body>| async move {
///     let response = http::Response::builder();
///     Ok::<_, std::convert::Infallible>(match request.uri().path() {
///         "/old" => response.status(307).header("location", "/new").body(()).unwrap(),
///         _ => response.body(()).unwrap(),
///     })
/// });
/// let layer = RedirectLayer::new(Endpoint::parse("https://hub.test")?);
/// let request = http::Request::get("https://hub.test/old").body(Body::empty()).unwrap();
/// let response = layer.layer(wire).oneshot(request).await.unwrap();
/// assert_eq!(response.extensions().get::<ResponseInfo>().unwrap().url(), "https://hub.test/new");
/// # Ok::<(), hf_transport::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct RedirectLayer {
    endpoint: Endpoint,
}

impl RedirectLayer {
    /// Creates a layer that resolves redirects for this endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }
}

impl<S> Layer<S> for RedirectLayer {
    type Service = Redirect<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Redirect {
            inner,
            endpoint: self.endpoint.clone(),
        }
    }
}

/// The service of [`RedirectLayer`].
#[derive(Debug, Clone)]
pub struct Redirect<S> {
    inner: S,
    endpoint: Endpoint,
}

impl<S, B> Service<Request<Body>> for Redirect<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let again = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, again);
        Box::pin(follow(inner, request, self.endpoint.clone()))
    }
}

async fn follow<S, B>(
    mut inner: S,
    mut request: Request<Body>,
    endpoint: Endpoint,
) -> Result<Response<B>, BoxError>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    let mode = request
        .extensions()
        .get::<RequestOptions>()
        .map_or(RedirectMode::Follow, RequestOptions::redirect);
    let mut visited: Vec<Uri> = Vec::new();
    loop {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let copy = (mode != RedirectMode::None).then(|| head_and_body(&request));
        let fail = |why: &str| failure(why, &method, &uri);
        let mut response = inner
            .call(request)
            .await
            .map_err(|error| Error::from(error.into()).with_request(&method, &uri.to_string()))?;
        response
            .extensions_mut()
            .insert(ResponseInfo::new(uri.clone()));
        let (Some(mut next), Some(location)) = (copy, location(&response)) else {
            return Ok(response);
        };
        let target = endpoint
            .resolve(&uri, &location)
            .map_err(|error| fail(&error.to_string()))?;
        let leaves = Origin::of(&uri).is_none_or(|origin| !origin.contains(&target));
        if mode == RedirectMode::SameOrigin && leaves && !endpoint.origin().contains(&target) {
            return Ok(response);
        }
        let status = response.status();
        if loses_write(status, &method) {
            return Err(lost_write(status, &method, &uri, &target).into());
        }
        if leaves {
            strip_secrets(&mut next.head);
        }
        next.head.headers.remove(HOST);
        let Some(body) = next.body else {
            return Err(fail("the request's body cannot be sent a second time").into());
        };
        visited.push(uri.clone());
        if visited.contains(&target) {
            return Err(fail("it leads to a URL that was visited before").into());
        }
        if visited.len() > MAX_HOPS {
            return Err(fail("there were more than 20 in a row").into());
        }
        next.head.uri = target;
        request = Request::from_parts(next.head, body);
        std::future::poll_fn(|cx| inner.poll_ready(cx))
            .await
            .map_err(Into::into)?;
    }
}

/// Returns whether following the redirect would turn a write into a `GET`. A 303 says that the write was done
/// and its result is elsewhere; but a login page in front of a Hub sends the same status, and then nothing
/// was written.
fn loses_write(status: StatusCode, method: &Method) -> bool {
    match status {
        StatusCode::SEE_OTHER => !method.is_safe(),
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => *method == Method::POST,
        _ => false,
    }
}

fn lost_write(status: StatusCode, method: &Method, uri: &Uri, target: &Uri) -> Error {
    let shown = target.to_string();
    let error = failure(
        &format!(
            "{} would turn this {method} into a GET of {}",
            status.as_u16(),
            crate::redact::redact_url(&shown)
        ),
        method,
        uri,
    )
    .with_status(status);
    // If the Hub as a whole has moved, the path relative to it stays the same.
    let moved = shown
        .strip_suffix(uri.path())
        .filter(|_| uri.path() != "/" && target.query().is_none());
    match moved {
        Some(endpoint) => error.with_hint(format!("set the endpoint (HF_ENDPOINT) to {endpoint}")),
        None => error.with_hint(
            "set the endpoint (HF_ENDPOINT) to the URL at which the Hub itself responds",
        ),
    }
}

/// The parts from which the next hop's request is made, if its body can be sent again.
struct Copy {
    head: http::request::Parts,
    body: Option<Body>,
}

fn head_and_body(request: &Request<Body>) -> Copy {
    if let Some(copy) = try_clone_request(request) {
        let (head, body) = copy.into_parts();
        return Copy {
            head,
            body: Some(body),
        };
    }
    let mut bare = Request::new(());
    *bare.headers_mut() = request.headers().clone();
    *bare.extensions_mut() = request.extensions().clone();
    Copy {
        head: bare.into_parts().0,
        body: None,
    }
}

fn location<B>(response: &Response<B>) -> Option<String> {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
        .then(|| response.headers().get(LOCATION))
        .flatten()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn strip_secrets(head: &mut http::request::Parts) {
    for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
        head.headers.remove(name);
    }
    let mut secret: Vec<_> = head
        .headers
        .iter()
        .filter(|(_, value)| value.is_sensitive())
        .map(|(name, _)| name.clone())
        .collect();
    if let Some(options) = head.extensions.get::<RequestOptions>() {
        // The request's own header of the same name has another value.
        let defaults = options.headers();
        let is_default = |name: &&http::HeaderName| head.headers.get(*name) == defaults.get(*name);
        secret.extend(defaults.keys().filter(is_default).cloned());
    }
    for name in secret {
        head.headers.remove(name);
    }
}

fn failure(why: &str, method: &Method, uri: &Uri) -> Error {
    Error::new(
        ErrorKind::Redirect,
        format!("the redirect was not followed: {why}"),
    )
    .with_retryability(Retryability::Never)
    .with_request(method, &uri.to_string())
}
