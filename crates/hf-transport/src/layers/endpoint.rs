//! Converts paths to absolute URLs.

use http::Uri;
use http::request::Parts;

use super::map_request::{MapRequestLayer, map_request};
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};

/// Creates a layer that sends relative requests, and URLs of the public Hub, to the configured endpoint.
///
/// This layer is outside redirects and retries, which need an absolute URL, and inside the user's per-call
/// layers, which see the Hub's own paths whatever the endpoint.
///
/// ```
/// use hf_transport::{Body, Endpoint, layers};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let hub = layers::endpoint(Endpoint::parse("https://mirror.test/hf")?);
/// let wire = service_fn(|request: http::Request<Body>| async move {
///     Ok::<_, std::convert::Infallible>(http::Response::new(request.uri().to_string()))
/// });
/// let request = http::Request::get("/api/models").body(Body::empty()).unwrap();
/// let response = hub.layer(wire).oneshot(request).await.unwrap();
/// assert_eq!(response.body(), "https://mirror.test/hf/api/models");
/// # Ok::<(), hf_transport::Error>(())
/// # }).unwrap();
/// ```
pub fn endpoint(
    endpoint: Endpoint,
) -> MapRequestLayer<impl Fn(&mut Parts) -> Result<()> + Clone + Send + Sync + 'static> {
    map_request(move |parts| {
        if let Some(uri) = absolute(&endpoint, &parts.uri)? {
            parts.uri = uri;
        }
        Ok(())
    })
}

/// Returns the absolute URL of a target, or `None` if the target is one already.
fn absolute(endpoint: &Endpoint, target: &Uri) -> Result<Option<Uri>, Error> {
    let joined = if target.scheme().is_none() {
        let Some(path) = target
            .path_and_query()
            .filter(|pq| pq.as_str().starts_with('/'))
        else {
            return Err(Error::validation(format!(
                "`{target}` is neither a path nor a URL"
            )));
        };
        endpoint.with_path(path)
    } else {
        match endpoint.rewrite(&target.to_string()) {
            std::borrow::Cow::Borrowed(_) => return Ok(None),
            std::borrow::Cow::Owned(text) => Uri::try_from(text).map_err(http::Error::from),
        }
    };
    joined.map(Some).map_err(|error| {
        Error::validation(format!("`{target}` cannot be converted to a URL: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_become_addresses() {
        let plain = Endpoint::parse("http://h:1").unwrap();
        let prefixed = Endpoint::parse("https://h/a/b").unwrap();
        for (endpoint, target, expected) in [
            (&plain, "/api/x?y=1", Some("http://h:1/api/x?y=1")),
            (&prefixed, "/api/x?y=1", Some("https://h/a/b/api/x?y=1")),
            (&prefixed, "/", Some("https://h/a/b/")),
            (
                &prefixed,
                "https://huggingface.co/api/x",
                Some("https://h/a/b/api/x"),
            ),
            (&prefixed, "https://h/other", None),
            (&plain, "https://cdn.test/x?sig=1", None),
        ] {
            let uri = absolute(endpoint, &target.parse().unwrap()).unwrap();
            assert_eq!(
                uri.map(|uri| uri.to_string()).as_deref(),
                expected,
                "{target}"
            );
        }
        assert!(absolute(&plain, &"host:1".parse().unwrap()).is_err());
        assert!(absolute(&plain, &"*".parse().unwrap()).is_err());
    }
}
