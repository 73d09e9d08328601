//! The pieces of a large file, and which connection downloads which.

use std::collections::HashSet;

use hf_transport::Error;

use crate::store::pieces::PieceMap;

pub(super) struct Plan {
    pub(super) map: PieceMap,
    /// Pieces that are assigned to a connection.
    pub(super) taken: HashSet<usize>,
    /// No piece below this one is both missing and unassigned.
    from: usize,
    /// The maximum number of connections.
    pub(super) connections: usize,
    /// Whether the server has sent a range as requested.
    pub(super) ranges_work: bool,
    pub(super) refused: Option<Error>,
}

impl Plan {
    pub(super) fn new(map: PieceMap, connections: usize) -> Self {
        Self {
            map,
            taken: HashSet::new(),
            from: 0,
            connections,
            ranges_work: false,
            refused: None,
        }
    }

    /// Returns whether another connection may take a piece.
    pub(super) fn wants_another(&self) -> bool {
        self.taken.len() < self.connections
    }

    /// Assigns the next free piece, and returns the offset of its next byte.
    pub(super) fn take_next(&mut self) -> Option<(usize, u64)> {
        if self.refused.is_some() {
            return None;
        }
        while self.from < self.map.len() && self.map.next_byte(self.from).is_none() {
            self.from += 1;
        }
        let piece = (self.from..self.map.len())
            .find(|i| !self.taken.contains(i) && self.map.next_byte(*i).is_some())?;
        self.taken.insert(piece);
        Some((piece, self.map.next_byte(piece)?))
    }

    /// Returns whether the main connection, about to continue at the start of `piece`, leaves that piece to a
    /// helper.
    pub(super) fn leaves_to_others(&self, piece: usize) -> bool {
        self.ranges_work && (self.taken.contains(&piece) || self.map.next_byte(piece).is_none())
    }
}
