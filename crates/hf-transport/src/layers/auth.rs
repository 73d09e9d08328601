//! Adds the token to requests.

use http::header::AUTHORIZATION;
use http::request::Parts;

use super::map_request::{MapRequestLayer, map_request};
use crate::error::{Error, ErrorKind, Result};
use crate::origin::Origin;
use crate::request::{RequestOptions, TokenMode};
use crate::token::Token;

/// Creates a layer that adds `Authorization` to requests for the Hub's origin (scheme, host and port) only,
/// and to [trusted](RequestOptions::is_trusted) targets.
///
/// `token` is used for requests that do not bring their own ([`TokenMode`]). If `implicit` is false, it is
/// sent only with requests that require one. An `Authorization` header that a request already has is kept on
/// its way to the Hub and removed on its way to any other origin, unless it was set for this very request
/// ([`Request::header`](crate::Request::header)).
///
/// This layer is inside retry, so that each attempt selects its token anew, and outside redirect, which
/// removes the token when a hop leaves the origin.
///
/// ```
/// use hf_transport::{Body, Origin, Token, layers};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let hub: http::Uri = "https://hub.test".parse().unwrap();
/// let auth = layers::auth(Origin::of(&hub).unwrap(), Some(Token::new("hf_x")?), true);
/// let wire = service_fn(|request: http::Request<Body>| async move {
///     let seen = request.headers().contains_key("authorization");
///     Ok::<_, std::convert::Infallible>(http::Response::new(seen))
/// });
/// for (url, expected) in [("https://hub.test/a", true), ("http://hub.test/a", false), ("https://cdn.test/a", false)] {
///     let request = http::Request::get(url).body(Body::empty()).unwrap();
///     let response = auth.clone().layer(wire).oneshot(request).await.unwrap();
///     assert_eq!(*response.body(), expected);
/// }
/// # Ok::<(), hf_transport::Error>(())
/// # }).unwrap();
/// ```
pub fn auth(
    origin: Origin,
    token: Option<Token>,
    implicit: bool,
) -> MapRequestLayer<impl Fn(&mut Parts) -> Result<()> + Clone + Send + Sync + 'static> {
    map_request(move |parts| authorize(parts, &origin, token.as_ref(), implicit))
}

fn authorize(
    parts: &mut Parts,
    origin: &Origin,
    own: Option<&Token>,
    implicit: bool,
) -> Result<()> {
    let defaults = RequestOptions::default();
    let options = parts
        .extensions
        .get::<RequestOptions>()
        .unwrap_or(&defaults);
    let token = match options.token() {
        TokenMode::None => None,
        TokenMode::Explicit(token) => Some(token),
        TokenMode::Default => own.filter(|_| implicit),
        TokenMode::Required => Some(own.ok_or_else(not_logged_in)?),
    };
    let may_see_token = options.is_trusted() || origin.contains(&parts.uri);
    if let Some(header) = parts.headers.get_mut(AUTHORIZATION) {
        header.set_sensitive(true);
        if !may_see_token && !options.own_authorization {
            parts.headers.remove(AUTHORIZATION);
        }
    } else if let Some(token) = token.filter(|_| may_see_token) {
        parts.headers.insert(AUTHORIZATION, token.header_value());
    }
    Ok(())
}

fn not_logged_in() -> Error {
    Error::new(
        ErrorKind::LocalTokenNotFound,
        "this call requires a token and none was found",
    )
    .with_hint("set HF_TOKEN, run `hf auth login`, or pass a token; see https://huggingface.co/settings/tokens")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(own: Option<&str>, implicit: bool, request: crate::Request) -> Result<Option<String>> {
        let origin = Origin::of(&"https://hub.test".parse().unwrap()).unwrap();
        let own = own.map(|text| Token::new(text).unwrap());
        let (mut parts, _) = request.into_http().unwrap().into_parts();
        authorize(&mut parts, &origin, own.as_ref(), implicit)?;
        Ok(parts.headers.get(AUTHORIZATION).map(|value| {
            assert!(value.is_sensitive());
            value.to_str().unwrap().to_owned()
        }))
    }

    #[test]
    fn which_token_goes_where() {
        let explicit = TokenMode::Explicit(Token::new("other").unwrap());
        let (with, quiet, without) = ((Some("own"), true), (Some("own"), false), (None, true));
        let hub = "https://hub.test/api/x";
        for ((own, implicit), url, mode, trusted, expected) in [
            (with, hub, TokenMode::Default, false, Some("Bearer own")),
            (with, hub, TokenMode::Required, false, Some("Bearer own")),
            (with, hub, TokenMode::None, false, None),
            (with, hub, explicit.clone(), false, Some("Bearer other")),
            (
                with,
                "https://hub.test:443/x",
                TokenMode::Default,
                false,
                Some("Bearer own"),
            ),
            (with, "http://hub.test/x", TokenMode::Default, false, None),
            (
                with,
                "https://hub.test:8443/x",
                explicit.clone(),
                false,
                None,
            ),
            (with, "https://cdn.test/x", explicit.clone(), false, None),
            (
                with,
                "https://service.test/x",
                TokenMode::Default,
                true,
                Some("Bearer own"),
            ),
            (quiet, hub, TokenMode::Default, false, None),
            (quiet, hub, TokenMode::Required, false, Some("Bearer own")),
            (without, hub, TokenMode::Default, false, None),
            (without, hub, explicit, false, Some("Bearer other")),
        ] {
            let request = crate::Request::get(url).token(mode.clone());
            let request = if trusted { request.trusted() } else { request };
            let sent = sent(own, implicit, request).unwrap();
            assert_eq!(sent.as_deref(), expected, "{url} {mode:?}");
        }
        let error = sent(
            None,
            true,
            crate::Request::get(hub).token(TokenMode::Required),
        )
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LocalTokenNotFound);
        assert!(error.hint().is_some());
    }

    #[test]
    fn a_header_that_a_layer_added_stays_home() {
        let origin = Origin::of(&"https://hub.test".parse().unwrap()).unwrap();
        for (url, expected) in [
            ("https://hub.test/x", Some("Basic x")),
            ("https://cdn.test/x", None),
        ] {
            let (mut parts, ()) = http::Request::get(url)
                .header(AUTHORIZATION, "Basic x")
                .body(())
                .unwrap()
                .into_parts();
            authorize(&mut parts, &origin, None, true).unwrap();
            let seen = parts
                .headers
                .get(AUTHORIZATION)
                .map(|v| v.to_str().unwrap());
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn a_header_made_for_one_request_goes_where_the_request_goes() {
        for url in ["https://hub.test/x", "https://storage.test/x"] {
            let request = crate::Request::put(url).header("authorization", "Basic action");
            let seen = sent(Some("own"), true, request).unwrap();
            assert_eq!(seen.as_deref(), Some("Basic action"));
        }
    }
}
