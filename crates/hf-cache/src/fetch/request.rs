//! The settings that apply to every request of a download.

use std::fmt;
use std::time::Duration;

use hf_transport::{RedirectMode, Request, RequestOptions, TokenMode};

/// The token, headers and time limits of the requests of one call.
#[derive(Clone, Default)]
pub(crate) struct RequestSettings {
    pub(crate) token: TokenMode,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) etag_timeout: Option<Duration>,
}

impl fmt::Debug for RequestSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Header values may be secrets.
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("RequestSettings")
            .field("token", &self.token)
            .field("headers", &names)
            .field("timeout", &self.timeout)
            .field("etag_timeout", &self.etag_timeout)
            .finish()
    }
}

impl RequestSettings {
    /// Returns what requests to the Hub carry that others than this crate make.
    pub(crate) fn options(&self) -> RequestOptions {
        let options = RequestOptions::new().with_token(self.token.clone());
        let options = self.headers.iter().fold(options, |options, (name, value)| {
            options.with_header(name, value)
        });
        match self.timeout {
            Some(limit) => options.with_timeout(limit),
            None => options,
        }
    }

    /// Prepares a request for metadata or a list, which is small and has a total time limit.
    pub(crate) fn metadata(&self, request: Request, default_etag_timeout: Duration) -> Request {
        let request = self
            .hub(request)
            .header_timeout(self.etag_timeout.unwrap_or(default_etag_timeout));
        match self.timeout {
            Some(limit) => request.timeout(limit),
            None => request,
        }
    }

    /// Prepares a request to the Hub for the bytes of a file. The Hub sends them or redirects to storage;
    /// redirects within the Hub are followed.
    pub(crate) fn content(&self, request: Request) -> Request {
        self.limited(self.hub(request))
            .redirect(RedirectMode::SameOrigin)
            .accept_compressed(false)
    }

    /// Prepares a request to storage. Its signed URL is the only credential: token and headers stay with the
    /// Hub.
    pub(crate) fn storage(&self, request: Request) -> Request {
        self.limited(request)
            .token(TokenMode::None)
            .redirect(RedirectMode::Follow)
            .accept_compressed(false)
    }

    fn hub(&self, request: Request) -> Request {
        let request = request.token(self.token.clone());
        self.headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        })
    }

    /// Limits only the wait for the headers, because a large body may take hours.
    fn limited(&self, request: Request) -> Request {
        match self.timeout {
            Some(limit) => request.header_timeout(limit),
            None => request,
        }
    }
}
