//! Adds the user agent and the headers for the Hub.

use http::header::USER_AGENT;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::map_request::{MapRequestLayer, map_request};
use crate::error::Result;
use crate::origin::Origin;
use crate::request::RequestOptions;

/// Creates a layer that sets the user agent of requests that have none, whatever their destination.
///
/// This layer is outside retry, because the header is the same for every attempt.
///
/// ```
/// use hf_transport::{Body, layers::{user_agent, user_agent_value}};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let layer = user_agent(user_agent_value(Some("my-app/1.0"), None));
/// let wire = service_fn(|request: http::Request<Body>| async move {
///     Ok::<_, std::convert::Infallible>(http::Response::new(request.headers().clone()))
/// });
/// let response = layer.layer(wire).oneshot(http::Request::new(Body::empty())).await.unwrap();
/// assert!(response.body()["user-agent"].to_str().unwrap().starts_with("my-app/1.0; hf-rust/"));
/// # });
/// ```
pub fn user_agent(
    value: HeaderValue,
) -> MapRequestLayer<impl Fn(&mut Parts) -> Result<()> + Clone + Send + Sync + 'static> {
    map_request(move |parts| {
        parts
            .headers
            .entry(USER_AGENT)
            .or_insert_with(|| value.clone());
        Ok(())
    })
}

/// Formats `product; hf-rust/VERSION; origin/ORIGIN`, in the grammar of `huggingface_hub`'s user agents.
///
/// Characters that a header cannot carry are omitted.
pub fn user_agent_value(product: Option<&str>, origin: Option<&str>) -> HeaderValue {
    let own = concat!("hf-rust/", env!("CARGO_PKG_VERSION"));
    let mut parts: Vec<String> = Vec::new();
    let product = product.unwrap_or("unknown/None").split(';');
    let all = product
        .map(str::to_owned)
        .chain([own.to_owned()])
        .chain(origin.map(|origin| format!("origin/{origin}")));
    for part in all {
        let part: String = part.chars().filter(|c| matches!(c, ' '..='~')).collect();
        let part = part.trim();
        if !part.is_empty() && !parts.iter().any(|known| known == part) {
            parts.push(part.to_owned());
        }
    }
    HeaderValue::try_from(parts.join("; ")).unwrap_or(HeaderValue::from_static(own))
}

/// Creates a layer that adds the headers of a request's [options](RequestOptions::headers), if the request
/// goes to the Hub's origin or is [trusted](RequestOptions::is_trusted).
///
/// A company's cookie or API key for its mirror must not reach the storage that a signed URL points to. For
/// the same reason, [`RedirectLayer`](super::RedirectLayer) removes these headers when a redirect leaves the
/// origin. If the request already has a header with the same name, that one wins.
///
/// ```
/// use hf_transport::{Body, Origin, RequestOptions, layers::hub_headers};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let hub: http::Uri = "https://hub.test".parse().unwrap();
/// let layer = hub_headers(Origin::of(&hub).unwrap());
/// let wire = service_fn(|request: http::Request<Body>| async move {
///     Ok::<_, std::convert::Infallible>(http::Response::new(request.headers().contains_key("x-team")))
/// });
/// for (url, sent) in [("https://hub.test/api", true), ("https://s3.test/x", false)] {
///     let mut request = http::Request::get(url).body(Body::empty()).unwrap();
///     request.extensions_mut().insert(RequestOptions::new().with_header("x-team", "search"));
///     let response = layer.clone().layer(wire).oneshot(request).await.unwrap();
///     assert_eq!(*response.body(), sent);
/// }
/// # });
/// ```
pub fn hub_headers(
    origin: Origin,
) -> MapRequestLayer<impl Fn(&mut Parts) -> Result<()> + Clone + Send + Sync + 'static> {
    map_request(move |parts| {
        if let Some(options) = parts.extensions.get::<RequestOptions>()
            && !options.headers().is_empty()
            && (options.is_trusted() || origin.contains(&parts.uri))
        {
            add_missing(&mut parts.headers, options.headers());
        }
        Ok(())
    })
}

/// Adds all values of each name that `headers` lacks.
fn add_missing(headers: &mut HeaderMap, more: &HeaderMap) {
    for name in more.keys() {
        if !headers.contains_key(name) {
            for value in more.get_all(name) {
                headers.append(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents() {
        let own = concat!("hf-rust/", env!("CARGO_PKG_VERSION"));
        for (product, origin, expected) in [
            (None, None, format!("unknown/None; {own}")),
            (Some("a/1; b/2"), None, format!("a/1; b/2; {own}")),
            (Some("a/1; a/1"), Some("x"), format!("a/1; {own}; origin/x")),
            (Some("a\n/1\u{fc}"), None, format!("a/1; {own}")),
        ] {
            assert_eq!(user_agent_value(product, origin), expected.as_str());
        }
    }

    #[test]
    fn the_request_s_own_header_wins_and_repeated_ones_all_arrive() {
        let map = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
                .fold(HeaderMap::new(), |mut map, (name, value)| {
                    let name: http::HeaderName = name;
                    map.append(name, value);
                    map
                })
        };
        let mut headers = map(&[("a", "mine")]);
        add_missing(
            &mut headers,
            &map(&[("a", "default"), ("b", "1"), ("b", "2")]),
        );
        assert_eq!(headers, map(&[("a", "mine"), ("b", "1"), ("b", "2")]));
    }
}
