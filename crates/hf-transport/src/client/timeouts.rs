//! The timeouts of a client.

use std::time::Duration;

/// The timeouts of a client.
///
/// ```
/// use std::time::Duration;
/// use hf_transport::Timeouts;
/// let timeouts = Timeouts::default().with_headers(Duration::from_secs(20));
/// assert_eq!(timeouts.connect(), Duration::from_secs(10));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    connect: Duration,
    headers: Duration,
    idle: Duration,
    total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            // The Hub's own gateways time out at about 60 s.
            headers: Duration::from_secs(60),
            idle: Duration::from_secs(10),
            total: None,
        }
    }
}

impl Timeouts {
    /// Sets the connect timeout, which covers name resolution, TCP, proxy and TLS together. 10 s by default.
    pub fn with_connect(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// Sets how long each attempt waits for the response headers, counted from the last byte of the request
    /// body. 60 s by default.
    pub fn with_headers(mut self, limit: Duration) -> Self {
        self.headers = limit;
        self
    }

    /// Sets the idle timeout: how long no bytes may arrive while a body is read. Defaults to
    /// `HF_HUB_DOWNLOAD_TIMEOUT`, or 10 s if that is unset.
    pub fn with_idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }

    /// Sets the timeout of each request as a whole, including retries and the body. None by default, because
    /// an upload may take hours.
    pub fn with_total(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.total = limit.into();
        self
    }

    /// Returns the connect timeout.
    pub fn connect(&self) -> Duration {
        self.connect
    }

    /// Returns the timeout for the headers of each attempt.
    pub fn headers(&self) -> Duration {
        self.headers
    }

    /// Returns the idle timeout of a body.
    pub fn idle(&self) -> Duration {
        self.idle
    }

    /// Returns the timeout of each request as a whole.
    pub fn total(&self) -> Option<Duration> {
        self.total
    }
}
