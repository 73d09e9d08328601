//! The client that a call runs on, and the options that every call takes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hf_transport::progress::ProgressSink;

use super::token_arg::{Malformed, TokenArg};
use crate::{Error, HfApi, Result, TokenMode};

/// The options that every call takes besides its parameters.
///
/// [`HfApi::with_options`] makes them the defaults of all calls on a client; a
/// setter of the call itself (`.token(..)`, `.timeout(..)`) wins over the
/// client's value, and `.header(..)` adds to the client's headers.
///
/// ```
/// use std::time::Duration;
/// use hf_api::CallOptions;
///
/// # fn example(api: hf_api::HfApi) {
/// let billed = api.with_options(
///     CallOptions::new()
///         .timeout(Duration::from_secs(30))
///         .header("X-HF-Bill-To", "my-org"),
/// );
/// # }
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// The token that is sent.
    pub token: TokenMode,
    /// The longest time each request may take, response body included.
    pub timeout: Option<Duration>,
    /// Headers added to each request.
    pub headers: Vec<(String, String)>,
    /// The sink that calls which move files report progress to.
    pub progress: Option<Arc<dyn ProgressSink>>,
}

impl CallOptions {
    /// Creates options that change nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the token that is sent.
    #[must_use]
    pub fn token(mut self, token: impl Into<TokenMode>) -> Self {
        self.token = token.into();
        self
    }

    /// Limits the time of each request, response body included.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Adds a header to each request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the sink that calls which move files report progress to.
    #[must_use]
    pub fn progress(mut self, sink: Arc<dyn ProgressSink>) -> Self {
        self.progress = Some(sink);
        self
    }
}

/// Values of headers are left out: one of them may be a credential.
impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("CallOptions")
            .field("token", &self.token)
            .field("timeout", &self.timeout)
            .field("headers", &names)
            .field("progress", &self.progress.is_some())
            .finish()
    }
}

/// The client that a call runs on, and its options.
#[derive(Debug, Clone, Default)]
pub struct Context {
    api: Option<HfApi>,
    pub(crate) options: CallOptions,
    /// The reason why the call's token is malformed.
    malformed_token: Option<String>,
}

impl Context {
    /// Puts a call on `api`, with the options of `api` as defaults.
    pub(crate) fn on(api: &HfApi) -> Self {
        Self {
            options: api.options().clone(),
            api: Some(api.clone()),
            malformed_token: None,
        }
    }

    /// Sets the token; malformed text is reported when the call runs.
    pub(crate) fn set_token(&mut self, token: TokenArg) {
        match token.0 {
            Ok(mode) => {
                self.options.token = mode;
                self.malformed_token = None;
            }
            Err(Malformed(problem)) => self.malformed_token = Some(problem),
        }
    }

    /// Returns the client with the call's options; the default client where
    /// the call was made by a free function.
    pub(crate) fn api(&self) -> Result<HfApi> {
        if let Some(problem) = &self.malformed_token {
            return Err(Error::validation(format!("`token`: {problem}")));
        }
        let api = match &self.api {
            Some(api) => api.clone(),
            None => crate::default_api()?,
        };
        Ok(api.with_options(self.options.clone()))
    }
}
