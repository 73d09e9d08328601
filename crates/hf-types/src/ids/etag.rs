//! Entity tags of files.

use crate::ValidationError;

/// The entity tag of a file, without `W/` and quotes, safe as the name of a file.
///
/// For files of the Hub it is a content hash: see [`Etag::kind`].
///
/// ```
/// use hf_types::{Etag, EtagKind};
/// let etag: Etag = "W/\"a7da7deb2eb2b6e9cb3a5d2f1f8a5b3c9d0e1f2a\"".parse()?;
/// assert_eq!(etag.as_str(), "a7da7deb2eb2b6e9cb3a5d2f1f8a5b3c9d0e1f2a");
/// assert!(matches!(etag.kind(), EtagKind::GitSha1(_)));
/// assert!("\"../../x\"".parse::<Etag>().is_err());
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Etag(Box<str>);

/// What an [`Etag`] says about the bytes behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EtagKind {
    /// The SHA-256 of the bytes: files in Git LFS and Xet storage.
    Sha256(super::Sha256),
    /// The git blob id: files in git itself.
    GitSha1(super::GitSha1),
    /// Something of the server's own, such as the tag of a proxy.
    Other,
}

super::string_value!(Etag, normalized);

const WHAT: &str = "ETag";
/// Longest tag, in bytes: it must fit into a file name with room for a suffix such as `.incomplete`.
const MAX_LEN: usize = 200;

impl Etag {
    /// Returns the kind of hash that the ETag is.
    pub fn kind(&self) -> EtagKind {
        // By its length first: what is no hash would have its error written out.
        let kind = match self.0.len() {
            64 => self.0.parse().map(EtagKind::Sha256),
            40 => self.0.parse().map(EtagKind::GitSha1),
            _ => return EtagKind::Other,
        };
        kind.unwrap_or(EtagKind::Other)
    }
}

fn normalized(text: &str) -> Result<&str, ValidationError> {
    let tag = text.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let tag = tag
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .unwrap_or(tag);
    let refuse = |rule: &'static str| Err(ValidationError::new(WHAT, text, rule));
    if tag.is_empty() {
        return refuse("it must not be empty");
    }
    if tag.len() > MAX_LEN {
        return refuse("it must have at most 200 characters");
    }
    if !tag
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'='))
    {
        return refuse(
            "only letters, digits, `_`, `-`, `.`, `+` and `=` are allowed, as it names a file",
        );
    }
    if tag.starts_with('.') || tag.ends_with('.') {
        return refuse("it must not start or end with a dot, as it names a file");
    }
    Ok(tag)
}
