use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, LOCATION,
    PROXY_AUTHORIZATION,
};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use tower::{Layer, Service};

use super::retry::duplicate;
use crate::body::Body;
use crate::endpoint::Endpoint;
use crate::error::{BoxError, Error, ErrorKind, Repeat};
use crate::marks::{Marks, RedirectMode, Trail};
use crate::origin::Origin;

/// The bound of Python's client.
const MAX_HOPS: usize = 20;

/// Follows redirects, as each request's [`RedirectMode`] says.
///
/// `Location` may be relative, and one of the public Hub means the endpoint. 307 and 308 keep method
/// and body (so does the Hub answer a `POST` to a renamed repository), 301, 302 and 303 turn a `POST`
/// into a `GET`. When a hop changes the origin (scheme, host or port), the token, cookies and
/// all headers marked sensitive stay behind for good. More than 20 hops, or an address seen before,
/// is a `Redirect` error.
///
/// It is inside auth, which therefore does not put the token back, and outside the per-attempt layers,
/// which see every hop. `tower_http::follow_redirect` does not fit: it cannot move a `Location` to the
/// endpoint, and it needs an IDNA table of twenty crates.
///
/// ```
/// use hf_transport::{Body, Endpoint, Trail, layers::RedirectLayer};
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
/// assert_eq!(response.extensions().get::<Trail>().unwrap().url, "https://hub.test/new");
/// # Ok::<(), hf_transport::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct RedirectLayer {
    endpoint: Endpoint,
}

impl RedirectLayer {
    /// A layer for this endpoint.
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
        .get::<Marks>()
        .map(|marks| marks.redirect)
        .unwrap_or_default();
    let mut visited: Vec<(Method, Uri)> = Vec::new();
    loop {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let copy = (mode != RedirectMode::None).then(|| head_and_body(&request));
        let fail = |why: &str| failure(why, &method, &uri);
        let mut response = inner
            .call(request)
            .await
            .map_err(|error| Error::from(error.into()).with_request(&method, &uri.to_string()))?;
        response.extensions_mut().insert(Trail::new(uri.clone()));
        let (Some(copy), Some(location)) = (copy, location(&response)) else {
            return Ok(response);
        };
        let target = endpoint
            .resolve(&uri, &location)
            .map_err(|why| fail(&why))?;
        let leaves = Origin::of(&uri).is_none_or(|origin| !origin.contains(&target));
        if mode == RedirectMode::SameOrigin && leaves && !endpoint.origin().contains(&target) {
            return Ok(response);
        }
        let (next_method, mut next) = match (response.status(), &method) {
            (StatusCode::SEE_OTHER, &Method::HEAD | &Method::GET) => (method.clone(), copy),
            (StatusCode::SEE_OTHER, _)
            | (StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND, &Method::POST) => {
                (Method::GET, copy.without_body())
            }
            _ => (method.clone(), copy),
        };
        if leaves {
            strip_secrets(&mut next.head.headers);
        }
        next.head.headers.remove(HOST);
        let Some(body) = next.body else {
            return Err(fail("the body cannot be sent a second time").into());
        };
        visited.push((method.clone(), uri.clone()));
        if visited.contains(&(next_method.clone(), target.clone())) {
            return Err(fail("it leads in a circle").into());
        }
        if visited.len() > MAX_HOPS {
            return Err(fail("there are more than 20 in a row").into());
        }
        next.head.method = next_method;
        next.head.uri = target;
        request = Request::from_parts(next.head, body);
        std::future::poll_fn(|cx| inner.poll_ready(cx))
            .await
            .map_err(Into::into)?;
    }
}

/// What the next hop is made from; no body: it cannot be sent again.
struct Copy {
    head: http::request::Parts,
    body: Option<Body>,
}

impl Copy {
    fn without_body(mut self) -> Self {
        for name in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING] {
            self.head.headers.remove(name);
        }
        self.body = Some(Body::empty());
        self
    }
}

fn head_and_body(request: &Request<Body>) -> Copy {
    if let Some(copy) = duplicate(request) {
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

fn strip_secrets(headers: &mut HeaderMap) {
    for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
        headers.remove(name);
    }
    let secret: Vec<_> = headers
        .iter()
        .filter(|(_, value)| value.is_sensitive())
        .map(|(name, _)| name.clone())
        .collect();
    for name in secret {
        headers.remove(name);
    }
}

fn failure(why: &str, method: &Method, uri: &Uri) -> Error {
    Error::new(
        ErrorKind::Redirect,
        format!("a redirect is not followed: {why}"),
    )
    .with_repeat(Repeat::Never)
    .with_request(method, &uri.to_string())
}
