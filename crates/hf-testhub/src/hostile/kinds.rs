//! The variants of each aspect of a behavior.

use crate::wire::Stop;

/// How a request for part of a file is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RangeSupport {
    /// 206 with the requested range.
    Honored,
    /// Refused with this status.
    Refused(u16),
    /// 200 with the whole file.
    Ignored,
    /// 206 with the whole file, with a correct `Content-Range`.
    FromZero,
    /// 206 with a range that starts this many bytes later (or earlier, if negative), with a correct
    /// `Content-Range`.
    Shifted(i64),
    /// 206 with other bytes than `Content-Range` says: those one byte later.
    Lying,
    /// 206 with the right bytes and no `Content-Range`.
    WithoutContentRange,
    /// 206 with the whole file and no `Content-Range`.
    FromZeroWithoutContentRange,
    /// 206 with at most this many of the requested bytes, with a correct `Content-Range`.
    AtMost(u64),
    /// 206 whose `Content-Range` has `*` for the size.
    UnknownSize,
    /// 206 whose `Content-Range` has a size one byte too large.
    WrongSize,
    /// 206 with a body of type `multipart/byteranges`.
    Multipart,
}

impl RangeSupport {
    /// One value of each kind; refusals with all statuses that servers send in practice.
    pub const ALL: &[Self] = &[
        Self::Honored,
        Self::Refused(400),
        Self::Refused(403),
        Self::Refused(405),
        Self::Refused(416),
        Self::Refused(429),
        Self::Refused(500),
        Self::Refused(501),
        Self::Refused(503),
        Self::Ignored,
        Self::FromZero,
        Self::Shifted(1),
        Self::Shifted(-1),
        Self::Lying,
        Self::WithoutContentRange,
        Self::FromZeroWithoutContentRange,
        Self::AtMost(1000),
        Self::UnknownSize,
        Self::WrongSize,
        Self::Multipart,
    ];
}

/// How a connection ends in the middle of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopKind {
    /// Orderly close (FIN).
    Close,
    /// Reset (RST).
    Reset,
    /// Silence with the connection open.
    Stall,
}

impl StopKind {
    /// All kinds.
    pub const ALL: &[Self] = &[Self::Close, Self::Reset, Self::Stall];

    pub(super) fn stop(self) -> Stop {
        match self {
            Self::Close => Stop::Cut,
            Self::Reset => Stop::Reset,
            Self::Stall => Stop::Stall,
        }
    }
}

/// A `Content-Encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// No header.
    None,
    /// This label on an unencoded body.
    Label(&'static str),
    /// A gzip body, with this spelling of the label.
    Gzip(&'static str),
    /// A gzip body of two members.
    GzipMembers,
    /// A body that is labelled gzip but is not.
    BrokenGzip,
}

impl Encoding {
    /// One of each kind.
    pub const ALL: &[Self] = &[
        Self::None,
        Self::Label("identity"),
        Self::Label("none"),
        Self::Label("UTF-8"),
        Self::Label("aws-chunked"),
        Self::Label("br"),
        Self::Label("zstd"),
        Self::Label("deflate"),
        Self::Gzip("gzip"),
        Self::Gzip("GZIP"),
        Self::Gzip("x-gzip"),
        Self::GzipMembers,
        Self::BrokenGzip,
    ];
}

/// The form of `ETag` and `X-Linked-ETag`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EtagForm {
    /// As the Hub sends it.
    Unchanged,
    /// No such header.
    Missing,
    /// With a `W/` prefix.
    Weak,
    /// Without quotes.
    Unquoted,
    /// Not a hash of the content, but like the ETag of a multipart upload: `"<32 hex>-10"`.
    Parts,
    /// 40 hex digits that are not a hash.
    Fake40,
    /// 64 hex digits that are not a hash.
    Fake64,
}

impl EtagForm {
    /// All forms.
    pub const ALL: &[Self] = &[
        Self::Unchanged,
        Self::Missing,
        Self::Weak,
        Self::Unquoted,
        Self::Parts,
        Self::Fake40,
        Self::Fake64,
    ];
}

/// The target of redirects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedirectTarget {
    /// The same path, as an absolute URL.
    Absolute,
    /// The same path, as a relative reference.
    Relative,
    /// The same path at the other listener, which is another origin.
    OtherOrigin,
    /// No `Location` header.
    Missing,
    /// A `Location` that is not a URL.
    Malformed,
    /// A URL whose scheme is not HTTP.
    OtherScheme,
}

impl RedirectTarget {
    /// All targets.
    pub const ALL: &[Self] = &[
        Self::Absolute,
        Self::Relative,
        Self::OtherOrigin,
        Self::Missing,
        Self::Malformed,
        Self::OtherScheme,
    ];
}

/// What happens to a request beyond the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Excess {
    /// This status.
    Status(u16),
    /// A reset.
    Reset,
    /// An orderly close.
    Close,
}

impl Excess {
    /// One of each kind.
    pub const ALL: &[Self] = &[
        Self::Status(503),
        Self::Status(429),
        Self::Reset,
        Self::Close,
    ];
}
