//! Opens the socket on which TLS and proxies run.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tower::Service;
use tower::util::BoxCloneSyncService;

use super::dns::Resolver;
use super::socket::{RawSocket, Socket};
use crate::error::BoxError;

/// A connector set by the user: from the URL of a server or proxy to a byte stream.
pub(crate) type BoxConnector = BoxCloneSyncService<Uri, Socket, BoxError>;

/// The interval of TCP keepalive probes, after which a peer that has vanished is noticed.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Opens sockets, over TCP unless the user set a connector.
#[derive(Clone)]
pub(crate) enum Base {
    Tcp(HttpConnector<Resolver>),
    Custom(BoxConnector),
}

impl Base {
    pub(crate) fn tcp(resolver: Resolver) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        Self::Tcp(tcp)
    }
}

impl Service<Uri> for Base {
    type Response = Socket;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Socket, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match self {
            Self::Tcp(tcp) => tcp.poll_ready(cx).map_err(Into::into),
            Self::Custom(custom) => custom.poll_ready(cx),
        }
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        match self {
            Self::Tcp(tcp) => {
                let opening = tcp.call(uri);
                Box::pin(async move {
                    let stream = opening.await?.into_inner();
                    Ok(TokioIo::new(RawSocket::Tcp(stream)))
                })
            }
            Self::Custom(custom) => custom.call(uri),
        }
    }
}
