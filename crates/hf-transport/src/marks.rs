use std::time::Duration;

use crate::token::Token;

/// Which token a request carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TokenMode {
    /// The client's token, if it has one.
    #[default]
    Default,
    /// No token (`token=False` in Python).
    None,
    /// The client's token, even where implicit tokens are disabled; none is an error
    /// (`token=True` in Python).
    Required,
    /// This token.
    Explicit(Token),
}

/// Which redirects a request follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum RedirectMode {
    /// All of them. The token stays behind when the origin changes.
    #[default]
    Follow,
    /// Those within the endpoint's origin; the first one that leaves it is the answer, as a file's
    /// metadata needs it.
    SameOrigin,
    /// None: the redirect is the answer.
    None,
}

/// What travels with a request through the layers, as one `http` extension.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Marks {
    /// The name of the call, as the name of its span.
    pub operation: Option<&'static str>,
    /// Whether sending it twice is harmless; `None`: as its method says.
    pub repeatable: Option<bool>,
    /// Which token it carries.
    pub token: TokenMode,
    /// The target's own origin may see the token, though it is not the endpoint's.
    pub trusted: bool,
    /// Which redirects are followed.
    pub redirect: RedirectMode,
    /// Limit for the head of the answer of each attempt.
    pub head_timeout: Option<Duration>,
    /// Limit for silence while the answer's body is read.
    pub idle_timeout: Option<Duration>,
    /// Limit for all of it, retries and body included.
    pub timeout: Option<Duration>,
    /// How often it may be sent again; `None`: as often as the client's configuration says.
    pub max_retries: Option<u32>,
    /// The number of the attempt, from 1; 0 before the retry layer.
    pub attempt: u32,
}

impl Marks {
    /// The marks of a request, or the defaults.
    pub fn of<B>(request: &http::Request<B>) -> Self {
        request.extensions().get().cloned().unwrap_or_default()
    }

    /// Whether sending a request with these marks twice is harmless.
    pub fn is_repeatable(&self, method: &http::Method) -> bool {
        self.repeatable.unwrap_or_else(|| method.is_idempotent())
    }
}

/// What the layers say about an answer, as one `http` extension of the response.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trail {
    /// The address that answered, after redirects.
    pub url: http::Uri,
    /// How many attempts were made.
    pub attempts: u32,
}

impl Trail {
    /// The trail of an answer from `url`.
    pub fn new(url: http::Uri) -> Self {
        Self { url, attempts: 1 }
    }
}
