//! Tracks which parts of a file have arrived when they arrive out of order.
//!
//! The map is stored behind the content, at the end of the partial file itself: 32 bytes that identify it,
//! followed by the number of received bytes of each piece. Bytes are written before they are counted, so a
//! count is never ahead of its bytes.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use super::fs::{File, read_exact_at, write_all_at};

/// The size of a piece: what one connection fetches at a time, and what is fetched again in the worst case.
pub(crate) const PIECE: u64 = 16 * 1024 * 1024;

const MAGIC: &[u8; 16] = b"hf-cache pieces1";
const HEADER: usize = 32;

/// The parts of a file of known size that have arrived.
///
/// On disk, only bytes that continue their piece without a gap count. Bytes further on are remembered in
/// memory until the gap is closed; after a crash they are downloaded again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PieceMap {
    size: u64,
    /// For each piece, the number of bytes that exist without a gap.
    received: Vec<u32>,
    /// Ranges beyond a gap (start and end), each within one piece, none of which touch.
    ahead: BTreeMap<u64, u64>,
    /// The number of bytes that exist.
    total: u64,
    /// The number of complete pieces at the start of the file.
    complete: usize,
}

impl PieceMap {
    pub(crate) fn new(size: u64) -> Self {
        let count = usize::try_from(size.div_ceil(PIECE)).unwrap_or(usize::MAX);
        Self {
            size,
            received: vec![0; count],
            ahead: BTreeMap::new(),
            total: 0,
            complete: 0,
        }
    }

    /// Creates the map of a file whose first `prefix` bytes exist.
    pub(crate) fn with_prefix(size: u64, prefix: u64) -> Self {
        let mut map = Self::new(size);
        map.add(0, prefix.min(size));
        map
    }

    pub(crate) fn len(&self) -> usize {
        self.received.len()
    }

    /// Returns the length of piece `i`; the last piece may be shorter.
    pub(crate) fn piece_len(&self, i: usize) -> u64 {
        (self.size - (i as u64 * PIECE).min(self.size)).min(PIECE)
    }

    /// Returns the offset of the next byte of piece `i`, or `None` if it is complete.
    pub(crate) fn next_byte(&self, i: usize) -> Option<u64> {
        let there = u64::from(self.received[i]);
        (there < self.piece_len(i)).then_some(i as u64 * PIECE + there)
    }

    /// Records that the `len` bytes at `offset` exist, and returns the pieces that grew.
    ///
    /// Bytes that exist already, or that lie beyond the end of the file, have no effect.
    pub(crate) fn add(&mut self, offset: u64, len: u64) -> Vec<usize> {
        let end = offset.saturating_add(len).min(self.size);
        let mut grown = Vec::new();
        let mut at = offset;
        while at < end {
            let i = usize::try_from(at / PIECE).unwrap_or(usize::MAX);
            let Some(&there) = self.received.get(i) else {
                break;
            };
            let start = i as u64 * PIECE;
            let part_end = end.min(start + self.piece_len(i));
            let next = start + u64::from(there);
            if at > next {
                self.add_ahead(at, part_end);
            } else if part_end > next {
                self.grow(i, part_end);
                grown.push(i);
            }
            at = part_end;
        }
        grown
    }

    /// Extends piece `i` to `end`, and further if that closes the gap to bytes received ahead.
    fn grow(&mut self, i: usize, mut end: u64) {
        let start = i as u64 * PIECE;
        let before = start + u64::from(self.received[i]);
        let mut counted = 0;
        while let Some((&from, &to)) = self.ahead.range(start..start + PIECE).next()
            && from <= end
        {
            self.ahead.remove(&from);
            counted += to - from;
            end = end.max(to);
        }
        self.total += end - before - counted;
        self.received[i] = u32::try_from(end - start).unwrap_or(u32::MAX);
        while self.complete < self.len() && self.next_byte(self.complete).is_none() {
            self.complete += 1;
        }
    }

    fn add_ahead(&mut self, mut from: u64, mut to: u64) {
        while let Some((&start, &end)) = self.ahead.range(..=to).next_back()
            && end >= from
            // Ranges never span two pieces.
            && start / PIECE == from / PIECE
        {
            self.ahead.remove(&start);
            self.total -= end - start;
            from = from.min(start);
            to = to.max(end);
        }
        self.total += to - from;
        self.ahead.insert(from, to);
    }

