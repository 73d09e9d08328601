//! The settings that apply to every request of a download.

use std::time::Duration;

use hf_transport::{RedirectMode, Request, RequestOptions, TokenMode};

/// The options of the requests of one call.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestSettings {
    pub(crate) options: RequestOptions,
    pub(crate) etag_timeout: Option<Duration>,
}

impl RequestSettings {
    /// Prepares a request for metadata or a list, which is small and has a total time limit.
    pub(crate) fn metadata(&self, request: Request, default_etag_timeout: Duration) -> Request {
        request
            .header_timeout(self.etag_timeout.unwrap_or(default_etag_timeout))
            .with_defaults(&self.options)
    }

    /// Prepares a request to the Hub for the bytes of a file. The Hub sends them or redirects to storage;
    /// redirects within the Hub are followed.
    pub(crate) fn content(&self, request: Request) -> Request {
        self.limited(request)
            .with_defaults(&self.options.clone().without_timeout())
            .redirect(RedirectMode::SameOrigin)
            .accept_compressed(false)
    }

    /// Prepares a request to storage. Its signed URL is the only credential: token and headers stay with the
    /// Hub.
    pub(crate) fn storage(&self, request: Request) -> Request {
        self.limited(request)
            .token(TokenMode::None)
            .with_defaults(&self.options.for_storage())
            .redirect(RedirectMode::Follow)
            .accept_compressed(false)
    }

    /// Limits only the wait for the headers, because a large body may take hours.
    fn limited(&self, request: Request) -> Request {
        match self.options.timeout() {
            Some(limit) => request.header_timeout(limit),
            None => request,
        }
    }
}
