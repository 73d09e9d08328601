//! The limits of time of a client.

use std::time::Duration;

/// The limits of time of a client.
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
            // The Hub's own gateways give up at about that.
            headers: Duration::from_secs(60),
            idle: Duration::from_secs(10),
            total: None,
        }
    }
}

impl Timeouts {
    /// Limits the making of a connection: name resolution, TCP, proxy and TLS together. 10 s by default.
    pub fn with_connect(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// Limits the wait for the response's headers in each attempt, from the last byte of the request's
    /// body. 60 s by default.
    pub fn with_headers(mut self, limit: Duration) -> Self {
        self.headers = limit;
        self
    }

    /// Limits silence while a body is read. `HF_HUB_DOWNLOAD_TIMEOUT` by default, which is 10 s if unset.
    pub fn with_idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }

    /// Limits each request as a whole, with retries and body. None by default, as an upload may take hours.
    pub fn with_total(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.total = limit.into();
        self
    }

    /// Returns the limit for the making of a connection.
    pub fn connect(&self) -> Duration {
        self.connect
    }

    /// Returns the limit for the headers of each attempt.
    pub fn headers(&self) -> Duration {
        self.headers
    }

    /// Returns the limit for silence in a body.
    pub fn idle(&self) -> Duration {
        self.idle
    }

    /// Returns the limit for each request as a whole.
    pub fn total(&self) -> Option<Duration> {
        self.total
    }
}
