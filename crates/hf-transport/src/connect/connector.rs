//! Connects to the server of a URL, directly or through a proxy, with TLS for https.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::Connection;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use rustls::ClientConfig;
use tower::{Service, ServiceExt};

use super::base::Base;
use super::dns::Resolver;
use super::failure::connect_error;
use super::proxy::{ProxyRules, ProxyServer};
use super::socket::{HttpStream, ProxyStream, Socket};
use super::tls::Tls;
use super::tunnel;
use crate::error::{BoxError, Error, Result, Retryability, display_chain};

/// Opens connections. Clones share all state.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Inner>);

struct Inner {
    base: Base,
    resolver: Resolver,
    proxies: ProxyRules,
    tls: Tls,
    timeout: Duration,
}

impl Connector {
    pub(crate) fn new(
        base: Base,
        resolver: Resolver,
        proxies: ProxyRules,
        tls: Tls,
        timeout: Duration,
    ) -> Self {
        Self(Arc::new(Inner {
            base,
            resolver,
            proxies,
            tls,
            timeout,
        }))
    }

    /// Returns the credentials for a proxy that forwards requests to this plain http URL.
    pub(crate) fn forward_auth(&self, uri: &Uri) -> Option<http::HeaderValue> {
        if uri.scheme_str() != Some("http") {
            return None;
        }
        let proxy = self.0.proxies.proxy_for(uri)?;
        proxy.is_http().then(|| proxy.basic_auth()).flatten()
    }
}

impl Service<Uri> for Connector {
    type Response = HttpStream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpStream, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let inner = self.0.clone();
        Box::pin(async move {
            let host = uri.authority().map(ToString::to_string).unwrap_or_default();
            match tokio::time::timeout(inner.timeout, inner.connect(uri)).await {
                Ok(Ok(stream)) => Ok(stream),
                Ok(Err(error)) => Err(connect_error(&host, error, inner.tls.roots_origin()).into()),
                Err(_) => Err(Error::timeout(format!(
                    "no connection to {host} within {} s",
                    inner.timeout.as_secs_f64()
                ))
                .with_retryability(Retryability::Always)
                .into()),
            }
        })
    }
}

impl Inner {
    async fn connect(&self, uri: Uri) -> Result<HttpStream, BoxError> {
        let is_https = uri.scheme_str() == Some("https");
        let mut forwards = false;
        let stream = match self.proxies.proxy_for(&uri) {
            None => MaybeHttpsStream::Http(self.base.clone().oneshot(uri.clone()).await?),
            Some(proxy) if proxy.is_http() => {
                forwards = !is_https;
                let stream = self.to_proxy(proxy).await?;
                if forwards {
                    stream
                } else {
                    tunnel::open(stream, proxy, &host_and_port(&uri)).await?
                }
            }
            Some(proxy) => MaybeHttpsStream::Http(self.through_socks(proxy, &uri).await?),
        };
        let stream = if is_https {
            handshake(stream, uri, self.tls.config().await?).await?
        } else {
            MaybeHttpsStream::Http(stream)
        };
        Ok(HttpStream::new(stream, forwards))
    }

    /// Connects to an HTTP proxy itself.
    async fn to_proxy(&self, proxy: &ProxyServer) -> Result<ProxyStream, BoxError> {
        let failed = |error: BoxError| {
            connect_error(&format!("proxy {proxy}"), error, self.tls.roots_origin())
        };
        let socket = self
            .base
            .clone()
            .oneshot(proxy.uri().clone())
            .await
            .map_err(failed)?;
        if proxy.scheme() != "https" {
            return Ok(MaybeHttpsStream::Http(socket));
        }
        let config = self.tls.proxy_config().await?;
        let stream = handshake(socket, proxy.uri().clone(), config).await;
        Ok(stream.map_err(failed)?)
    }

    async fn through_socks(&self, proxy: &ProxyServer, uri: &Uri) -> Result<Socket, BoxError> {
        let mut target = uri.clone();
        // `socks5` resolves names locally, `socks5h` leaves this to the proxy.
        if proxy.scheme() == "socks5"
            && let Some(host) = uri.host()
            && !host.starts_with('[')
            && host.parse::<std::net::IpAddr>().is_err()
        {
            let addresses = self.resolver.resolve(host).await?;
            // Prefer IPv4, because most proxies cannot reach IPv6 addresses.
            let address = addresses
                .iter()
                .find(|address| address.is_ipv4())
                .or(addresses.first());
            if let Some(address) = address {
                target = replace_host(uri, *address)?;
            }
        }
        let target: Uri = format!("http://{}/", host_and_port(&target)).parse()?;
        let mut socks = SocksV5::new(proxy.uri().clone(), self.base.clone());
        if let Some((user, password)) = proxy.credentials() {
            socks = socks.with_auth(user.clone(), password.clone());
        }
        match socks.oneshot(target).await {
            Ok(socket) => Ok(socket),
            Err(error) => {
                let text = display_chain(&error);
                let refused = ["credentials not accepted", "does not support user/pass"]
                    .iter()
                    .any(|refusal| text.contains(refusal));
                let error = Error::network(format!(
                    "proxy {proxy} did not connect to {}: {text}",
                    host_and_port(uri)
                ));
                // Not retryable, because repeating a wrong password can lock the account.
                Err(if refused {
                    error.with_retryability(Retryability::Never).with_hint(
                        "give the proxy's user and password in its URL: socks5://user:password@host:port",
                    )
                } else {
                    error.with_retryability(Retryability::Always)
                }
                .into())
            }
        }
    }
}

/// Runs a TLS handshake on a stream that is already connected. hyper-rustls asks its connector for the stream
/// exactly once.
async fn handshake<T>(
    stream: T,
    uri: Uri,
    config: Arc<ClientConfig>,
) -> Result<MaybeHttpsStream<T>, BoxError>
where
    T: Read + Write + Connection + Unpin + Send + 'static,
{
    let stream = std::sync::Mutex::new(Some(stream));
    let connected = tower::service_fn(move |_: Uri| {
        let stream = stream.lock().ok().and_then(|mut stream| stream.take());
        std::future::ready(stream.ok_or("the connection was used up"))
    });
    HttpsConnector::from((connected, config)).call(uri).await
}

/// Returns the host and port of a URL, with the default port of its scheme.
fn host_and_port(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
        Some("https") => 443,
        _ => 80,
    });
    format!("{host}:{port}")
}

fn replace_host(uri: &Uri, address: std::net::IpAddr) -> Result<Uri, http::Error> {
    let port = host_and_port(uri);
    let port = port.rsplit(':').next().unwrap_or_default();
    Uri::builder()
        .scheme(uri.scheme_str().unwrap_or("http"))
        .authority(match address {
            std::net::IpAddr::V4(address) => format!("{address}:{port}"),
            std::net::IpAddr::V6(address) => format!("[{address}]:{port}"),
        })
        .path_and_query("/")
        .build()
}
