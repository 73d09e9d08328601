//! Which files and xorbs go into which shard, and when.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;

use super::record::Ready;
use crate::shard::{RECORD, Shard, XorbInfo};

/// A shard of this size is sent, even though more is to come: what it says need not be kept any longer.
const SHARD_BYTES: usize = 2 * 1024 * 1024;

/// The shards of an upload: one that is being filled, and those that wait for their xorbs.
#[derive(Default)]
pub(super) struct Shards {
    filling: Batch,
    records: usize,
    waiting: VecDeque<(u64, Batch)>,
    /// How many xorbs there were.
    xorbs: u64,
    /// The numbers of those that the store has not accepted yet.
    in_flight: BTreeSet<u64>,
    /// The files in the cache that know the xorbs which the store has accepted, until a shard does.
    staged: HashMap<u64, PathBuf>,
}

/// What goes into one shard.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) xorbs: Vec<XorbInfo>,
    pub(super) files: Vec<Ready>,
    numbers: Vec<u64>,
    /// Files in the cache that say the same.
    pub(super) staged: Vec<PathBuf>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.xorbs.is_empty() && self.files.is_empty()
    }

    pub(super) fn shard(&self) -> Shard {
        Shard {
            files: self.files.iter().map(|file| file.info.clone()).collect(),
            xorbs: self.xorbs.clone(),
            ..Shard::new()
        }
    }
}

impl Shards {
    /// Adds a xorb that is being sent, and returns its number.
    pub(super) fn sending(&mut self, xorb: XorbInfo) -> u64 {
        let number = self.xorbs;
        self.xorbs += 1;
        self.in_flight.insert(number);
        self.records += xorb.records();
        self.filling.xorbs.push(xorb);
        self.filling.numbers.push(number);
        self.close_if_full();
        number
    }

    /// Notes that the store has accepted a xorb.
    pub(super) fn accepted(&mut self, number: u64, staged: Option<PathBuf>) {
        self.in_flight.remove(&number);
        self.staged.extend(staged.map(|path| (number, path)));
    }

    /// Adds a file whose xorbs are accepted or being sent.
    pub(super) fn add_file(&mut self, file: Ready) {
        self.records += file.info.records();
        self.filling.files.push(file);
        self.close_if_full();
    }

    pub(super) fn has_files(&self) -> bool {
        !self.filling.files.is_empty()
    }

    fn close_if_full(&mut self) {
        if self.records * RECORD >= SHARD_BYTES {
            self.close();
        }
    }

    /// Says that what there is now shall be sent.
    pub(super) fn close(&mut self) {
        self.records = 0;
        let batch = std::mem::take(&mut self.filling);
        if !batch.is_empty() {
            self.waiting.push_back((self.xorbs, batch));
        }
    }

    /// Returns the next shard of which all xorbs are in the store.
    pub(super) fn next_ready(&mut self) -> Option<Batch> {
        let (needed, _) = self.waiting.front()?;
        if self.in_flight.first().is_some_and(|first| first < needed) {
            return None;
        }
        let (_, mut batch) = self.waiting.pop_front()?;
        let staged = batch
            .numbers
            .iter()
            .filter_map(|xorb| self.staged.remove(xorb));
        batch.staged = staged.collect();
        Some(batch)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.filling.is_empty() && self.waiting.is_empty() && self.in_flight.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hash;

    fn xorb(name: u8) -> XorbInfo {
        XorbInfo {
            hash: Hash::of_chunk(&[name]),
            length: 0,
            encoded_length: 0,
            chunks: Vec::new(),
        }
    }

    #[test]
    fn a_shard_waits_for_all_xorbs_that_came_before_it_and_names_them() {
        let mut shards = Shards::default();
        let first = shards.sending(xorb(1));
        let second = shards.sending(xorb(2));
        shards.close();
        let third = shards.sending(xorb(3));
        shards.accepted(second, Some("two".into()));
        assert!(shards.next_ready().is_none());
        shards.accepted(first, None);
        let batch = shards.next_ready().unwrap();
        assert_eq!(batch.xorbs, [xorb(1), xorb(2)]);
        assert_eq!(batch.staged, [PathBuf::from("two")]);
        shards.accepted(third, None);
        assert!(shards.next_ready().is_none() && !shards.is_empty());
        shards.close();
        assert_eq!(shards.next_ready().unwrap().xorbs, [xorb(3)]);
        assert!(shards.is_empty());
    }
}
