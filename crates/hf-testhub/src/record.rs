//! Records every request that reaches the Hub, for assertions.
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode};

use crate::lock;

/// One of the listeners, each of which is a separate origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Listener {
    /// The endpoint: API and file routes.
    Hub,
    /// The storage behind it: LFS objects and xorbs, at signed URLs without a token.
    Storage,
    /// The Xet content store (CAS), which takes its own tokens only.
    Cas,
    /// The bridge: whole files from Xet over plain HTTP, by signed URLs without a token.
    Bridge,
}

impl Listener {
    pub(crate) const ALL: [Self; 4] = [Self::Hub, Self::Storage, Self::Cas, Self::Bridge];

    pub(crate) fn index(self) -> usize {
        match self {
            Self::Hub => 0,
            Self::Storage => 1,
            Self::Cas => 2,
            Self::Bridge => 3,
        }
    }
}

/// A request, as it arrived.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// The number of the request since the start of the Hub.
    pub number: u64,
    /// The number of the connection (of all listeners) on which it arrived.
    pub connection: u64,
    /// The listener at which it arrived.
    pub listener: Listener,
    /// The method.
    pub method: Method,
    /// The path as it was sent, including percent-encoding.
    pub path: String,
    /// The query as it was sent, without the question mark; empty if there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The beginning of the body; see [`Hub::record_bodies`](crate::Hub::record_bodies).
    pub body: Bytes,
    /// How many bytes of the body arrived.
    pub body_len: u64,
    /// The status of the response; `None` while the request is in flight, or if a fault prevented a
    /// response.
    pub status: Option<StatusCode>,
}

impl RecordedRequest {
    /// Returns a header as text, if present.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the body as JSON, if it is JSON.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Returns `GET /path?query`, for assertion messages.
    pub fn line(&self) -> String {
        if self.query.is_empty() {
            format!("{} {}", self.method, self.path)
        } else {
            format!("{} {}?{}", self.method, self.path, self.query)
        }
    }
}

#[derive(Default)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
    /// The number of bytes of response bodies by listener, outside of the lock because every frame
    /// counts.
    sent: [AtomicU64; Listener::ALL.len()],
}

struct Inner {
    next: u64,
    /// The number of requests that were dropped, which is the number of the first one kept.
    forgotten: u64,
    requests: VecDeque<RecordedRequest>,
    most: usize,
    body_limit: usize,
    in_flight: HashMap<Listener, (usize, usize)>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            next: 0,
            forgotten: 0,
            requests: VecDeque::new(),
            most: usize::MAX,
            body_limit: 64 * 1024,
            in_flight: HashMap::new(),
        }
    }
}

impl Inner {
    fn get(&mut self, number: u64) -> Option<&mut RecordedRequest> {
        let index = usize::try_from(number.checked_sub(self.forgotten)?).ok()?;
        self.requests.get_mut(index)
    }
}

impl Log {
    /// Records a request. Returns its number, and how many requests are in flight at its listener,
    /// including it.
    pub(crate) fn begin(&self, mut request: RecordedRequest) -> (u64, usize) {
        let mut log = lock(&self.inner);
        request.number = log.next;
        log.next += 1;
        let now = log.in_flight.entry(request.listener).or_default();
        now.0 += 1;
        now.1 = now.1.max(now.0);
        let open = now.0;
        log.requests.push_back(request);
        if log.requests.len() > log.most {
            log.requests.pop_front();
            log.forgotten += 1;
        }
        (log.next - 1, open)
    }

    pub(crate) fn sent(&self, origin: Listener, bytes: u64) {
        self.sent[origin.index()].fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn bytes_sent(&self, origin: Listener) -> u64 {
        self.sent[origin.index()].load(Ordering::Relaxed)
    }

    pub(crate) fn body_limit(&self) -> usize {
        lock(&self.inner).body_limit
    }

    pub(crate) fn set_body_limit(&self, limit: usize) {
        lock(&self.inner).body_limit = limit;
    }

    pub(crate) fn set_most(&self, most: usize) {
        let mut log = lock(&self.inner);
        log.most = most;
        while log.requests.len() > most {
            log.requests.pop_front();
            log.forgotten += 1;
        }
    }

    pub(crate) fn body(&self, number: u64, body: Bytes, len: u64) {
        if let Some(request) = lock(&self.inner).get(number) {
            request.body = body;
            request.body_len = len;
        }
    }

    pub(crate) fn status(&self, number: u64, status: StatusCode) {
        if let Some(request) = lock(&self.inner).get(number) {
            request.status = Some(status);
        }
    }

    pub(crate) fn end(&self, origin: Listener) {
        if let Some(now) = lock(&self.inner).in_flight.get_mut(&origin) {
            now.0 = now.0.saturating_sub(1);
        }
    }

    pub(crate) fn get(&self, number: u64) -> Option<RecordedRequest> {
        lock(&self.inner).get(number).cloned()
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        lock(&self.inner).requests.iter().cloned().collect()
    }

    /// The number of requests since the start.
    pub(crate) fn total(&self) -> u64 {
        lock(&self.inner).next
    }

    pub(crate) fn most_in_flight(&self, origin: Listener) -> usize {
        lock(&self.inner).in_flight.get(&origin).map_or(0, |n| n.1)
    }

    pub(crate) fn clear(&self) {
        let mut log = lock(&self.inner);
        log.forgotten = log.next;
        log.requests.clear();
        for now in log.in_flight.values_mut() {
            now.1 = now.0;
        }
        for sent in &self.sent {
            sent.store(0, Ordering::Relaxed);
        }
    }

    pub(crate) fn count(&self, wanted: impl Fn(&RecordedRequest) -> bool) -> usize {
        lock(&self.inner)
            .requests
            .iter()
            .filter(|r| wanted(r))
            .count()
    }
}

/// Keeps the first bytes of a request body while it is read.
pub(crate) struct Capture {
    head: BytesMut,
    limit: usize,
    len: u64,
}

impl Capture {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            head: BytesMut::new(),
            limit,
            len: 0,
        }
    }

    pub(crate) fn see(&mut self, bytes: &[u8]) {
        let room = self.limit - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.len += bytes.len() as u64;
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn head(&self) -> Bytes {
        Bytes::copy_from_slice(&self.head)
    }
}
