//! What the layers report about a response.

use http::Uri;

/// What the layers report about a response, as an extension of the `http::Response`.
#[derive(Debug, Clone)]
pub struct ResponseInfo {
    url: Uri,
    pub(crate) attempts: u32,
}

impl ResponseInfo {
    /// Creates the info of a first attempt's response from `url`.
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
