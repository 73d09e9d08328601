//! Files of the store: which chunks of which xorbs they are made of.
use std::ops::Range;
use std::sync::Arc;

use hf_cas::Hash;

use super::content::Assembled;
use super::xorb::Xorb;
use crate::blob::Blob;

/// Consecutive chunks of a xorb that are part of a file.
#[derive(Clone)]
pub(crate) struct Term {
    pub(crate) xorb: Arc<Xorb>,
    pub(crate) chunks: Range<usize>,
}

impl Term {
    /// How many bytes of the file it is.
    pub(crate) fn len(&self) -> u64 {
        self.xorb.unpacked(self.chunks.clone())
    }
}

/// A file that the store can reconstruct.
pub(crate) struct XetFile {
    pub(crate) hash: Hash,
    pub(crate) terms: Vec<Term>,
    /// Its content, for the bridge and for tests.
    pub(crate) blob: Blob,
}

impl XetFile {
    /// A file out of its terms.
    pub(crate) fn assembled(hash: Hash, terms: Vec<Term>, sha256: Option<String>) -> Self {
        let chunks = terms
            .iter()
            .flat_map(|term| {
                term.chunks
                    .clone()
                    .map(|number| (Arc::clone(&term.xorb), number))
            })
            .collect();
        let blob = Blob::made(Assembled::new(chunks), sha256);
        Self { hash, terms, blob }
    }

    /// A file of another store.
    pub(super) fn elsewhere(hash: Hash, blob: Blob) -> Self {
        Self {
            hash,
            terms: Vec::new(),
            blob,
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.blob.len()
    }

    /// The terms that hold a part of the file, and how many bytes of the first chunk come before it.
    pub(crate) fn part(&self, wanted: Range<u64>) -> (u64, Vec<Term>) {
        let mut at = 0;
        let mut skip = 0;
        let mut terms = Vec::new();
        for term in &self.terms {
            let mut first = None;
            let mut last = term.chunks.start;
            for number in term.chunks.clone() {
                let end = at + term.xorb.chunk_len(number);
                if end > wanted.start && at < wanted.end {
                    if first.is_none() {
                        first = Some(number);
                        if terms.is_empty() {
                            skip = wanted.start - at;
                        }
                    }
                    last = number + 1;
                }
                at = end;
            }
            if let Some(first) = first {
                terms.push(Term {
                    xorb: Arc::clone(&term.xorb),
                    chunks: first..last,
                });
            }
        }
        (skip, terms)
    }
}