    /// Returns the missing parts of the `len` bytes at `offset`, or `None` if they exceed the file.
    pub(crate) fn missing_within(&self, offset: u64, len: u64) -> Option<Vec<Range<u64>>> {
        let end = offset.checked_add(len).filter(|end| *end <= self.size)?;
        let mut missing: Vec<Range<u64>> = Vec::new();
        let mut push = |from: u64, to: u64| {
            if from >= to {
                return;
            }
            match missing.last_mut() {
                Some(last) if last.end == from => last.end = to,
                _ => missing.push(from..to),
            }
        };
        let mut at = offset;
        while at < end {
            let i = usize::try_from(at / PIECE).ok()?;
            let start = i as u64 * PIECE;
            let part_end = end.min(start + self.piece_len(i));
            at = at.max(start + u64::from(*self.received.get(i)?));
            let near = self.ahead.range(start..start + PIECE);
            for (&from, &to) in near.filter(|(_, to)| **to > offset) {
                push(at, from.min(part_end));
                at = at.max(to);
            }
            push(at, part_end);
            at = part_end;
        }
        Some(missing)
    }

    /// Returns all missing parts, in order.
    pub(crate) fn missing(&self) -> Vec<Range<u64>> {
        self.missing_within(0, self.size).unwrap_or_default()
    }

    /// Returns the number of bytes from the start that exist without a gap.
    pub(crate) fn frontier(&self) -> u64 {
        match self.received.get(self.complete) {
            Some(&there) => self.complete as u64 * PIECE + u64::from(there),
            None => self.size,
        }
    }

    /// Returns the number of bytes that exist.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Writes the map behind the content, which gives the file its full size.
    pub(crate) fn write(&self, file: &File) -> io::Result<()> {
        write_all_at(file, &self.to_bytes(), self.size)
    }

