//! The contents of files: bytes in memory, synthetic bytes generated on the fly, or only a hash.
use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// How many bytes of content go into one frame of a response body.
pub(crate) const PIECE: u64 = 64 * 1024;
/// The number of bytes at the start of each piece of a synthetic blob that depend on its position.
const MARK: u64 = 16;
/// The size of the random block from which synthetic pieces are cut.
const BLOCK: u64 = 1024 * 1024;

/// The content of a file. Cheap to clone.
///
/// ```
/// use hf_testhub::Blob;
///
/// let text = Blob::from("hello");
/// assert_eq!(text.len(), 5);
/// assert_eq!(text.git_oid(), "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0");
///
/// // Two gigabytes that take no memory; hashing them is the only cost.
/// let big = Blob::synthetic(7, 2 << 30);
/// assert_eq!(big.len(), 2 << 30);
/// ```
#[derive(Clone)]
pub struct Blob(Arc<Inner>);

struct Inner {
    kind: Kind,
    sha256: OnceLock<String>,
    git_oid: OnceLock<String>,
}

enum Kind {
    Bytes(Bytes),
    Synthetic { seed: u64, len: u64, block: Bytes },
    Made(Box<dyn Pieces>),
    Discarded { len: u64 },
}

/// Content that is generated while it is read.
pub(crate) trait Pieces: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Some bytes from `at` on, at least one and none from `end` on; `at` lies before `end`, and `end` within.
    fn piece(&self, at: u64, end: u64) -> Option<Bytes>;

    /// Whether the bytes it would be made of are gone.
    fn is_discarded(&self) -> bool;
}

impl Blob {
    fn of(kind: Kind) -> Self {
        Self(Arc::new(Inner {
            kind,
            sha256: OnceLock::new(),
            git_oid: OnceLock::new(),
        }))
    }

    /// Creates `len` bytes that depend on `seed` and on their position in the file. They are
    /// generated while they are served.
    ///
    /// All pieces of 64 KiB differ, so that bytes written to the wrong position are detected.
    pub fn synthetic(seed: u64, len: u64) -> Self {
        let mut block = Vec::with_capacity(usize::try_from(BLOCK).unwrap_or(usize::MAX));
        for word in 0..BLOCK / 8 {
            block.extend_from_slice(&mix(seed ^ (word << 20)).to_le_bytes());
        }
        Self::of(Kind::Synthetic {
            seed,
            len,
            block: block.into(),
        })
    }

    /// Creates a blob of which only the length and the SHA-256 were kept.
    pub(crate) fn discarded(len: u64, sha256: String) -> Self {
        let blob = Self::of(Kind::Discarded { len });
        let _ = blob.0.sha256.set(sha256);
        blob
    }

    /// Creates content that is generated while it is read, with its SHA-256 if known.
    pub(crate) fn made(pieces: impl Pieces + 'static, sha256: Option<String>) -> Self {
        let blob = Self::of(Kind::Made(Box::new(pieces)));
        if let Some(sha256) = sha256 {
            let _ = blob.0.sha256.set(sha256);
        }
        blob
    }

    pub(crate) fn with_sha256(bytes: Bytes, sha256: String) -> Self {
        let blob = Self::from(bytes);
        let _ = blob.0.sha256.set(sha256);
        blob
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        match &self.0.kind {
            Kind::Bytes(bytes) => bytes.len() as u64,
            Kind::Made(pieces) => pieces.len(),
            Kind::Synthetic { len, .. } | Kind::Discarded { len } => *len,
        }
    }

    /// Returns whether the length is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the SHA-256 in lower-case hex, which is the LFS object id. Computed once.
    pub fn sha256(&self) -> &str {
        self.0.sha256.get_or_init(|| {
            let mut hash = Sha256::new();
            self.visit(|piece| hash.update(piece));
            hex(&hash.finalize())
        })
    }

    pub(crate) fn knows_sha256(&self) -> bool {
        self.0.sha256.get().is_some()
    }

    /// Returns the id that git assigns to this content as a blob (SHA-1 in hex). Computed once.
    pub fn git_oid(&self) -> &str {
        self.0.git_oid.get_or_init(|| {
            let mut hash = Sha1::new();
            hash.update(format!("blob {}\0", self.len()));
            self.visit(|piece| hash.update(piece));
            hex(&hash.finalize())
        })
    }

