//! The setters of the builder for connections.

use std::net::IpAddr;
use std::path::PathBuf;

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tower::{Service, ServiceExt};

use super::ClientBuilder;
use crate::config::Proxies;
use crate::connect::{BoxConnector, BoxResolver, RawSocket, Socket};
use crate::error::BoxError;
#[cfg(unix)]
use crate::error::{Error, Retryability};

/// # Connections
impl ClientBuilder {
    /// Sends all requests through this proxy. The URL starts with `http://`, `https://`, `socks5://` (host
    /// names are resolved locally) or `socks5h://` (host names are resolved by the proxy), and may contain
    /// `user:password@`. An unusable proxy is reported by [`build`](Self::build).
    pub fn proxy(self, url: impl Into<String>) -> Self {
        self.proxies(Proxies::default().with_all(url))
    }

    /// Sets the proxy for each scheme, and the hosts that are reached directly.
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.connections.proxies = Some(proxies);
        self
    }

    /// Connects directly, ignoring the proxies in the environment.
    pub fn no_proxy(self) -> Self {
        self.proxies(Proxies::default())
    }

    /// Trusts the certificates in this PEM file, or in the PEM files in this folder, instead of the
    /// platform's and the bundled root certificates. A server may also present one of these certificates as
    /// its own.
    pub fn ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.connections.ca_bundle = Some(path.into());
        self
    }

    /// Disables HTTP/2. Several HTTP/1.1 connections can transfer more than the flow-control window of one
    /// HTTP/2 connection allows.
    pub fn http1_only(mut self, http1_only: bool) -> Self {
        self.connections.http1_only = http1_only;
        self
    }

    /// Opens connections with this service instead of TCP. It is called with the URL of the server or proxy
    /// and returns a byte stream; TLS, proxies, timeouts and the pool work on top of it as usual.
    ///
    /// ```
    /// use hf_transport::Client;
    /// use tokio::net::TcpStream;
    ///
    /// // Everything goes to one machine, whatever the host in the URL.
    /// let connector = tower::service_fn(|_url: http::Uri| TcpStream::connect("127.0.0.1:8080"));
    /// # let config = hf_transport::Config::in_folder("/data/hf");
    /// let client = Client::builder().config(config).connector(connector).build()?;
    /// # Ok::<(), hf_transport::Error>(())
    /// ```
    pub fn connector<S>(mut self, connector: S) -> Self
    where
        S: Service<Uri> + Clone + Send + Sync + 'static,
        S::Response: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
    {
        self.connections.connector = Some(BoxConnector::new(
            connector
                .map_response(|stream| -> Socket {
                    TokioIo::new(RawSocket::Custom(Box::new(stream)))
                })
                .map_err(Into::into),
        ));
        self
    }

    /// Connects to this Unix socket, whatever the host in the URL. Proxies are not used.
    ///
    /// The endpoint is then usually `http://localhost`. Over https, the server's certificate must be valid
    /// for the endpoint's host.
    #[cfg(unix)]
    pub fn unix_socket(self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.no_proxy().connector(tower::service_fn(move |_: Uri| {
            let path = path.clone();
            async move {
                tokio::net::UnixStream::connect(&path)
                    .await
                    .map_err(|error| {
                        Error::network(format!(
                            "cannot connect to the Unix socket {}: {error}",
                            path.display()
                        ))
                        .with_retryability(Retryability::Always)
                        .with_source(error)
                    })
            }
        }))
    }

    /// Resolves host names with this service instead of the operating system. It maps a name to its IP
    /// addresses.
    ///
    /// Not passed to the service: names set by [`resolve`](Self::resolve), names that a proxy resolves
    /// (`socks5h://`, and the targets of an HTTP proxy), and all names if there is a
    /// [`connector`](Self::connector), which does its own resolution.
    ///
    /// ```
    /// use std::net::IpAddr;
    /// use hf_transport::Client;
    ///
    /// let resolver = tower::service_fn(|host: String| async move {
    ///     tokio::net::lookup_host((host, 0))
    ///         .await
    ///         .map(|found| found.map(|socket| socket.ip()).filter(IpAddr::is_ipv4).collect::<Vec<_>>())
    /// });
    /// # let config = hf_transport::Config::in_folder("/data/hf");
    /// let client = Client::builder().config(config).resolver(resolver).build()?;
    /// # Ok::<(), hf_transport::Error>(())
    /// ```
    pub fn resolver<S>(mut self, resolver: S) -> Self
    where
        S: Service<String> + Clone + Send + Sync + 'static,
        S::Response: IntoIterator<Item = IpAddr> + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
    {
        self.connections.resolver = Some(BoxResolver::new(
            resolver
                .map_response(|found| found.into_iter().collect::<Vec<_>>())
                .map_err(Into::into),
        ));
        self
    }

    /// Uses these IP addresses for a host name instead of resolving it. The port is that of the URL.
    ///
    /// ```
    /// use hf_transport::Client;
    /// # let config = hf_transport::Config::in_folder("/data/hf");
    /// let client = Client::builder().config(config).resolve("hub.corp.example", [[10, 0, 0, 7]]).build()?;
    /// # Ok::<(), hf_transport::Error>(())
    /// ```
    pub fn resolve<A: Into<IpAddr>>(
        mut self,
        host: impl AsRef<str>,
        addresses: impl IntoIterator<Item = A>,
    ) -> Self {
        let host = host.as_ref().trim_end_matches('.').to_ascii_lowercase();
        let addresses = addresses.into_iter().map(Into::into).collect();
        self.connections.addresses.insert(host, addresses);
        self
    }

    /// Limits the number of requests in flight to one host (scheme, name and port). A request counts from
    /// before its connection is opened until the end of the response body; further requests wait in order. By
    /// default there is no limit.
    ///
    /// Over HTTP/1.1 this is the number of connections in use; see
    /// [`ConnectionLimitLayer`](crate::layers::ConnectionLimitLayer). 0 is treated as 1.
    pub fn max_connections_per_host(mut self, limit: usize) -> Self {
        self.connections.max_per_host = Some(limit);
        self
    }
}
