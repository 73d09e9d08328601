//! The behavior of a listener.

use super::{Encoding, Errors, EtagForm, Excess, LinkForm, RangeSupport, RedirectTarget, StopKind};

/// The behavior of one of the two listeners, until it is changed.
///
/// The default is the normal behavior of the Hub; each setter replaces one aspect of it. Set the
/// behavior with [`Hub::set_behavior`](crate::Hub::set_behavior).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Behavior {
    /// The paths that are affected (`*` matches any characters, including `/`).
    pub path: String,
    /// How a request for part of a file is handled.
    pub range: RangeSupport,
    /// The status with which a `GET` of a whole file is refused; `None` serves it.
    pub refuse_whole: Option<u16>,
    /// The status with which every `HEAD` is refused; `None` serves it.
    pub refuse_head: Option<u16>,
    /// Where bodies are cut off.
    pub cut: Option<Cut>,
    /// The `Content-Encoding`, correct or not.
    pub encoding: Encoding,
    /// The form of `ETag` and `X-Linked-ETag`.
    pub etag: EtagForm,
    /// Whether bodies are sent without `Content-Length`.
    pub chunked: bool,
    /// How many headers of 64 bytes are added to each response.
    pub extra_headers: usize,
    /// Requests that are redirected before they are processed.
    pub redirects: Option<Redirects>,
    /// The form of `Link` headers.
    pub link: LinkForm,
    /// Requests that fail.
    pub errors: Option<Errors>,
    /// How many responses may be open at the same time.
    pub connections: Option<ResponseLimit>,
}

/// Bodies that are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// How many bytes of the body are sent first.
    pub after: u64,
    /// How many bodies are cut; `usize::MAX` means all of them.
    pub times: usize,
    /// How the connection ends.
    pub how: StopKind,
}

impl Cut {
    /// Cuts `times` bodies off after `after` bytes.
    pub fn new(after: u64, times: usize, how: StopKind) -> Self {
        Self { after, times, how }
    }
}

/// Redirects before the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirects {
    /// The status: 301, 302, 303, 307, 308 or an unusual one.
    pub status: u16,
    /// The number of consecutive redirects; `usize::MAX` is a loop.
    pub hops: usize,
    /// Where they lead.
    pub target: RedirectTarget,
}

impl Redirects {
    /// Redirects `hops` times with `status`.
    pub fn new(status: u16, hops: usize, target: RedirectTarget) -> Self {
        Self {
            status,
            hops,
            target,
        }
    }
}

/// A server that limits the number of open responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseLimit {
    /// The number of responses that may be open, including their bodies.
    pub most: usize,
    /// What happens to requests beyond the limit.
    pub excess: Excess,
}

impl ResponseLimit {
    /// Limits the number of open responses to `most`.
    pub fn new(most: usize, excess: Excess) -> Self {
        Self { most, excess }
    }
}

impl Default for Behavior {
    fn default() -> Self {
        Self {
            path: "*".to_owned(),
            range: RangeSupport::Honored,
            refuse_whole: None,
            refuse_head: None,
            cut: None,
            encoding: Encoding::None,
            etag: EtagForm::Unchanged,
            chunked: false,
            extra_headers: 0,
            redirects: None,
            link: LinkForm::Unchanged,
            errors: None,
            connections: None,
        }
    }
}

impl Behavior {
    /// Creates the normal behavior, for the setters to change.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the behavior to matching paths; `*` matches any characters, including `/`.
    pub fn on(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets how a request for part of a file is handled.
    pub fn range(mut self, range: RangeSupport) -> Self {
        self.range = range;
        self
    }

    /// Refuses every `GET` of a whole file with this status, like a storage service that only
    /// serves ranges.
    pub fn refuse_whole(mut self, status: u16) -> Self {
        self.refuse_whole = Some(status);
        self
    }

    /// Refuses every `HEAD` with this status.
    pub fn refuse_head(mut self, status: u16) -> Self {
        self.refuse_head = Some(status);
        self
    }

    /// Closes every connection after `bytes` of a body.
    pub fn cut_after(self, bytes: u64) -> Self {
        self.cut(Cut::new(bytes, usize::MAX, StopKind::Close))
    }

    /// Sets where bodies are cut off.
    pub fn cut(mut self, cut: Cut) -> Self {
        self.cut = Some(cut);
        self
    }

    /// Sets the `Content-Encoding`.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Sets the form of ETags.
    pub fn etag(mut self, etag: EtagForm) -> Self {
        self.etag = etag;
        self
    }

    /// Sends bodies without `Content-Length`.
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Adds `count` headers of 64 bytes to each response.
    pub fn extra_headers(mut self, count: usize) -> Self {
        self.extra_headers = count;
        self
    }

    /// Redirects requests before they are processed.
    pub fn redirects(mut self, redirects: Redirects) -> Self {
        self.redirects = Some(redirects);
        self
    }

    /// Sets the form of `Link` headers.
    pub fn link(mut self, link: LinkForm) -> Self {
        self.link = link;
        self
    }

    /// Fails some requests.
    pub fn errors(mut self, errors: Errors) -> Self {
        self.errors = Some(errors);
        self
    }

    /// Limits how many responses may be open at the same time.
    pub fn connections(mut self, limit: ResponseLimit) -> Self {
        self.connections = Some(limit);
        self
    }
}
