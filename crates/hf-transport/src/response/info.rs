//! Information about a response, recorded by the layers.

use http::Uri;

/// Information about a response, recorded by the layers as an extension of the `http::Response`.
#[derive(Debug, Clone)]
pub struct ResponseInfo {
    url: Uri,
    pub(crate) attempts: u32,
}

impl ResponseInfo {
    /// Creates the information for a response from `url` to a first attempt.
    pub fn new(url: Uri) -> Self {
        Self { url, attempts: 1 }
    }

    /// Returns the URL that the response came from, after redirects.
    pub fn url(&self) -> &Uri {
        &self.url
    }

    /// Returns how many times the request was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(crate) fn into_parts(self) -> (Uri, u32) {
        (self.url, self.attempts)
    }
}
