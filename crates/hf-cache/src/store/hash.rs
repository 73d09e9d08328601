//! The hash in an ETag: SHA-256 for LFS and Xet files, git's blob SHA-1 for other files.

use std::io::{self, Read as _};
use std::path::Path;

use hf_transport::digest::{GitBlobHasher, Sha256Hasher};
use hf_types::{Etag, EtagKind, GitSha1, Sha256};

use super::fs;

/// The hash that content must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Sha256(Sha256),
    GitSha1(GitSha1),
    /// The Xet hash: a file of a bucket has no other.
    #[cfg(feature = "xet")]
    Xet(Sha256),
    /// The ETag is not a hash (a mirror's own), or the caller disabled verification.
    Unknown,
}

impl Expected {
    pub(crate) fn of(etag: &Etag) -> Self {
        match etag.kind() {
            EtagKind::Sha256(hash) => Self::Sha256(hash),
            EtagKind::GitSha1(hash) => Self::GitSha1(hash),
            _ => Self::Unknown,
        }
    }

    /// Creates a hasher for content of `size` bytes (git hashes the size before the content).
    pub(crate) fn hasher(self, size: u64) -> Hasher {
        let state = match self {
            Self::Sha256(_) => State::Sha256(Sha256Hasher::new()),
            Self::GitSha1(_) => State::GitSha1(GitBlobHasher::new(size)),
            #[cfg(feature = "xet")]
            Self::Xet(_) => State::Xet(Box::default()),
            Self::Unknown => State::None,
        };
        Hasher {
            expected: self,
            state,
        }
    }
}

/// Hashes content in order and verifies the result.
#[derive(Debug, Clone)]
pub(crate) struct Hasher {
    expected: Expected,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Sha256(Sha256Hasher),
    GitSha1(GitBlobHasher),
    #[cfg(feature = "xet")]
    Xet(Box<super::xet_hash::XetHasher>),
    None,
}

/// The hash of content that does not match its ETag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) algorithm: &'static str,
    pub(crate) expected: String,
    pub(crate) actual: String,
}

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Sha256(sha) => sha.update(bytes),
            State::GitSha1(sha) => sha.update(bytes),
            #[cfg(feature = "xet")]
            State::Xet(xet) => xet.update(bytes),
            State::None => {}
        }
    }

    /// Returns whether the hasher needs the bytes at all.
    pub(crate) fn is_used(&self) -> bool {
        !matches!(self.state, State::None)
    }

    pub(crate) fn finish(self) -> Result<(), Mismatch> {
        match (self.state, self.expected) {
            (State::Sha256(sha), Expected::Sha256(expected)) => {
                check("SHA-256", &expected, &sha.finish())
            }
            (State::GitSha1(sha), Expected::GitSha1(expected)) => {
                check("git SHA-1", &expected, &sha.finish())
            }
            #[cfg(feature = "xet")]
            (State::Xet(xet), Expected::Xet(expected)) => {
                check("Xet hash", &expected.to_string(), &xet.finish().to_string())
            }
            _ => Ok(()),
        }
    }
}

fn check<H: PartialEq + ToString>(
    algorithm: &'static str,
    expected: &H,
    actual: &H,
) -> Result<(), Mismatch> {
    if expected == actual {
        return Ok(());
    }
    Err(Mismatch {
        algorithm,
        expected: expected.to_string(),
        actual: actual.to_string(),
    })
}

/// How many bytes are read at a time.
const BUFFER: usize = 256 * 1024;

/// Reads a file and verifies its hash. `hashed` is called with the number of bytes of each read.
pub(crate) fn hash_file(
    path: &Path,
    expected: Expected,
    mut hashed: impl FnMut(u64),
) -> io::Result<Result<(), Mismatch>> {
    let mut file = fs::open_regular(path)?;
    let mut hasher = expected.hasher(file.metadata()?.len());
    let mut buffer = vec![0; BUFFER];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            n => {
                hasher.update(&buffer[..n]);
                hashed(n as u64);
            }
        }
    }
}

/// Returns whether the content of a file is known to match. Reads the whole file.
pub(crate) fn has_hash(path: &Path, expected: Expected) -> bool {
    expected != Expected::Unknown
        && hash_file(path, expected, |_| {}).is_ok_and(|found| found.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(etag: &str, content: &[u8]) -> Result<(), Mismatch> {
        let mut hasher = Expected::of(&etag.parse().unwrap()).hasher(content.len() as u64);
        for part in content.chunks(3) {
            hasher.update(part);
        }
        hasher.finish()
    }

    #[test]
    fn known_answers() {
        // `printf hello | sha256sum`, `printf hello | git hash-object --stdin`
        let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        let git = "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0";
        for etag in [sha256, git] {
            assert_eq!(run(etag, b"hello"), Ok(()));
            let err = run(etag, b"jello").unwrap_err();
            assert_eq!(err.expected, etag);
        }
        assert_eq!(run("mirror-1", b"anything"), Ok(()));
    }
}
