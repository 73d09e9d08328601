//! The last service of the stack: hyper's pooling client.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::PROXY_AUTHORIZATION;
use http::{Request, Response};
use http_body::Frame;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::runtime::Handle;
use tower::Service;

use super::base::{Base, BoxConnector};
use super::connector::Connector;
use super::dns::{BoxResolver, Resolver};
use super::pools::Pools;
use super::proxy::ProxyRules;
use super::tls::Tls;
use crate::body::{Body, ResponseBody};
use crate::config::Proxies;
use crate::error::{BoxError, Error, Result, Retryability};
use crate::service::BoxService;

/// Idle connections are closed before the servers and load balancers in front of the Hub drop them, which
/// they do after about a minute.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// The maximum number of headers in a response. Some servers send more than hyper's default limit of 100.
const MAX_HEADERS: usize = 512;

/// The throughput of a download over one HTTP/2 stream is at most its window divided by the latency. hyper's
/// 64 KiB would allow 1.6 MB/s at 40 ms.
#[cfg(feature = "http2")]
const H2_STREAM_WINDOW: u32 = 4 << 20;
#[cfg(feature = "http2")]
const H2_CONNECTION_WINDOW: u32 = 16 << 20;
/// A connection that does not respond to a ping for this long is closed.
#[cfg(feature = "http2")]
const H2_PING: Duration = Duration::from_secs(20);

pub(crate) struct HyperSettings {
    pub(crate) proxies: Proxies,
    pub(crate) ca_bundle: Vec<PathBuf>,
    pub(crate) http2: bool,
    pub(crate) connect_timeout: Duration,
    pub(crate) connector: Option<BoxConnector>,
    pub(crate) resolver: Option<BoxResolver>,
    pub(crate) addresses: HashMap<String, Vec<IpAddr>>,
}

/// Creates the HTTP client. No runtime is needed to create it, and it can be used on several runtimes.
///
/// # Errors
/// Returns `Validation` for an unusable proxy.
pub(crate) fn hyper_service(settings: HyperSettings) -> Result<BoxService> {
    let resolver = Resolver::new(settings.addresses, settings.resolver);
    let base = match settings.connector {
        Some(connector) => Base::Custom(connector),
        None => Base::tcp(resolver.clone()),
    };
    let connector = Connector::new(
        base,
        resolver,
        ProxyRules::new(&settings.proxies)?,
        Tls::new(settings.ca_bundle, settings.http2),
        settings.connect_timeout,
    );
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(POOL_IDLE)
        .http1_max_headers(MAX_HEADERS);
    #[cfg(feature = "http2")]
    builder
        .http2_initial_stream_window_size(H2_STREAM_WINDOW)
        .http2_initial_connection_window_size(H2_CONNECTION_WINDOW)
        .http2_keep_alive_interval(H2_PING)
        .http2_keep_alive_timeout(H2_PING);
    Ok(BoxService::new(HyperService {
        pools: Pools::new(builder, connector.clone()),
        connector,
    }))
}

#[derive(Clone)]
struct HyperService {
    pools: Arc<Pools>,
    connector: Connector,
}

impl Service<Request<Body>> for HyperService {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> ResponseFuture {
        let client = match Handle::try_current() {
            Ok(here) => self.pools.of(&here),
            Err(_) => Err(crate::runtime::none()),
        };
        let client = match client {
            Ok(client) => client,
            Err(error) => return ResponseFuture::Refused(Some(error)),
        };
        if let Some(auth) = self.connector.forward_auth(request.uri()) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, auth);
        }
        ResponseFuture::Sent(client.request(request))
    }
}

enum ResponseFuture {
    Sent(legacy::ResponseFuture),
    Refused(Option<Error>),
}

impl Future for ResponseFuture {
    type Output = Result<Response<ResponseBody>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Sent(response) => Pin::new(response).poll(cx).map(|result| match result {
                Ok(response) => Ok(response.map(|body| ResponseBody::new(Incoming(body)))),
                Err(error) => Err(request_error(error).into()),
            }),
            Self::Refused(error) => match error.take() {
                Some(error) => Poll::Ready(Err(error.into())),
                None => Poll::Pending,
            },
        }
    }
}

/// hyper's response body, with errors of this crate.
struct Incoming(hyper::body::Incoming);

impl http_body::Body for Incoming {
    type Data = bytes::Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, BoxError>>> {
        Pin::new(&mut self.0).poll_frame(cx).map_err(|error| {
            Error::network(format!(
                "the response was cut off: {}",
                crate::error::display_chain(&error)
            ))
            .with_source(error)
            .into()
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.size_hint()
    }
}

/// Converts the error of a request that received no response.
fn request_error(error: legacy::Error) -> Error {
    let known = crate::error::chain(&error).find_map(|cause| cause.downcast_ref::<Error>());
    if let Some(known) = known {
        return known.clone().with_source(error);
    }
    let refused = crate::error::chain(&error).any(was_refused);
    let text = crate::error::display_chain(&error);
    Error::network(format!("the connection failed: {text}"))
        .with_retryability(if refused {
            Retryability::Always
        } else {
            Retryability::IfIdempotent
        })
        .with_source(error)
}

/// Returns whether the server said that it did not process the request.
#[cfg(feature = "http2")]
fn was_refused(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<h2::Error>().is_some_and(|error| {
        error.reason() == Some(h2::Reason::REFUSED_STREAM)
            || (error.is_go_away()
                && error.is_remote()
                && error.reason() == Some(h2::Reason::NO_ERROR))
    })
}

#[cfg(not(feature = "http2"))]
fn was_refused(_: &(dyn std::error::Error + 'static)) -> bool {
    false
}
