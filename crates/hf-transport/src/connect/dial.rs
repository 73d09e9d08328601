//! From an address to a connection: directly or through a proxy, with TLS where it is https.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::Intercept;
use tower::{Service, ServiceExt};

use super::io::{Dialed, Wire};
use super::rules::ProxyRules;
use super::tls::Tls;
use crate::config::Proxies;
use crate::error::{BoxError, Error, ErrorKind, Result, Retryability};

/// Idle peers that vanished are noticed after about this long.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Makes connections. Cloning shares all of it.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Inner>);

struct Inner {
    tcp: HttpConnector,
    proxies: ProxyRules,
    tls: Tls,
    timeout: Duration,
}

impl Connector {
    /// # Errors
    /// `Validation` for a proxy that is no address or of a kind not spoken.
    pub(crate) fn new(proxies: &Proxies, tls: Tls, timeout: Duration) -> Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        Ok(Self(Arc::new(Inner {
            tcp,
            proxies: ProxyRules::new(proxies)?,
            tls,
            timeout,
        })))
    }

    /// The credentials for a proxy that forwards requests to this plain http address.
    pub(crate) fn forward_auth(&self, uri: &Uri) -> Option<http::HeaderValue> {
        if uri.scheme_str() != Some("http") {
            return None;
        }
        let proxy = self.0.proxies.intercept(uri)?;
        proxy.basic_auth().cloned()
    }
}

impl Service<Uri> for Connector {
    type Response = Wire;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Wire, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let inner = self.0.clone();
        Box::pin(async move {
            let host = uri.authority().map(ToString::to_string).unwrap_or_default();
            match tokio::time::timeout(inner.timeout, inner.connect(uri)).await {
                Ok(Ok(wire)) => Ok(wire),
                Ok(Err(error)) => Err(failed(&host, error).into()),
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
    async fn connect(&self, uri: Uri) -> Result<Wire, BoxError> {
        let proxy = self.proxies.intercept(&uri);
        let is_https = uri.scheme_str() == Some("https");
        let dialed = match proxy {
            None => self
                .tcp
                .clone()
                .oneshot(uri.clone())
                .await
                .map(MaybeHttpsStream::Http)?,
            Some(proxy) => {
                let forwards = !is_https && is_http_proxy(&proxy);
                let dialed = self
                    .through(&proxy, &uri, forwards)
                    .await
                    .map_err(|error| via(&proxy, error))?;
                if forwards {
                    return Ok(Wire::new(MaybeHttpsStream::Http(dialed), true));
                }
                dialed
            }
        };
        if !is_https {
            return Ok(Wire::new(MaybeHttpsStream::Http(dialed), false));
        }
        let dialed = std::sync::Mutex::new(Some(dialed));
        let ready = tower::service_fn(move |_: Uri| {
            let dialed = dialed.lock().ok().and_then(|mut dialed| dialed.take());
            std::future::ready(dialed.ok_or("the connection was used up"))
        });
        let mut secured = HttpsConnector::from((ready, self.tls.config()?));
        Ok(Wire::new(secured.call(uri).await?, false))
    }

    /// A connection through a proxy: to the proxy itself if it forwards, else to the target.
    async fn through(
        &self,
        proxy: &Intercept,
        uri: &Uri,
        forwards: bool,
    ) -> Result<Dialed, BoxError> {
        let tcp = self.tcp.clone();
        match proxy.uri().scheme_str() {
            Some(scheme @ ("socks5" | "socks5h")) => {
                let mut socks =
                    SocksV5::new(proxy.uri().clone(), tcp).local_dns(scheme == "socks5");
                if let Some((user, password)) = proxy.raw_auth() {
                    socks = socks.with_auth(user.to_owned(), password.to_owned());
                }
                Ok(socks
                    .oneshot(with_port(uri)?)
                    .await
                    .map(MaybeHttpsStream::Http)?)
            }
            Some("https") => {
                let secured = HttpsConnector::from((tcp, self.tls.proxy_config()?));
                if forwards {
                    return secured.oneshot(proxy.uri().clone()).await;
                }
                Ok(tunnel(proxy, secured).oneshot(uri.clone()).await?)
            }
            _ if forwards => Ok(tcp
                .oneshot(proxy.uri().clone())
                .await
                .map(MaybeHttpsStream::Http)?),
            _ => Ok(tunnel(proxy, tcp)
                .oneshot(uri.clone())
                .await
                .map(MaybeHttpsStream::Http)?),
        }
    }
}

fn tunnel<C>(proxy: &Intercept, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.uri().clone(), connector);
    match proxy.basic_auth() {
        Some(auth) => tunnel.with_auth(auth.clone()),
        None => tunnel,
    }
}

fn is_http_proxy(proxy: &Intercept) -> bool {
    matches!(proxy.uri().scheme_str(), Some("http" | "https"))
}

/// SOCKS names the port in every request.
fn with_port(uri: &Uri) -> Result<Uri, BoxError> {
    if uri.port().is_some() {
        return Ok(uri.clone());
    }
    let port = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    let host = uri.host().unwrap_or_default();
    Ok(Uri::builder()
        .scheme(uri.scheme_str().unwrap_or("http"))
        .authority(format!("{host}:{port}"))
        .path_and_query("/")
        .build()?)
}

fn via(proxy: &Intercept, error: BoxError) -> BoxError {
    Error::network(format!(
        "through proxy {}: {}",
        proxy.uri(),
        crate::error::display_chain(error.as_ref())
    ))
    .with_source(error)
    .into()
}

/// No connection was made, so nothing was sent: another try is safe. But a certificate that is not
/// trusted stays so.
fn failed(host: &str, error: BoxError) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(known) if known.kind() != ErrorKind::Network => return *known,
        Ok(known) => known as BoxError,
        Err(other) => other,
    };
    let text = crate::error::display_chain(error.as_ref());
    let tls = crate::error::chain(error.as_ref()).find_map(tls_error);
    let failure = Error::network(format!("cannot connect to {host}: {text}"));
    match tls {
        Some(rustls::Error::InvalidCertificate(_)) => failure
            .with_retryability(Retryability::Never)
            .with_hint("if a company proxy or a private CA is in between, set SSL_CERT_FILE to its certificates")
            .with_source(error),
        Some(rustls::Error::NoCertificatesPresented | rustls::Error::PeerIncompatible(_)) => {
            failure.with_retryability(Retryability::Never).with_source(error)
        }
        _ => failure
            .with_retryability(Retryability::Always)
            .with_hint("check the network, the endpoint (HF_ENDPOINT) and the proxy settings")
            .with_source(error),
    }
}

/// rustls hides its errors in `io::Error`s, which show them as `get_ref`, not as a cause.
fn tls_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(error) = cause.downcast_ref() {
        return Some(error);
    }
    let mut inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
    loop {
        if let Some(error) = inner.downcast_ref() {
            return Some(error);
        }
        inner = inner.downcast_ref::<std::io::Error>()?.get_ref()?;
    }
}
