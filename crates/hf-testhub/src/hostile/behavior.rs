use super::{Encoding, Errors, EtagForm, Excess, LinkForm, RangeSupport, RedirectTarget, StopKind};

/// How one of the two listeners behaves until told otherwise.
///
/// The default is the Hub's own good behavior; each setter replaces one part of it. Set it with
/// [`Hub::set_behavior`](crate::Hub::set_behavior).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Behavior {
    /// Only requests whose path matches (`*` stands for any characters, `/` included).
    pub path: String,
    /// What becomes of a request for part of a file.
    pub range: RangeSupport,
    /// The status that refuses a `GET` of a whole file; `None` serves it.
    pub refuse_whole: Option<u16>,
    /// The status that refuses every `HEAD`; `None` answers it.
    pub refuse_head: Option<u16>,
    /// Where bodies break off.
    pub cut: Option<Cut>,
    /// The `Content-Encoding`, true or not.
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
    /// How many responses may be open at a time.
    pub connections: Option<ConnectionLimit>,
}

/// Bodies that break off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// How many bytes of the body are sent before.
    pub after: u64,
    /// How many bodies are cut; `usize::MAX` is all of them.
    pub times: usize,
    /// How the connection ends.
    pub how: StopKind,
}

impl Cut {
    /// Cuts `times` bodies after `after` bytes.
    pub fn new(after: u64, times: usize, how: StopKind) -> Self {
        Self { after, times, how }
    }
}

/// Redirects before the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirects {
    /// The status, of any method: 301, 302, 303, 307, 308 or an odd one.
    pub status: u16,
    /// How many there are in a row; `usize::MAX` is a loop.
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

/// A server that serves so many at a time and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionLimit {
    /// How many responses may be open, their bodies included.
    pub most: usize,
    /// What the next one gets.
    pub excess: Excess,
}

impl ConnectionLimit {
    /// Serves `most` at a time.
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
    /// A well-behaved server, to be spoiled by the setters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the behavior to paths that match; `*` stands for any characters, `/` included.
    pub fn on(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets what becomes of a request for part of a file.
    pub fn range(mut self, range: RangeSupport) -> Self {
        self.range = range;
        self
    }

    /// Refuses every `GET` of a whole file with this status: a storage that serves ranges alone.
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

    /// Sets where bodies break off.
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

    /// Adds that many headers of 64 bytes to each response.
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

    /// Limits how many responses may be open at a time.
    pub fn connections(mut self, limit: ConnectionLimit) -> Self {
        self.connections = Some(limit);
        self
    }
}
