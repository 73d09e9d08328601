//! The client that a call runs on, and the options that every call takes.

use std::sync::Arc;
use std::time::Duration;

use hf_transport::RequestOptions;
use hf_transport::progress::ProgressSink;

use super::token_arg::{Malformed, TokenArg};
use crate::{Error, HfApi, Result};

/// The client that a call runs on, and what the call sets itself.
#[derive(Debug, Clone, Default)]
pub struct Context {
    api: Option<HfApi>,
    /// The options of the call; those of the client fill in what it does not
    /// set.
    options: RequestOptions,
    /// The reason why the call's token is malformed.
    malformed_token: Option<String>,
}

impl Context {
    /// Puts a call on `api`.
    pub(crate) fn on(api: &HfApi) -> Self {
        Self {
            api: Some(api.clone()),
            ..Self::default()
        }
    }

    /// Returns the options that the call sets itself.
    #[cfg(feature = "by-name")]
    pub(crate) fn options(&self) -> &RequestOptions {
        &self.options
    }

    fn set(&mut self, change: impl FnOnce(RequestOptions) -> RequestOptions) {
        self.options = change(std::mem::take(&mut self.options));
    }

    /// Sets the token; malformed text is reported when the call runs.
    pub(crate) fn set_token(&mut self, token: TokenArg) {
        match token.0 {
            Ok(mode) => {
                self.set(|options| options.with_token(mode));
                self.malformed_token = None;
            }
            Err(Malformed(problem)) => self.malformed_token = Some(problem),
        }
    }

    /// Limits each request of the call.
    pub(crate) fn set_timeout(&mut self, limit: Duration) {
        self.set(|options| options.with_timeout(limit));
    }

    /// Adds a header to each request of the call.
    pub(crate) fn add_header(&mut self, name: &str, value: &str) {
        self.set(|options| options.with_header(name, value));
    }

    /// Sets the sink of progress events.
    pub(crate) fn set_progress(&mut self, sink: Arc<dyn ProgressSink>) {
        self.set(|options| options.with_progress(sink));
    }

    /// Returns the client for the requests of the call named `name`, with the
    /// call's options; the default client where the call was made by a free
    /// function.
    pub(crate) fn api(&self, name: &'static str) -> Result<HfApi> {
        if let Some(problem) = &self.malformed_token {
            return Err(Error::validation(format!("`token`: {problem}")));
        }
        let api = match &self.api {
            Some(api) => api.clone(),
            None => crate::default_api()?,
        };
        let options = self.options.clone().with_defaults(api.options());
        Ok(api.with_options(options.with_root_operation(name)))
    }
}
