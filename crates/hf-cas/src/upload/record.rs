//! What is known of a file while it is being uploaded.

use hf_types::Sha256;

use super::source::UploadSource;
use crate::dedup::{Fragmentation, Match};
use crate::shard::{FileInfo, Term};
use crate::{Hash, HashTree};

/// A file on its way from the first chunk to the shard.
pub(super) struct Record {
    pub(super) file: UploadSource,
    tree: HashTree,
    terms: Vec<Term>,
    ranges: Vec<Hash>,
    /// The hashes of the chunks of the last term.
    range: Vec<Hash>,
    /// The terms that refer to the xorb that is not complete, which has no hash yet.
    unresolved: Vec<usize>,
    pub(super) fragmentation: Fragmentation,
    pub(super) deduplicated: u64,
    /// Bytes that are new and in the xorb that is not complete.
    pub(super) pending: u64,
    /// Whether a term rests on what came from a store or a cache.
    pub(super) trusts: bool,
    sha256: Option<Sha256>,
    ended: bool,
}

impl Record {
    pub(super) fn new(file: UploadSource) -> Self {
        Self {
            file,
            tree: HashTree::new(),
            terms: Vec::new(),
            ranges: Vec::new(),
            range: Vec::new(),
            unresolved: Vec::new(),
            fragmentation: Fragmentation::new(),
            deduplicated: 0,
            pending: 0,
            trusts: false,
            sha256: None,
            ended: false,
        }
    }

    /// Adds chunks that are in a known xorb.
    pub(super) fn add_known(&mut self, found: &Match, chunks: &[(Hash, u32)]) {
        self.trusts |= !found.is_own;
        let continues = self.continues(found.xorb, found.chunks.start);
        self.add(found.xorb, found.chunks.start, chunks, continues);
    }

    /// Adds chunks that are in the xorb that is not complete, from its chunk `start` on.
    pub(super) fn add_building(&mut self, start: u32, chunks: &[(Hash, u32)]) {
        let continues = self.continues_building(start);
        if !continues {
            self.unresolved.push(self.terms.len());
        }
        self.add(Hash::ZERO, start, chunks, continues);
    }

    /// Returns whether a chunk is behind the last term.
    pub(super) fn continues(&self, xorb: Hash, chunk: u32) -> bool {
        let last = self.terms.last();
        !self.last_is_unresolved()
            && last.is_some_and(|last| last.xorb == xorb && last.chunks.end == chunk)
    }

    /// Returns whether a chunk of the xorb that is not complete is behind the last term.
    pub(super) fn continues_building(&self, chunk: u32) -> bool {
        let last = self.terms.last();
        self.last_is_unresolved() && last.is_some_and(|last| last.chunks.end == chunk)
    }

    fn last_is_unresolved(&self) -> bool {
        self.unresolved
            .last()
            .is_some_and(|at| at + 1 == self.terms.len())
    }

    fn add(&mut self, xorb: Hash, start: u32, chunks: &[(Hash, u32)], continues: bool) {
        let mut length = 0;
        if continues {
            self.fragmentation.extend(chunks.len());
        } else {
            self.end_range();
            self.fragmentation.begin(chunks.len());
        }
        for (hash, chunk_length) in chunks {
            self.tree.push(*hash, u64::from(*chunk_length));
            self.range.push(*hash);
            length += chunk_length;
        }
        let count = crate::number(chunks.len());
        match self.terms.last_mut() {
            Some(last) if continues => {
                last.length += length;
                last.chunks.end += count;
            }
            _ => self.terms.push(Term {
                xorb,
                length,
                chunks: start..start + count,
            }),
        }
    }

    /// Computes the verification hash of the last term.
    fn end_range(&mut self) {
        if !self.range.is_empty() {
            self.ranges.push(Hash::of_range(&self.range));
            self.range.clear();
        }
    }

    /// Gives the terms of the xorb that is complete now its hash.
    pub(super) fn resolve(&mut self, xorb: Hash) {
        for at in self.unresolved.drain(..) {
            self.terms[at].xorb = xorb;
        }
    }

    /// Says that the file has no more chunks.
    pub(super) fn end(&mut self, sha256: Option<Sha256>) {
        self.end_range();
        self.sha256 = sha256;
        self.ended = true;
    }

    /// Returns whether the file has ended, and all xorbs of its terms have hashes.
    pub(super) fn is_complete(&self) -> bool {
        self.ended && self.unresolved.is_empty()
    }

    pub(super) fn into_ready(self) -> Ready {
        let hash = self.tree.file_hash();
        Ready {
            info: FileInfo {
                hash,
                terms: self.terms,
                verification: Some(self.ranges),
                sha256: self.sha256.map(Sha256::to_bytes),
            },
            file: self.file,
            sha256: self.sha256,
            deduplicated: self.deduplicated,
            trusts: self.trusts,
        }
    }
}

/// A file that waits for its shard.
pub(super) struct Ready {
    pub(super) file: UploadSource,
    pub(super) info: FileInfo,
    pub(super) sha256: Option<Sha256>,
    pub(super) deduplicated: u64,
    /// Whether a term rests on what came from a store or a cache.
    pub(super) trusts: bool,
}
