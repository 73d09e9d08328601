//! The `Content-Encoding` header.

use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// The encoding of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Coding {
    /// Not encoded, or labelled with something that is not a coding (`none`, `UTF-8`) or that describes an
    /// upload (`aws-chunked`).
    Identity,
    Gzip,
    /// A known coding that this client does not decode.
    Other(String),
}

impl Coding {
    /// Returns the name of the coding, if it changes the bytes.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Other(name) => Some(name),
        }
    }
}

/// Parses all `Content-Encoding` headers.
pub(super) fn of(headers: &HeaderMap) -> Coding {
    if !headers.contains_key(CONTENT_ENCODING) {
        return Coding::Identity;
    }
    let mut known = Vec::new();
    for value in headers.get_all(CONTENT_ENCODING) {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        known.extend(value.split(',').filter_map(|name| canonical(name.trim())));
    }
    match known.as_slice() {
        [] => Coding::Identity,
        ["gzip"] => Coding::Gzip,
        several => Coding::Other(several.join(", ")),
    }
}

/// Returns the canonical name of a registered coding that changes the bytes, or `None` for any other text.
fn canonical(name: &str) -> Option<&'static str> {
    Some(match name {
        "gzip" | "x-gzip" => "gzip",
        "deflate" => "deflate",
        "br" => "br",
        "zstd" => "zstd",
        "compress" | "x-compress" => "compress",
        "dcb" => "dcb",
        "dcz" => "dcz",
        _ => return None,
    })
}
