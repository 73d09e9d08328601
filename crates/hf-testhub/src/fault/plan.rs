//! The description of a fault: the requests that it affects, and its effects.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::{CannedResponse, Matcher};
use crate::blob::Blob;
use crate::hub::Hub;
use crate::record::{Listener, RecordedRequest};
use crate::wire::Stop;

type Hook = Arc<dyn Fn(&Hub) + Send + Sync>;
type Rewrite = Arc<dyn Fn(&mut Vec<u8>) + Send + Sync>;
type Script = Arc<dyn Fn(&RecordedRequest) -> CannedResponse + Send + Sync>;

/// The effects of a fault on a request. They can be combined.
#[derive(Clone, Default)]
pub(crate) struct Effects {
    pub(crate) hook: Option<Hook>,
    pub(crate) delay: Option<Duration>,
    pub(crate) upload_stop: Option<(u64, Stop)>,
    pub(crate) process_first: bool,
    pub(crate) response: Option<CannedResponse>,
    pub(crate) script: Option<Script>,
    pub(crate) head_stop: Option<Stop>,
    pub(crate) ignore_range: bool,
    pub(crate) set_headers: Vec<(String, String)>,
    pub(crate) drop_headers: Vec<String>,
    pub(crate) etag: Option<String>,
    pub(crate) body_stop: Option<(u64, Stop)>,
    pub(crate) corrupt: Option<u64>,
    pub(crate) length_off_by: Option<i64>,
    pub(crate) append: Option<Bytes>,
    pub(crate) chunked: bool,
    pub(crate) gzip: bool,
    pub(crate) redirect_to_self: Option<u16>,
    pub(crate) inject: Vec<Value>,
    pub(crate) truncate: Option<u64>,
    pub(crate) body: Option<Blob>,
    pub(crate) rewrite: Option<Rewrite>,
}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Effects").finish_non_exhaustive()
    }
}

/// A fault that is injected into selected requests, always in the same way.
///
/// A fault selects requests (by method, path, query and origin), says how many it affects (one,
/// unless [`times`](Self::times) or [`always`](Self::always) is used, after the first
/// [`skip`](Self::skip)), and what happens to them. Several effects can be combined in one fault.
/// If several faults match a request, the one installed first applies.
///
/// ```
/// # use hf_testhub::{Fault, TestHub};
/// # use http::Method;
/// # use std::time::Duration;
/// # async fn f(hub: &TestHub) {
/// // The next two commits are refused for 3 seconds.
/// let busy = hub.fault(
///     Fault::on(Method::POST, "/api/*/commit/*").times(2).status(503).retry_after(3),
/// );
/// // The second GET of a large file breaks off after 1000 bytes.
/// hub.fault(Fault::on(Method::GET, "/blobs/*").skip(1).cut_after(1000));
/// // A commit is made, but its response never arrives.
/// hub.fault(Fault::on(Method::POST, "/api/*/commit/*").lose_response());
/// assert_eq!(busy.fired(), 0);
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault does nothing until it is given to `Hub::fault`"]
pub struct Fault {
    pub(crate) matcher: Matcher,
    pub(crate) skip: usize,
    pub(crate) times: Option<usize>,
    pub(crate) effects: Effects,
}

/// # Which requests
impl Fault {
    /// Selects requests with this method whose path matches. `*` matches any characters, including
    /// `/`. The path is compared as it was sent, including percent-encoding.
    pub fn on(method: Method, path: &str) -> Self {
        let mut fault = Self::on_any(path);
        fault.matcher.method = Some(method);
        fault
    }

    /// Selects requests with any method whose path matches.
    pub fn on_any(path: &str) -> Self {
        Self {
            matcher: Matcher {
                method: None,
                path: path.to_owned(),
                query: None,
                listener: None,
            },
            skip: 0,
            times: Some(1),
            effects: Effects::default(),
        }
    }

    /// Restricts the fault to requests to this listener.
    pub fn at(mut self, listener: Listener) -> Self {
        self.matcher.listener = Some(listener);
        self
    }

    /// Restricts the fault to requests whose query, as it was sent, contains this text.
    pub fn query(mut self, part: &str) -> Self {
        self.matcher.query = Some(part.to_owned());
        self
    }

    /// Affects `n` requests (the default is one).
    pub fn times(mut self, n: usize) -> Self {
        self.times = Some(n);
        self
    }

    /// Affects every matching request until the fault is removed.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Lets the first `n` matching requests pass.
    pub fn skip(mut self, n: usize) -> Self {
        self.skip = n;
        self
    }
}

/// # Before the request is processed
impl Fault {
    /// Runs a hook before anything else, for example to add a commit, delete the repository, or
    /// remove a fault.
    pub fn run(mut self, hook: impl Fn(&Hub) + Send + Sync + 'static) -> Self {
        self.effects.hook = Some(Arc::new(hook));
        self
    }

    /// Expires every storage URL issued so far (403 until the client requests a new one).
    pub fn expire_storage_urls(self) -> Self {
        self.run(Hub::expire_storage_urls)
    }

    /// Waits before the request is processed.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.effects.delay = Some(delay);
        self
    }

    /// Resets the connection after `n` bytes of the request body.
    pub fn reset_upload_after(mut self, n: u64) -> Self {
        self.effects.upload_stop = Some((n, Stop::Reset));
        self
    }

    /// Stops reading the request body after `n` bytes, with the connection open.
    pub fn stall_upload_after(mut self, n: u64) -> Self {
        self.effects.upload_stop = Some((n, Stop::Stall));
        self
    }

    /// Processes the request as usual before the effect replaces or loses its response.
    pub fn after_processing(mut self) -> Self {
        self.effects.process_first = true;
        self
    }

    /// Ignores `Range`, so that the whole content is sent with 200.
    pub fn ignore_range(mut self) -> Self {
        self.effects.ignore_range = true;
        self
    }
}