    /// Writes what [`parse`](Self::parse) reads.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + self.received.len() * 4);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.size.to_le_bytes());
        out.extend_from_slice(&PIECE.to_le_bytes());
        for n in &self.received {
            out.extend_from_slice(&n.to_le_bytes());
        }
        out
    }

    /// Updates the count of one piece.
    pub(crate) fn write_piece(&self, file: &File, i: usize) -> io::Result<()> {
        let at = self.size + (HEADER + i * 4) as u64;
        write_all_at(file, &self.received[i].to_le_bytes(), at)
    }

    /// Reads the map behind the content of a partial file. Returns `None` if there is no matching map.
    pub(crate) fn read(file: &File, size: u64) -> io::Result<Option<Self>> {
        let expected = HEADER as u64 + size.div_ceil(PIECE) * 4;
        if file.metadata()?.len() != size.saturating_add(expected) {
            return Ok(None);
        }
        // No more than the file holds.
        let mut bytes = vec![0; usize::try_from(expected).unwrap_or_default()];
        read_exact_at(file, &mut bytes, size)?;
        Ok(Self::parse(&bytes, size))
    }

    /// Reads the map of a file of `size` bytes; `None` if it is another file's, or damaged.
    pub(crate) fn parse(bytes: &[u8], size: u64) -> Option<Self> {
        let mut map = Self::new(size);
        let (header, counts) = bytes.split_at_checked(HEADER)?;
        if header[..16] != *MAGIC
            || header[16..24] != size.to_le_bytes()
            || header[24..] != PIECE.to_le_bytes()
            || counts.len() != map.len() * 4
        {
            return None;
        }
        for (i, n) in counts.chunks_exact(4).enumerate() {
            let n = u32::from_le_bytes(n.try_into().ok()?);
            if u64::from(n) > map.piece_len(i) {
                return None;
            }
            map.add(i as u64 * PIECE, n.into());
        }
        Some(map)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONE: [usize; 0] = [];

    #[test]
    fn bytes_are_counted_in_their_piece_and_in_order() {
        let size = 2 * PIECE + 10;
        let mut map = PieceMap::with_prefix(size, PIECE + 5);
        assert_eq!(
            (map.len(), map.frontier(), map.total()),
            (3, PIECE + 5, PIECE + 5)
        );
        assert_eq!(map.next_byte(0), None);
        assert_eq!(map.next_byte(1), Some(PIECE + 5));
        assert_eq!(map.add(2 * PIECE, 10), [2]);
        assert_eq!(map.frontier(), PIECE + 5);
        assert_eq!(map.add(PIECE + 4, 1), NONE, "there already");
        assert_eq!(map.add(PIECE + 5, PIECE - 5), [1]);
        assert_eq!((map.frontier(), map.total()), (size, size));
        assert_eq!(map.add(size, 1), NONE, "beyond the end");
    }

    #[test]
    fn bytes_beyond_a_gap_count_once_it_is_closed() {
        let mut map = PieceMap::new(2 * PIECE);
        assert_eq!(map.add(10, 10), NONE);
        assert_eq!(map.add(30, 10), NONE);
        assert_eq!((map.frontier(), map.total()), (0, 20));
        assert_eq!(map.missing(), [0..10, 20..30, 40..2 * PIECE]);
        assert_eq!(map.missing_within(15, 30), Some(vec![20..30, 40..45]));
        assert_eq!(map.missing_within(2 * PIECE - 1, 2), None);
        assert_eq!(map.add(0, 12), [0]);
        assert_eq!((map.frontier(), map.total()), (20, 30));
        assert_eq!(
            map.add(15, PIECE),
            [0, 1],
            "over what is there, and into the next piece"
        );
        assert_eq!(map.total(), PIECE + 15);
        assert_eq!(map.frontier(), PIECE + 15);
        map.add(PIECE, 2);
        assert_eq!(map.missing().first(), Some(&(PIECE + 15..2 * PIECE)));
    }

    proptest! {
        #[test]
        fn whatever_the_order_the_map_knows_what_is_there(
            parts in proptest::collection::vec((0..2_000_u32, 1..300_u32), 0..40)
        ) {
            // Around the border between two pieces.
            let (base, size) = (PIECE - 1_000, PIECE + 1_200);
            let mut map = PieceMap::new(size);
            let mut there = vec![false; 2_200];
            for (at, len) in parts {
                let places = at as usize..(at + len) as usize;
                let (at, len) = (u64::from(at), u64::from(len));
                let missing = map.missing_within(base + at, len);
                if at + len <= 2_200 {
                    let new: u64 = missing.unwrap().iter().map(|r| r.end - r.start).sum();
                    let before = map.total();
                    map.add(base + at, len);
                    prop_assert_eq!(map.total() - before, new);
                    there[places].fill(true);
                } else {
                    prop_assert_eq!(missing, None);
                }
            }
            let count = there.iter().filter(|t| **t).count() as u64;
            prop_assert_eq!(map.total(), count);
            let lacking: u64 = map.missing().iter().map(|r| r.end - r.start).sum();
            prop_assert_eq!(lacking + count, size);
            map.add(0, base);
            let first_gap = there.iter().position(|t| !t).unwrap_or(2_200) as u64;
            prop_assert_eq!(map.frontier(), base + first_gap);
        }
    }

    #[test]
    fn the_map_survives_on_disk_and_nothing_else_is_taken_for_one() {
        let file = tempfile::tempfile().unwrap();
        let mut map = PieceMap::with_prefix(100, 7);
        map.write(&file).unwrap();
        assert_eq!(map.add(7, 3), [0]);
        map.write_piece(&file, 0).unwrap();
        assert_eq!(PieceMap::read(&file, 100).unwrap(), Some(map));
        assert_eq!(PieceMap::read(&file, 99).unwrap(), None);
        write_all_at(&file, &101u32.to_le_bytes(), 132).unwrap();
        assert_eq!(
            PieceMap::read(&file, 100).unwrap(),
            None,
            "more than the piece holds"
        );
        write_all_at(&file, b"X", 100).unwrap();
        assert_eq!(PieceMap::read(&file, 100).unwrap(), None);
        assert_eq!(PieceMap::new(0).frontier(), 0);
    }
}
