//! The id of a commit.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::hash::{hex_digits, is_lower_hex};
use crate::ValidationError;

/// The id of a commit: names one state of a repository for ever.
///
/// The Hub's are git hashes of 40 hex digits. Other servers that speak its API have their own: 64 hex digits
/// (git with SHA-256, LakeFS) or something else. The value is therefore an opaque token that is safe as the name of a
/// folder on every system: 1 to 64 ASCII letters, digits, `-`, `_` and `.`, no dot at either end, no device name of
/// Windows. It can never leave the folder that it is joined to.
///
/// A name such as `main` or `v1.0` has this shape, too. Where a server may send either (the `X-Repo-Commit` header of
/// some mirrors repeats the tag that was asked for), check [`CommitHash::is_hash`] and look the name up first.
///
/// ```
/// use hf_types::CommitHash;
/// let commit: CommitHash = "607a30d783dfa663caf39e06633721c8d4cfcd7e".parse()?;
/// assert!(commit.is_hash());
/// let tag: CommitHash = "v1.0".parse()?;
/// assert!(!tag.is_hash());
/// assert!("../../etc".parse::<CommitHash>().is_err());
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Clone, Copy)]
pub struct CommitHash {
    /// ASCII only; what follows `len` is zero.
    text: [u8; MAX_LEN],
    len: u8,
}

const WHAT: &str = "commit hash";
/// Longest id, in bytes: a SHA-256 in hex. Kept inline, so that the id is `Copy`.
const MAX_LEN: usize = 64;

impl CommitHash {
    /// Returns the id, as the server wrote it.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.text[..usize::from(self.len)]).unwrap_or_default()
    }

    /// Returns whether the id is a full git hash: 40 or 64 hex digits in lower case.
    ///
    /// Only such an id is recognized as a commit where a branch or tag may stand as well, as in a revision.
    pub fn is_hash(&self) -> bool {
        is_lower_hex(self.as_str(), 40) || is_lower_hex(self.as_str(), 64)
    }

    /// Copies what was checked to be ASCII of at most 64 bytes.
    fn copy(text: &[u8]) -> Self {
        let mut copy = [0; MAX_LEN];
        copy[..text.len()].copy_from_slice(text);
        Self {
            text: copy,
            len: u8::try_from(text.len()).unwrap_or_default(),
        }
    }
}

fn check(text: &str) -> Result<(), ValidationError> {
    let refuse = |rule: &'static str| Err(ValidationError::new(WHAT, text, rule));
    if text.is_empty() || text.len() > MAX_LEN {
        return refuse("expected 1 to 64 characters, such as a git hash of 40 hex digits");
    }
    if !text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    {
        return refuse(
            "only letters, digits, `-`, `_` and `.` are allowed, as it becomes the name of a folder",
        );
    }
    if text.starts_with('.') || text.ends_with('.') {
        return refuse("no dot may stand at either end, as it becomes the name of a folder");
    }
    crate::validation::check_windows_safe(WHAT, text)
}

impl FromStr for CommitHash {
    type Err = ValidationError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check(text)?;
        Ok(Self::copy(text.as_bytes()))
    }
}

impl TryFrom<&str> for CommitHash {
    type Error = ValidationError;
    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for CommitHash {
    type Error = ValidationError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// The hash of a commit in a SHA-1 repository.
impl From<[u8; 20]> for CommitHash {
    fn from(bytes: [u8; 20]) -> Self {
        Self::copy(&hex_digits::<20, 40>(bytes))
    }
}

/// The hash of a commit in a SHA-256 repository.
impl From<[u8; 32]> for CommitHash {
    fn from(bytes: [u8; 32]) -> Self {
        Self::copy(&hex_digits::<32, 64>(bytes))
    }
}

impl PartialEq for CommitHash {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for CommitHash {}

impl PartialOrd for CommitHash {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CommitHash {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for CommitHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl AsRef<str> for CommitHash {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for CommitHash {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for CommitHash {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for CommitHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CommitHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitHash({})", self.as_str())
    }
}

super::string_serde!(CommitHash);