    /// Returns the whole content, or `None` if it was discarded after hashing.
    pub fn to_bytes(&self) -> Option<Bytes> {
        match &self.0.kind {
            Kind::Bytes(bytes) => Some(bytes.clone()),
            Kind::Discarded { .. } => None,
            Kind::Made(pieces) if pieces.is_discarded() => None,
            Kind::Synthetic { .. } | Kind::Made(_) => {
                let mut all = Vec::with_capacity(usize::try_from(self.len()).ok()?);
                self.visit(|piece| all.extend_from_slice(piece));
                Some(all.into())
            }
        }
    }

    pub(crate) fn is_discarded(&self) -> bool {
        match &self.0.kind {
            Kind::Discarded { .. } => true,
            Kind::Made(pieces) => pieces.is_discarded(),
            Kind::Bytes(_) | Kind::Synthetic { .. } => false,
        }
    }

    pub(crate) fn visit(&self, mut see: impl FnMut(&[u8])) {
        let mut at = 0;
        while let Some(piece) = self.piece(at, self.len()) {
            at += piece.len() as u64;
            see(&piece);
        }
    }

    /// Returns the next bytes from `at`, up to `end` and at most one piece, without copying.
    pub(crate) fn piece(&self, at: u64, end: u64) -> Option<Bytes> {
        let end = end.min(self.len());
        if at >= end {
            return None;
        }
        match &self.0.kind {
            Kind::Bytes(bytes) => Some(bytes.slice(index(at)..index(end.min(at + PIECE)))),
            Kind::Discarded { .. } => None,
            Kind::Made(pieces) => pieces.piece(at, end),
            Kind::Synthetic { seed, block, .. } => {
                let number = at / PIECE;
                let inside = at % PIECE;
                if inside < MARK {
                    let mut mark = [0; 16];
                    mark[..8].copy_from_slice(&mix(seed.wrapping_add(number)).to_le_bytes());
                    mark[8..].copy_from_slice(&mix(seed ^ !number).to_le_bytes());
                    let upto = (end - number * PIECE).min(MARK);
                    return Some(Bytes::copy_from_slice(&mark[index(inside)..index(upto)]));
                }
                let start = (number * 4099) % (BLOCK - PIECE);
                let upto = (end - number * PIECE).min(PIECE);
                Some(block.slice(index(start + inside)..index(start + upto)))
            }
        }
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0.kind {
            Kind::Bytes(_) => "bytes",
            Kind::Synthetic { .. } => "synthetic",
            Kind::Made(_) => "made",
            Kind::Discarded { .. } => "discarded",
        };
        f.debug_struct("Blob")
            .field("kind", &kind)
            .field("len", &self.len())
            .finish()
    }
}

impl From<Bytes> for Blob {
    fn from(bytes: Bytes) -> Self {
        Self::of(Kind::Bytes(bytes))
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&[u8]> for Blob {
    fn from(bytes: &[u8]) -> Self {
        Bytes::copy_from_slice(bytes).into()
    }
}

impl<const N: usize> From<&[u8; N]> for Blob {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl From<String> for Blob {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&str> for Blob {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl From<&Blob> for Blob {
    fn from(blob: &Blob) -> Self {
        blob.clone()
    }
}

/// A position inside a piece or an in-memory blob always fits.
fn index(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// SplitMix64: returns a well-mixed 64-bit value for any input.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

pub(crate) fn sha1_hex(parts: &[&[u8]]) -> String {
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synthetic_blob_is_the_same_read_whole_or_from_any_place() {
        let blob = Blob::synthetic(3, 200_000);
        let whole = blob.to_bytes().unwrap();
        assert_eq!(whole.len(), 200_000);
        assert_eq!(Blob::from(whole.clone()).sha256(), blob.sha256());
        for at in [0, 1, 15, 16, 17, 65_535, 65_536, 65_540, 131_072, 199_999] {
            let piece = blob.piece(at, 200_000).unwrap();
            let start = usize::try_from(at).unwrap();
            assert_eq!(&whole[start..start + piece.len()], &piece[..], "at {at}");
        }
        assert!(blob.piece(200_000, 200_000).is_none());
        assert_ne!(blob.sha256(), Blob::synthetic(4, 200_000).sha256());
    }

    #[test]
    fn hashes_are_those_of_git_and_sha256() {
        assert_eq!(
            Blob::from("").git_oid(),
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
        );
        assert_eq!(
            Blob::from("abc").sha256(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
