//! Adds an id to each request.

use std::fmt::Write;

use http::request::Parts;
use http::{HeaderName, HeaderValue};

use super::map_request::{MapRequestLayer, map_request};
use crate::error::Result;

/// The header in which the Hub accepts a request id.
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Creates a layer that adds a request id (UUID v4 in `X-Amzn-Trace-Id`) that the Hub's support team can
/// search for.
///
/// A request's own `X-Amzn-Trace-Id` or `X-Request-Id` is kept. This layer is outside retry, so that all
/// attempts of one call share one id.
///
/// ```
/// use hf_transport::{Body, layers};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let wire = service_fn(|request: http::Request<Body>| async move {
///     Ok::<_, std::convert::Infallible>(http::Response::new(request.headers()["x-amzn-trace-id"].clone()))
/// });
/// let response = layers::request_id().layer(wire).oneshot(http::Request::new(Body::empty())).await.unwrap();
/// assert_eq!(response.body().len(), 36);
/// # });
/// ```
pub fn request_id()
-> MapRequestLayer<impl Fn(&mut Parts) -> Result<()> + Clone + Send + Sync + 'static> {
    map_request(|parts| {
        if !parts.headers.contains_key(TRACE_ID) {
            let id = parts
                .headers
                .get(REQUEST_ID)
                .cloned()
                .or_else(|| HeaderValue::from_str(&uuid(fastrand::u128(..))).ok());
            if let Some(id) = id {
                parts.headers.insert(TRACE_ID, id);
            }
        }
        Ok(())
    })
}

/// Formats 128 random bits as a version 4 UUID.
fn uuid(bits: u128) -> String {
    let bits = bits & !(0xf << 76) | (4 << 76);
    let bits = bits & !(0b11 << 62) | (0b10 << 62);
    let mut text = String::with_capacity(36);
    let hex = format!("{bits:032x}");
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        let _ = text.write_char(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use http::Request;
    use tower::{Layer, ServiceExt};

    use super::*;

    #[test]
    fn uuids_say_their_version() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[tokio::test]
    async fn an_id_given_is_kept() {
        for (name, expected) in [("x-amzn-trace-id", "mine"), ("x-request-id", "mine")] {
            let wire = tower::service_fn(|request: Request<()>| async move {
                Ok::<_, std::convert::Infallible>(request.headers()[TRACE_ID].clone())
            });
            let request = Request::get("/").header(name, "mine").body(()).unwrap();
            assert_eq!(
                request_id().layer(wire).oneshot(request).await.unwrap(),
                expected
            );
        }
    }
}
