use std::task::{Context, Poll};

use http::{Request, header::AUTHORIZATION};
use tower::{Layer, Service};

use super::LayerFuture;
use crate::error::{BoxError, Error, ErrorKind};
use crate::marks::{Marks, TokenMode};
use crate::origin::Origin;
use crate::token::Token;

/// Gives the token to requests that go to the Hub's origin (scheme, host and port), and to no other.
///
/// Which token is a request's own choice ([`TokenMode`]); an `Authorization` header that is there
/// already stays on its way to that origin, and is taken off on the way to any other.
/// It is inside retry, so that each attempt asks anew, and outside redirect, which takes the token off
/// when a hop leaves the origin.
///
/// ```
/// use hf_transport::{Body, Origin, Token, layers::AuthLayer};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let hub: http::Uri = "https://hub.test".parse().unwrap();
/// let auth = AuthLayer::new(Origin::of(&hub).unwrap()).token(Token::new("hf_x")?);
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
#[derive(Debug, Clone)]
pub struct AuthLayer {
    origin: Origin,
    token: Option<Token>,
    implicit: bool,
}

impl AuthLayer {
    /// A layer without a token, for requests that bring their own.
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            token: None,
            implicit: true,
        }
    }

    /// Sets the token.
    pub fn token(mut self, token: impl Into<Option<Token>>) -> Self {
        self.token = token.into();
        self
    }

    /// `false`: the token goes only where a request requires one.
    pub fn implicit(mut self, implicit: bool) -> Self {
        self.implicit = implicit;
        self
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Auth {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service of [`AuthLayer`].
#[derive(Debug, Clone)]
pub struct Auth<S> {
    inner: S,
    layer: AuthLayer,
}

impl AuthLayer {
    fn apply<B>(&self, request: &mut Request<B>) -> Result<(), Error> {
        let (mode, trusted) = match request.extensions().get::<Marks>() {
            Some(marks) => (&marks.token, marks.trusted),
            None => (&TokenMode::Default, false),
        };
        let token = match mode {
            TokenMode::None => None,
            TokenMode::Explicit(token) => Some(token),
            TokenMode::Default => self.token.as_ref().filter(|_| self.implicit),
            TokenMode::Required => Some(self.token.as_ref().ok_or_else(not_logged_in)?),
        };
        if !self.origin.contains(request.uri()) && !trusted {
            request.headers_mut().remove(AUTHORIZATION);
        } else if let Some(token) = token
            && !request.headers().contains_key(AUTHORIZATION)
        {
            let value = token.header_value();
            request.headers_mut().insert(AUTHORIZATION, value);
        } else if let Some(value) = request.headers_mut().get_mut(AUTHORIZATION) {
            value.set_sensitive(true);
        }
        Ok(())
    }
}

fn not_logged_in() -> Error {
    Error::new(
        ErrorKind::LocalTokenNotFound,
        "a token is required and none was found",
    )
    .with_hint("set HF_TOKEN, run `hf auth login`, or give a token; see https://huggingface.co/settings/tokens")
}

impl<S, B> Service<Request<B>> for Auth<S>
where
    S: Service<Request<B>>,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = LayerFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.layer.apply(&mut request) {
            Ok(()) => LayerFuture::pass(self.inner.call(request)),
            Err(error) => LayerFuture::refuse(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(
        layer: &AuthLayer,
        url: &str,
        mode: TokenMode,
        trusted: bool,
    ) -> Result<Option<String>, Error> {
        let mut request = Request::get(url).body(()).unwrap();
        request.extensions_mut().insert(Marks {
            token: mode,
            trusted,
            ..Marks::default()
        });
        layer.apply(&mut request)?;
        Ok(request.headers().get(AUTHORIZATION).map(|value| {
            assert!(value.is_sensitive());
            value.to_str().unwrap().to_owned()
        }))
    }

    #[test]
    fn which_token_goes_where() {
        let origin = Origin::of(&"https://hub.test".parse().unwrap()).unwrap();
        let own = Token::new("own").unwrap();
        let explicit = TokenMode::Explicit(Token::new("other").unwrap());
        let with = AuthLayer::new(origin.clone()).token(own.clone());
        let quiet = with.clone().implicit(false);
        let without = AuthLayer::new(origin);
        let hub = "https://hub.test/api/x";
        for (layer, url, mode, trusted, expected) in [
            (&with, hub, TokenMode::Default, false, Some("Bearer own")),
            (&with, hub, TokenMode::Required, false, Some("Bearer own")),
            (&with, hub, TokenMode::None, false, None),
            (&with, hub, explicit.clone(), false, Some("Bearer other")),
            (
                &with,
                "https://hub.test:443/x",
                TokenMode::Default,
                false,
                Some("Bearer own"),
            ),
            (&with, "http://hub.test/x", TokenMode::Default, false, None),
            (
                &with,
                "https://hub.test:8443/x",
                explicit.clone(),
                false,
                None,
            ),
            (&with, "https://cdn.test/x", explicit.clone(), false, None),
            (
                &with,
                "https://service.test/x",
                TokenMode::Default,
                true,
                Some("Bearer own"),
            ),
            (&quiet, hub, TokenMode::Default, false, None),
            (&quiet, hub, TokenMode::Required, false, Some("Bearer own")),
            (&without, hub, TokenMode::Default, false, None),
            (&without, hub, explicit, false, Some("Bearer other")),
        ] {
            let sent = sent(layer, url, mode.clone(), trusted).unwrap();
            assert_eq!(sent.as_deref(), expected, "{url} {mode:?}");
        }
        let error = sent(&without, hub, TokenMode::Required, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LocalTokenNotFound);
        assert!(error.hint().is_some());
    }

    #[test]
    fn a_header_given_by_hand_stays_home() {
        let origin = Origin::of(&"https://hub.test".parse().unwrap()).unwrap();
        let layer = AuthLayer::new(origin).token(Token::new("own").unwrap());
        for (url, expected) in [
            ("https://hub.test/x", Some("Basic x")),
            ("https://cdn.test/x", None),
        ] {
            let mut request = Request::get(url)
                .header(AUTHORIZATION, "Basic x")
                .body(())
                .unwrap();
            layer.apply(&mut request).unwrap();
            let seen = request
                .headers()
                .get(AUTHORIZATION)
                .map(|v| v.to_str().unwrap());
            assert_eq!(seen, expected);
        }
    }
}
