//! Cutting a file into chunks where its content says so.

mod gear;

use gear::GEAR;

/// A chunk is not shorter than this, except for the last one of a file.
pub const MIN_CHUNK: usize = 8 * 1024;

/// A chunk is not longer than this.
pub const MAX_CHUNK: usize = 128 * 1024;

/// A boundary is where the upper 16 bits of the rolling hash are zero, which comes every 64 KiB on average.
const BOUNDARY_BELOW: u64 = 1 << 48;

/// The rolling hash is shifted by one bit for each byte: after 64 of them, a byte has left it.
const WINDOW: usize = 64;

/// No boundary may come before [`MIN_CHUNK`] bytes, and the hash there depends on the last [`WINDOW`] bytes alone:
/// what is in front of them need not be read.
const SKIP: usize = MIN_CHUNK - WINDOW;

/// Finds where chunks end in a file that arrives in pieces.
///
/// Boundaries depend on the bytes around them alone, so that an insertion moves those behind it and changes only the
/// chunks that it touches.
///
/// ```
/// use hf_cas::Chunker;
/// let mut chunker = Chunker::new();
/// assert_eq!(chunker.next_boundary(&[0; 100_000]), None);
/// // The chunk began in the piece before and ends after the 31,072nd byte of this one, at its largest length.
/// assert_eq!(chunker.next_boundary(&[0; 50_000]), Some(31_072));
/// assert_eq!(chunker.pending(), 0);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Chunker {
    /// The length of the chunk so far.
    pending: usize,
    hash: u64,
}

impl Chunker {
    /// Returns a chunker that is at the beginning of a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns how many bytes the unfinished chunk has. At the end of a file they are its last chunk.
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// Returns how many bytes of `data` belong to the current chunk, if it ends within them. The next call gets what
    /// follows.
    ///
    /// `None` means that the chunk takes all of `data` and goes on.
    pub fn next_boundary(&mut self, data: &[u8]) -> Option<usize> {
        let pending = self.pending;
        let skip = SKIP.saturating_sub(pending).min(data.len());
        let quiet = (MIN_CHUNK - 1).saturating_sub(pending).min(data.len());
        let limit = (MAX_CHUNK - pending).min(data.len());

        let mut hash = self.hash;
        for &byte in &data[skip..quiet.max(skip)] {
            hash = step(hash, byte);
        }
        let start = quiet.max(skip);
        let end = match scan(&mut hash, &data[start..limit]) {
            Some(length) => start + length,
            None if pending + limit == MAX_CHUNK => limit,
            None => {
                self.hash = hash;
                self.pending += data.len();
                return None;
            }
        };
        *self = Self::new();
        Some(end)
    }
}

fn step(hash: u64, byte: u8) -> u64 {
    (hash << 1).wrapping_add(GEAR[usize::from(byte)])
}

/// Returns how many bytes there are up to the first boundary, that byte included.
fn scan(hash: &mut u64, data: &[u8]) -> Option<usize> {
    let mut h = *hash;
    for (i, &byte) in data.iter().enumerate() {
        h = step(h, byte);
        if h < BOUNDARY_BELOW {
            return Some(i + 1);
        }
    }
    *hash = h;
    None
}

/// Cuts `data`, a whole file, into its chunks.
pub fn chunks(data: &[u8]) -> Chunks<'_> {
    Chunks { rest: data }
}

/// The chunks of a file in memory, made by [`chunks`].
#[derive(Debug, Clone)]
pub struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = Chunker::new().next_boundary(self.rest);
        let (chunk, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(chunk)
    }
}
