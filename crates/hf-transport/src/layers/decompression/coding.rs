//! The `Content-Encoding` header.

use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// How a body is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Coding {
    /// It is not, or by nothing that is known: names that are no coding (`none`, `UTF-8`), or one that
    /// describes an upload (`aws-chunked`).
    Identity,
    Gzip,
    /// A real coding that is not decoded here.
    Other(String),
}

impl Coding {
    /// Returns the name of a coding that changes the bytes.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Other(name) => Some(name),
        }
    }
}

/// Reads all `Content-Encoding` headers.
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

/// Returns the name of a registered coding that changes the bytes; `None` for any other text.
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
