//! Tunnels through HTTP proxies: the `CONNECT` method.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{Request, StatusCode};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};

use super::proxy::ProxyServer;
use crate::error::{Error, Result, Retryability};

/// Asks the proxy at the other end of `io` to connect to `target` (`host:port`), and returns `io` once the
/// tunnel is open.
///
/// hyper handles the exchange, including interim responses (1xx), any 2xx status and large headers.
///
/// # Errors
/// Returns `Network` with the proxy, the target and the status. A refusal (407, 403, ...) is not retryable,
/// because repeating a wrong password can lock the account.
pub(super) async fn open<T>(io: T, proxy: &ProxyServer, target: &str) -> Result<T>
where
    T: Read + Write + Unpin,
{
    let broken = |error: hyper::Error| {
        Error::network(format!(
            "proxy {proxy} did not open a tunnel to {target}: {}",
            crate::error::display_chain(&error)
        ))
        .with_retryability(Retryability::Always)
        .with_source(error)
    };
    let mut request = Request::connect(target)
        .header(HOST, target)
        .body(Empty::<Bytes>::new())
        .map_err(|error| {
            Error::validation(format!(
                "`{target}` cannot be the target of a tunnel: {error}"
            ))
        })?;
    if let Some(auth) = proxy.basic_auth() {
        request.headers_mut().insert(PROXY_AUTHORIZATION, auth);
    }
    let (mut sender, mut connection) = http1::handshake(io).await.map_err(broken)?;
    let mut is_through = false;
    let response = {
        let mut response = pin!(sender.send_request(request));
        poll_fn(|cx| {
            // Driving the connection makes the progress; it completes when the proxy has switched to the
            // tunnel.
            if !is_through && let Poll::Ready(end) = connection.poll_without_shutdown(cx) {
                is_through = true;
                if let Err(error) = end {
                    return Poll::Ready(Err(error));
                }
            }
            response.as_mut().poll(cx)
        })
        .await
        .map_err(broken)?
    };
    if !response.status().is_success() {
        return Err(refused(proxy, target, response.status()));
    }
    // hyper treats a 204 as a complete response, after which the connection is idle again.
    if !is_through && response.status() != StatusCode::NO_CONTENT {
        poll_fn(|cx| connection.poll_without_shutdown(cx))
            .await
            .map_err(broken)?;
    }
    let parts = connection.into_parts();
    if parts.read_buf.is_empty() {
        return Ok(parts.io);
    }
    // In TLS the client speaks first, so bytes that arrive before it has done so are not from the target.
    Err(Error::network(format!(
        "proxy {proxy} sent {} bytes into the tunnel to {target} before the conversation began",
        parts.read_buf.len()
    )))
}

fn refused(proxy: &ProxyServer, target: &str, status: StatusCode) -> Error {
    let error = Error::network(format!(
        "proxy {proxy} refused the tunnel to {target}: {status}"
    ));
    match status.as_u16() {
        407 => error.with_retryability(Retryability::Never).with_hint(
            "give the proxy's user and password in its URL: HTTPS_PROXY=http://user:password@host:port",
        ),
        // The proxy itself has a problem, and nothing reached the target.
        408 | 429 | 500..=599 => error.with_retryability(Retryability::Always),
        _ => error
            .with_retryability(Retryability::Never)
            .with_hint("ask whoever runs the proxy to allow the host, or reach it directly with NO_PROXY"),
    }
}
