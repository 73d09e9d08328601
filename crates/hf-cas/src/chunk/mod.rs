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

        let start = quiet.max(skip);
        let mut hash = after(self.hash, &data[skip..start]);
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

#[expect(
    clippy::inline_always,
    reason = "it is called for each byte, in builds without optimisation, too"
)]
#[inline(always)]
fn step(hash: u64, byte: u8) -> u64 {
    (hash << 1).wrapping_add(GEAR[byte as usize])
}

/// The hash behind `data`. The loops over bytes here count by themselves: without optimisation, which is how users build
/// while they work, an iterator is a call for each byte, and five times slower.
fn after(mut hash: u64, data: &[u8]) -> u64 {
    let mut i = 0;
    while i < data.len() {
        hash = step(hash, data[i]);
        i += 1;
    }
    hash
}

/// Parts of the data whose hashes are computed side by side. The hash of a byte needs that of the byte before, which
/// takes longer than all else: one hash alone leaves most of the core idle.
const LANES: usize = 4;

/// How many bytes of each part are taken before the next ones are. A shorter one spends more on the [`WINDOW`] bytes in
/// front of each part, a longer one on bytes behind the boundary.
const LANE: usize = 512;

/// Returns how many bytes there are up to the first boundary, that byte included.
fn scan(hash: &mut u64, data: &[u8]) -> Option<usize> {
    let mut done = 0;
    while let Some(lanes) = data[done..].first_chunk::<{ LANES * LANE }>() {
        if let Some(from) = scan_lanes(hash, lanes) {
            // The boundary may be one of a later part: it is the first if the parts before it have none.
            done += from;
            break;
        }
        done += lanes.len();
    }
    let mut h = *hash;
    if h < BOUNDARY_BELOW && done > 0 {
        return Some(done);
    }
    while done < data.len() {
        h = step(h, data[done]);
        done += 1;
        if h < BOUNDARY_BELOW {
            return Some(done);
        }
    }
    *hash = h;
    None
}

/// Looks for a boundary in [`LANES`] parts at the same time. If there is one, returns up to where the first part has
/// been taken, with its hash there; if there is none, the hash is that of the end.
fn scan_lanes(hash: &mut u64, lanes: &[u8; LANES * LANE]) -> Option<usize> {
    let ends = |lane: usize| &lanes[(lane + 1) * LANE - WINDOW..(lane + 1) * LANE];
    let [mut h1, mut h2, mut h3] = [0, 1, 2].map(|lane| after(0, ends(lane)));
    let (mut h0, mut i) = (*hash, 0);
    while i < LANE {
        h0 = step(h0, lanes[i]);
        h1 = step(h1, lanes[LANE + i]);
        h2 = step(h2, lanes[2 * LANE + i]);
        h3 = step(h3, lanes[3 * LANE + i]);
        i += 1;
        if h0 < BOUNDARY_BELOW || h1 < BOUNDARY_BELOW || h2 < BOUNDARY_BELOW || h3 < BOUNDARY_BELOW
        {
            *hash = h0;
            return Some(i);
        }
    }
    *hash = h3;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn byte_by_byte(hash: &mut u64, data: &[u8]) -> Option<usize> {
        data.iter().position(|byte| {
            *hash = step(*hash, *byte);
            *hash < BOUNDARY_BELOW
        })
    }

    #[test]
    fn a_boundary_is_found_wherever_in_the_lanes_it_is() {
        let mut state = 1_u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        };
        let data: Vec<u8> = std::iter::repeat_with(&mut random).take(1 << 20).collect();
        let (mut at, mut hash, mut boundaries) = (0, 0, Vec::new());
        while let Some(length) = byte_by_byte(&mut hash, &data[at..]) {
            at += length + 1;
            boundaries.push(at);
        }
        assert!(boundaries.len() > 8, "{}", boundaries.len());
        for &boundary in &boundaries {
            for before in (1..3 * LANES * LANE).step_by(37) {
                let start = boundary.saturating_sub(before);
                let part = &data[start..];
                let (mut here, mut there) = (start as u64 | 1 << 50, start as u64 | 1 << 50);
                let found = scan(&mut here, part);
                let expected = byte_by_byte(&mut there, part).map(|at| at + 1);
                assert_eq!(found, expected, "{before} bytes in front of {boundary}");
            }
        }
        let (mut here, mut there) = (0, 0);
        let quiet = &data[boundaries[0]..boundaries[1] - 1];
        assert_eq!(scan(&mut here, quiet), None);
        assert_eq!(byte_by_byte(&mut there, quiet), None);
        assert_eq!(here, there);
    }
}