/// # Instead of the response
impl Fault {
    /// Responds with this status. The body is a short text like a proxy's, unless another one is
    /// set.
    pub fn status(self, status: u16) -> Self {
        let reason = http::StatusCode::from_u16(status)
            .ok()
            .and_then(|s| s.canonical_reason())
            .unwrap_or("Error");
        self.respond(
            CannedResponse::status(status)
                .header("content-type", "text/plain; charset=utf-8")
                .body(reason),
        )
    }

    /// Responds with this response.
    pub fn respond(mut self, response: CannedResponse) -> Self {
        self.effects.response = Some(response);
        self
    }

    /// Responds with the result of a closure, which receives the request including its whole body.
    pub fn script(
        mut self,
        script: impl Fn(&RecordedRequest) -> CannedResponse + Send + Sync + 'static,
    ) -> Self {
        self.effects.script = Some(Arc::new(script));
        self
    }

    /// Responds with 429 and the Hub's rate limit headers: no requests left, `reset_in` seconds
    /// until the reset.
    pub fn rate_limited(self, reset_in: u64) -> Self {
        self.respond(
            CannedResponse::status(429)
                .hub_error(None, "We had to rate limit you, you hit the quota of 500 api requests per 5 minutes period.")
                .header("ratelimit", format!("\"api\";r=0;t={reset_in}"))
                .header("ratelimit-policy", "\"fixed window\";\"api\";q=500;w=300"),
        )
    }

    /// Redirects to the URL of the request itself.
    pub fn redirect_to_self(mut self, status: u16) -> Self {
        self.effects.redirect_to_self = Some(status);
        self
    }

    /// Never responds; the connection stays open.
    pub fn stall(mut self) -> Self {
        self.effects.head_stop = Some(Stop::Stall);
        self
    }

    /// Resets the connection (RST) instead of responding.
    pub fn reset(mut self) -> Self {
        self.effects.head_stop = Some(Stop::Reset);
        self
    }

    /// Closes the connection (FIN) instead of responding.
    pub fn close(mut self) -> Self {
        self.effects.head_stop = Some(Stop::Cut);
        self
    }

    /// Processes the request, and then resets the connection, so that the client cannot know the
    /// outcome.
    pub fn lose_response(self) -> Self {
        self.after_processing().reset()
    }
}

/// # In the response
impl Fault {
    /// Sets a header of the response, whatever its status.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.effects
            .set_headers
            .push((name.to_owned(), value.into()));
        self
    }

    /// Sets `Retry-After`, in seconds.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("retry-after", seconds.to_string())
    }

    /// Removes a header of the response.
    pub fn without_header(mut self, name: &str) -> Self {
        self.effects.drop_headers.push(name.to_owned());
        self
    }

    /// Replaces the ETag (in `ETag` and `X-Linked-ETag`, where present). The value is given without
    /// quotes.
    pub fn etag(mut self, etag: &str) -> Self {
        self.effects.etag = Some(etag.to_owned());
        self
    }

    /// Sets `Content-Range`, correctly or not.
    pub fn content_range(self, value: &str) -> Self {
        self.header("content-range", value)
    }

    /// Replaces the body, and keeps the status and headers.
    pub fn body(mut self, body: impl Into<Blob>) -> Self {
        self.effects.body = Some(body.into());
        self
    }

    /// Modifies the body of a successful response, and adjusts `Content-Length`.
    pub fn rewrite(mut self, change: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        self.effects.rewrite = Some(Arc::new(change));
        self
    }

    /// Ends the body after `n` bytes without a sign of truncation (the length is that of the
    /// shortened body).
    pub fn truncate(mut self, n: u64) -> Self {
        self.effects.truncate = Some(n);
        self
    }

    /// Closes the connection (FIN) after `n` bytes of the body.
    pub fn cut_after(mut self, n: u64) -> Self {
        self.effects.body_stop = Some((n, Stop::Cut));
        self
    }

    /// Resets the connection (RST) after `n` bytes of the body.
    pub fn reset_after(mut self, n: u64) -> Self {
        self.effects.body_stop = Some((n, Stop::Reset));
        self
    }

    /// Goes silent after `n` bytes of the body, with the connection open.
    pub fn stall_after(mut self, n: u64) -> Self {
        self.effects.body_stop = Some((n, Stop::Stall));
        self
    }

    /// Flips the bits of the byte at this position of the body.
    pub fn corrupt(mut self, at: u64) -> Self {
        self.effects.corrupt = Some(at);
        self
    }

    /// Changes `Content-Length` by that many bytes. A positive value announces more than is sent
    /// (the connection is then closed), a negative one less (the rest is not sent).
    pub fn content_length_off_by(mut self, bytes: i64) -> Self {
        self.effects.length_off_by = Some(bytes);
        self
    }

    /// Appends bytes to the body and adjusts `Content-Length`.
    pub fn append(mut self, bytes: impl Into<Bytes>) -> Self {
        self.effects.append = Some(bytes.into());
        self
    }

    /// Sends the body without a length, chunked.
    pub fn chunked(mut self) -> Self {
        self.effects.chunked = true;
        self
    }

    /// Compresses the body with gzip, whether the client accepts it or not.
    pub fn gzip(mut self) -> Self {
        self.effects.gzip = true;
        self
    }

    /// Appends entries to the response, which must be a JSON array, to make a hostile listing.
    pub fn inject(mut self, entries: impl IntoIterator<Item = Value>) -> Self {
        self.effects.inject.extend(entries);
        self
    }
}
