//! Streaming hashers for the digests that the Hub uses: SHA-256 for large files, git's blob SHA-1 for the others.
//!
//! With the feature `ring` or `aws-lc-rs`, SHA-256 runs in the assembly of the TLS backend (`ring` first). An
//! unoptimised build of a program then hashes as fast as an optimised one; this matters because the profile
//! of the final program, not of this crate, decides how dependencies are compiled. SHA-1 uses `aws-lc-rs` if
//! that is enabled (ring's SHA-1 has no assembly) and the `sha1` crate otherwise.
//!
//! ```
//! use hf_transport::digest::{GitBlobHasher, Sha256Hasher};
//!
//! let mut hasher = Sha256Hasher::new();
//! hasher.update(b"a");
//! hasher.update(b"bc");
//! assert_eq!(hasher.finish(), Sha256Hasher::digest(b"abc"));
//!
//! // What `printf hello | git hash-object --stdin` prints.
//! assert_eq!(GitBlobHasher::digest(b"hello").as_str(), "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0");
//! ```

use std::fmt;

use hf_types::{GitSha1, Sha256};

/// Computes the SHA-256 digest of content that arrives in pieces.
#[derive(Clone)]
pub struct Sha256Hasher(sha256::Context);

impl Sha256Hasher {
    /// Creates a hasher without any content.
    pub fn new() -> Self {
        Self(sha256::new())
    }

    /// Adds the next piece of the content.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        sha256::update(&mut self.0, bytes.as_ref());
    }

    /// Returns the digest of all content added so far.
    pub fn finish(self) -> Sha256 {
        Sha256::from(sha256::finish(self.0))
    }

    /// Returns the digest of a byte slice.
    pub fn digest(bytes: impl AsRef<[u8]>) -> Sha256 {
        let mut hasher = Self::new();
        hasher.update(bytes);
        hasher.finish()
    }
}

/// Computes the SHA-1 digest of content that arrives in pieces.
///
/// SHA-1 identifies content in git and in file names shared with other clients. It is not collision
/// resistant: do not use it where an adversary chooses the content and could gain from a collision.
#[derive(Clone)]
pub struct Sha1Hasher(sha1::Context);

impl Sha1Hasher {
    /// Creates a hasher without any content.
    pub fn new() -> Self {
        Self(sha1::new())
    }

    /// Adds the next piece of the content.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        sha1::update(&mut self.0, bytes.as_ref());
    }

    /// Returns the digest of all content added so far.
    pub fn finish(self) -> [u8; 20] {
        sha1::finish(self.0)
    }

    /// Returns the digest of a byte slice.
    pub fn digest(bytes: impl AsRef<[u8]>) -> [u8; 20] {
        let mut hasher = Self::new();
        hasher.update(bytes);
        hasher.finish()
    }
}

/// Computes the blob id that git assigns to a file: the SHA-1 of a header with the file's length, followed by
/// the content.
#[derive(Debug, Clone)]
pub struct GitBlobHasher(Sha1Hasher);

impl GitBlobHasher {
    /// Creates a hasher for content of exactly `size` bytes. git hashes the size before the content.
    pub fn new(size: u64) -> Self {
        let mut hasher = Sha1Hasher::new();
        hasher.update(format!("blob {size}\0"));
        Self(hasher)
    }

    /// Adds the next piece of the content.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes);
    }

    /// Returns the blob id. It matches git's only if exactly `size` bytes were added.
    pub fn finish(self) -> GitSha1 {
        GitSha1::from(self.0.finish())
    }

    /// Returns the blob id of a byte slice.
    pub fn digest(bytes: impl AsRef<[u8]>) -> GitSha1 {
        let bytes = bytes.as_ref();
        let mut hasher = Self::new(bytes.len() as u64);
        hasher.update(bytes);
        hasher.finish()
    }
}

impl Default for Sha256Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for Sha1Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Sha256Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sha256Hasher").finish_non_exhaustive()
    }
}

