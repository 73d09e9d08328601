//! Which parts of a file have arrived, when they arrive out of order.
//!
//! The map is kept behind the content, at the end of the partial itself: 32 bytes that name it, then for each piece how
//! many of its bytes are there. Bytes are written before they are counted, so a count is never ahead of its bytes.

use std::fs::File;
use std::io;

use super::disk::{read_exact_at, write_all_at};

/// Bytes of a piece: what one connection fetches at a time, and what is fetched again in the worst case.
pub(crate) const PIECE: u64 = 16 * 1024 * 1024;

const MAGIC: &[u8; 16] = b"hf-cache pieces1";
const HEADER: usize = 32;

/// How many bytes of each piece of a file of known size have arrived. Within a piece, bytes arrive in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PieceMap {
    size: u64,
    received: Vec<u32>,
}

impl PieceMap {
    pub(crate) fn new(size: u64) -> Self {
        let count = usize::try_from(size.div_ceil(PIECE)).unwrap_or(usize::MAX);
        Self {
            size,
            received: vec![0; count],
        }
    }

    /// A map of a file whose first `prefix` bytes are there.
    pub(crate) fn with_prefix(size: u64, prefix: u64) -> Self {
        let mut map = Self::new(size);
        map.set_prefix(prefix);
        map
    }

    pub(crate) fn set_prefix(&mut self, prefix: u64) {
        for i in 0..self.received.len() {
            let start = i as u64 * PIECE;
            let there = prefix.saturating_sub(start).min(self.piece_len(i));
            #[expect(clippy::cast_possible_truncation, reason = "no more than a piece")]
            {
                self.received[i] = self.received[i].max(there as u32);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.received.len()
    }

    /// The bytes of piece `i`, which is shorter at the end of the file.
    pub(crate) fn piece_len(&self, i: usize) -> u64 {
        (self.size - (i as u64 * PIECE).min(self.size)).min(PIECE)
    }

    /// Where the next byte of piece `i` goes; `None` if all are there.
    pub(crate) fn next_byte(&self, i: usize) -> Option<u64> {
        let there = u64::from(self.received[i]);
        (there < self.piece_len(i)).then_some(i as u64 * PIECE + there)
    }

    /// Notes `len` bytes at `offset`, which follow what is there of their piece.
    pub(crate) fn add(&mut self, offset: u64, len: u64) -> Option<usize> {
        let i = usize::try_from(offset / PIECE).ok()?;
        let there = *self.received.get(i)?;
        if offset != i as u64 * PIECE + u64::from(there)
            || u64::from(there) + len > self.piece_len(i)
        {
            return None;
        }
        self.received[i] += u32::try_from(len).ok()?;
        Some(i)
    }

    /// The bytes that are there from the start without a gap.
    pub(crate) fn frontier(&self) -> u64 {
        let whole = (0..self.len())
            .take_while(|&i| self.next_byte(i).is_none())
            .count();
        match self.received.get(whole) {
            Some(&there) => whole as u64 * PIECE + u64::from(there),
            None => self.size,
        }
    }

    /// All the bytes that are there.
    pub(crate) fn total(&self) -> u64 {
        self.received.iter().map(|&n| u64::from(n)).sum()
    }

    /// Puts the map behind the content, which gives the file its full size.
    pub(crate) fn write(&self, file: &File) -> io::Result<()> {
        let mut out = Vec::with_capacity(HEADER + self.received.len() * 4);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.size.to_le_bytes());
        out.extend_from_slice(&PIECE.to_le_bytes());
        for n in &self.received {
            out.extend_from_slice(&n.to_le_bytes());
        }
        write_all_at(file, &out, self.size)
    }

    /// Updates the count of one piece.
    pub(crate) fn write_piece(&self, file: &File, i: usize) -> io::Result<()> {
        let at = self.size + (HEADER + i * 4) as u64;
        write_all_at(file, &self.received[i].to_le_bytes(), at)
    }

    /// The map behind the content of a partial; `None` if there is none that fits.
    pub(crate) fn read(file: &File, size: u64) -> io::Result<Option<Self>> {
        let mut map = Self::new(size);
        let expected = size + (HEADER + map.len() * 4) as u64;
        if file.metadata()?.len() != expected {
            return Ok(None);
        }
        let mut text = vec![0; HEADER + map.len() * 4];
        read_exact_at(file, &mut text, size)?;
        let (header, counts) = text.split_at(HEADER);
        if header[..16] != *MAGIC
            || header[16..24] != size.to_le_bytes()
            || header[24..] != PIECE.to_le_bytes()
        {
            return Ok(None);
        }
        for (i, n) in counts.chunks_exact(4).enumerate() {
            let n = u32::from_le_bytes(n.try_into().unwrap_or_default());
            if u64::from(n) > map.piece_len(i) {
                return Ok(None);
            }
            map.received[i] = n;
        }
        Ok(Some(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(map.add(2 * PIECE, 10), Some(2));
        assert_eq!(map.frontier(), PIECE + 5);
        assert_eq!(map.add(PIECE + 4, 1), None, "there already");
        assert_eq!(map.add(PIECE + 5, PIECE), None, "beyond the piece");
        assert_eq!(map.add(PIECE + 5, PIECE - 5), Some(1));
        assert_eq!((map.frontier(), map.total()), (size, size));
        assert_eq!(map.add(size, 1), None);
    }

    #[test]
    fn the_map_survives_on_disk_and_nothing_else_is_taken_for_one() {
        let file = tempfile::tempfile().unwrap();
        let mut map = PieceMap::with_prefix(100, 7);
        map.write(&file).unwrap();
        assert_eq!(map.add(7, 3), Some(0));
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
