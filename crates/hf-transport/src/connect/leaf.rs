//! hyper's pooling client as the last service of the stack.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::PROXY_AUTHORIZATION;
use http::{Request, Response};
use http_body::Frame;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::runtime::{self, Handle};
use tower::Service;

use super::dial::Connector;
use super::tls::Tls;
use crate::body::{Body, ResponseBody};

use crate::config::Proxies;
use crate::error::{BoxError, Error, Result, Retryability};
use crate::service::BoxService;

/// Servers and load balancers in front of the Hub drop idle connections after a minute or more.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// Proxies and storages add headers of their own; hyper takes 100 by default, Python's client any number.
const MAX_HEADERS: usize = 512;

/// A download of one HTTP/2 stream is bound by its window over latency; hyper's 64 KiB would allow
/// 1.6 MB/s at 40 ms.
#[cfg(feature = "http2")]
const H2_STREAM_WINDOW: u32 = 4 << 20;
#[cfg(feature = "http2")]
const H2_CONNECTION_WINDOW: u32 = 16 << 20;
/// A connection that answers no ping for this long is given up.
#[cfg(feature = "http2")]
const H2_PING: Duration = Duration::from_secs(20);

/// Runtimes whose connections are kept: a program that makes one after another (tests do) leaves some behind.
const MAX_POOLS: usize = 8;

pub(crate) struct LeafSettings {
    pub(crate) proxies: Proxies,
    pub(crate) ca_bundle: Option<PathBuf>,
    pub(crate) http2: bool,
    pub(crate) connect_timeout: Duration,
}

/// The HTTP client. It needs no runtime to be made, and works in one after another.
pub(crate) fn leaf(settings: &LeafSettings) -> Result<BoxService> {
    let tls = Tls::new(settings.ca_bundle.clone(), settings.http2);
    let connector = Connector::new(&settings.proxies, tls, settings.connect_timeout)?;
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
    Ok(BoxService::new(Leaf {
        pools: Arc::new(Pools {
            builder,
            connector: connector.clone(),
            known: Mutex::default(),
        }),
        connector,
    }))
}

/// A connection is driven by the runtime it was made on. On another one it would stand still whenever that is blocked
/// (by a call that waits, or a drop that does) and break when that ends: so each runtime has connections of its own.
struct Pools {
    builder: legacy::Builder,
    connector: Connector,
    /// The latest used last. Few: one for most programs, two with blocking calls.
    known: Mutex<Vec<(runtime::Id, legacy::Client<Connector, Body>)>>,
}

impl Pools {
    /// The pool of the runtime that this is called on.
    fn here(&self) -> legacy::Client<Connector, Body> {
        let Ok(here) = Handle::try_current() else {
            // The request fails for want of a runtime.
            return self.builder.build(self.connector.clone());
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = known.iter().position(|(id, _)| *id == here.id()) {
            known[at..].rotate_left(1);
            return known[known.len() - 1].1.clone();
        }
        if known.len() == MAX_POOLS {
            known.remove(0);
        }
        let client: legacy::Client<_, _> = self.builder.build(self.connector.clone());
        known.push((here.id(), client.clone()));
        client
    }
}

#[derive(Clone)]
struct Leaf {
    pools: Arc<Pools>,
    connector: Connector,
}

impl Service<Request<Body>> for Leaf {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = LeafFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> LeafFuture {
        if let Some(auth) = self.connector.forward_auth(request.uri()) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, auth);
        }
        LeafFuture(self.pools.here().request(request))
    }
}

struct LeafFuture(legacy::ResponseFuture);

impl Future for LeafFuture {
    type Output = Result<Response<ResponseBody>, BoxError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|result| match result {
            Ok(response) => Ok(response.map(|body| ResponseBody::new(Incoming(body)))),
            Err(error) => Err(unsent(error).into()),
        })
    }
}

/// hyper's body, with errors of ours.
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
                "the response broke off: {}",
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

/// A request without an answer.
fn unsent(error: legacy::Error) -> Error {
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

/// The server said that it did not process the request.
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