impl fmt::Debug for Sha1Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sha1Hasher").finish_non_exhaustive()
    }
}

/// Copies a digest out of a backend's buffer, which always has the length of the algorithm's digest.
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
fn array<const N: usize>(digest: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(digest);
    array
}

#[cfg(feature = "ring")]
mod sha256 {
    pub(super) use ring::digest::Context;
    use ring::digest::SHA256;

    pub(super) fn new() -> Context {
        Context::new(&SHA256)
    }

    pub(super) fn update(context: &mut Context, bytes: &[u8]) {
        context.update(bytes);
    }

    pub(super) fn finish(context: Context) -> [u8; 32] {
        super::array(context.finish().as_ref())
    }
}

#[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
mod sha256 {
    pub(super) use aws_lc_rs::digest::Context;
    use aws_lc_rs::digest::SHA256;

    pub(super) fn new() -> Context {
        Context::new(&SHA256)
    }

    pub(super) fn update(context: &mut Context, bytes: &[u8]) {
        context.update(bytes);
    }

    pub(super) fn finish(context: Context) -> [u8; 32] {
        super::array(context.finish().as_ref())
    }
}

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
mod sha256 {
    use sha2::Digest as _;
    pub(super) use sha2::Sha256 as Context;

    pub(super) fn new() -> Context {
        Context::new()
    }

    pub(super) fn update(context: &mut Context, bytes: &[u8]) {
        context.update(bytes);
    }

    pub(super) fn finish(context: Context) -> [u8; 32] {
        context.finalize().into()
    }
}

#[cfg(feature = "aws-lc-rs")]
mod sha1 {
    pub(super) use aws_lc_rs::digest::Context;
    use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;

    pub(super) fn new() -> Context {
        Context::new(&SHA1_FOR_LEGACY_USE_ONLY)
    }

    pub(super) fn update(context: &mut Context, bytes: &[u8]) {
        context.update(bytes);
    }

    pub(super) fn finish(context: Context) -> [u8; 20] {
        super::array(context.finish().as_ref())
    }
}

#[cfg(not(feature = "aws-lc-rs"))]
mod sha1 {
    use ::sha1::Digest as _;
    pub(super) use ::sha1::Sha1 as Context;

    pub(super) fn new() -> Context {
        Context::new()
    }

    pub(super) fn update(context: &mut Context, bytes: &[u8]) {
        context.update(bytes);
    }

    pub(super) fn finish(context: Context) -> [u8; 20] {
        context.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use sha2::Digest as _;

    use super::*;

    #[test]
    fn the_digests_are_those_that_git_and_sha256sum_print() {
        assert_eq!(
            Sha256Hasher::digest(b"abc"),
            *"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            GitBlobHasher::digest(b"Hello, World!"),
            *"b45ef6fec89518d314f546fd6c3025367b721684"
        );
        assert_eq!(
            GitBlobHasher::digest(b""),
            *"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
        );
    }

    /// Whatever the backend and the pieces: the same as the `sha2` and `sha1` crates on the whole.
    #[test]
    fn content_in_pieces_hashes_like_the_whole() {
        let bytes: Vec<u8> = (0..251).cycle().take(10_000).collect();
        let whole: [u8; 32] = sha2::Sha256::digest(&bytes).into();
        let whole1: [u8; 20] = ::sha1::Sha1::digest(&bytes).into();
        for piece in [1, 63, 64, 65, 9_999, 10_000] {
            let (mut sha256, mut sha1) = (Sha256Hasher::new(), Sha1Hasher::new());
            let mut git = GitBlobHasher::new(10_000);
            for part in bytes.chunks(piece) {
                sha256.update(part);
                sha1.update(part);
                git.update(part);
            }
            assert_eq!(sha256.clone().finish(), Sha256::from(whole));
            assert_eq!(sha1.finish(), whole1);
            assert_eq!(git.finish(), GitBlobHasher::digest(&bytes));
        }
    }
}
