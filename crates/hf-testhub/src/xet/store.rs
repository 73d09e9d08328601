//! What the store holds: xorbs, files, which chunks it knows, and uploads that are granted.
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use hf_cas::xorb::{CHUNK_HEADER, MAX_XORB_BYTES, MAX_XORB_CHUNKS};
use hf_cas::{Chunker, Hash, HashTree};

use super::content::Stored;
use super::external::External;
use super::file::{Term, XetFile};
use super::tokens::CasTokens;
use super::xorb::Xorb;
use super::{Scope, Settings, XetStats};
use crate::blob::Blob;

/// Permission to put a xorb into the storage.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) xorb: Hash,
    pub(crate) length: u64,
    /// CRC-64/NVME of the bytes.
    pub(crate) checksum: u64,
    /// What was put there.
    pub(crate) content: Option<Bytes>,
}

/// The content store.
#[derive(Default)]
pub(crate) struct XetState {
    pub(crate) settings: Settings,
    pub(crate) tokens: CasTokens,
    pub(crate) stats: XetStats,
    pub(crate) grants: HashMap<String, Grant>,
    pub(crate) external: Option<External>,
    xorbs: HashMap<Hash, Arc<Xorb>>,
    files: HashMap<Hash, Arc<XetFile>>,
    by_sha256: HashMap<String, Hash>,
    /// Chunks that deduplication queries find, and the xorbs that contain them.
    known_chunks: HashMap<Hash, Arc<BTreeSet<Hash>>>,
    /// Files by the repository or bucket for which they were uploaded.
    uploaded: HashSet<(Scope, Hash)>,
    counter: u64,
}

/// A file as a shard describes it, checked against the xorbs of the store.
pub(crate) struct NewFile {
    pub(crate) hash: Hash,
    pub(crate) terms: Vec<Term>,
    pub(crate) sha256: Option<String>,
}

impl XetState {
    pub(crate) fn xorbs(&self) -> usize {
        self.xorbs.len()
    }

    pub(crate) fn xorb(&self, hash: &Hash) -> Option<&Arc<Xorb>> {
        self.xorbs.get(hash)
    }

    pub(crate) fn file(&self, hash: &Hash) -> Option<&Arc<XetFile>> {
        self.files.get(hash)
    }

    pub(crate) fn by_sha256(&self, sha256: &str) -> Option<Hash> {
        self.by_sha256.get(sha256).copied()
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Takes a xorb; `false` if it was there.
    pub(crate) fn insert_xorb(&mut self, xorb: Xorb) -> bool {
        let new = match self.xorbs.get(&xorb.hash) {
            Some(known) => known.is_discarded() && !xorb.is_discarded(),
            None => true,
        };
        if new {
            self.xorbs.insert(xorb.hash, Arc::new(xorb));
        }
        new
    }

    /// Adds the files of a shard, and makes their first chunks and those chunks of its xorbs that are
    /// eligible or flagged known to deduplication queries. Returns the files that are new.
    pub(crate) fn register(
        &mut self,
        scope: Option<&Scope>,
        files: Vec<NewFile>,
        named: &BTreeSet<Hash>,
        flagged: &HashSet<Hash>,
    ) -> Vec<Arc<XetFile>> {
        let named = Arc::new(named.clone());
        for hash in named.iter() {
            let Some(xorb) = self.xorbs.get(hash) else {
                continue;
            };
            for chunk in &xorb.chunks {
                if chunk.hash.is_global_dedup_eligible() || flagged.contains(&chunk.hash) {
                    self.known_chunks.insert(chunk.hash, Arc::clone(&named));
                }
            }
        }
        let mut new = Vec::new();
        for file in files {
            if let Some(scope) = scope {
                self.uploaded.insert((scope.without_revision(), file.hash));
            }
            if let Some(term) = file.terms.first()
                && let Some(chunk) = term.xorb.chunks.get(term.chunks.start)
            {
                let answer = if named.contains(&term.xorb.hash) {
                    Arc::clone(&named)
                } else {
                    Arc::new(BTreeSet::from([term.xorb.hash]))
                };
                self.known_chunks.entry(chunk.hash).or_insert(answer);
            }
            if let Some(sha256) = &file.sha256 {
                self.by_sha256.insert(sha256.clone(), file.hash);
            }
            let known = self.files.get(&file.hash);
            if known.is_some_and(|known| {
                !known.blob.is_discarded() && (file.sha256.is_none() || known.blob.knows_sha256())
            }) {
                continue;
            }
            let file = Arc::new(XetFile::assembled(file.hash, file.terms, file.sha256));
            self.files.insert(file.hash, Arc::clone(&file));
            new.push(file);
        }
        new
    }

    pub(super) fn insert_file(&mut self, file: XetFile, sha256: Option<String>) {
        if let Some(sha256) = sha256 {
            self.by_sha256.insert(sha256, file.hash);
        }
        self.files.insert(file.hash, Arc::new(file));
    }

    /// Whether a file was uploaded for the repository or bucket of this scope.
    pub(crate) fn was_uploaded_for(&self, scope: &Scope, file: &Hash) -> bool {
        self.uploaded.contains(&(scope.without_revision(), *file))
    }

    /// Returns the xorbs that contain this chunk, according to deduplication queries.
    pub(crate) fn known_chunk(&self, chunk: &Hash) -> Option<Vec<Arc<Xorb>>> {
        let named = self.known_chunks.get(chunk)?;
        Some(
            named
                .iter()
                .filter_map(|hash| self.xorbs.get(hash).cloned())
                .collect(),
        )
    }

    /// Returns the Xet hash of content that was added by other means, which is then stored; `None` if its
    /// bytes are gone.
    pub(crate) fn take_in(&mut self, blob: &Blob) -> Option<Hash> {
        if let Some(hash) = self.by_sha256.get(blob.sha256()) {
            return Some(*hash);
        }
        if blob.is_discarded() {
            return None;
        }
        let mut packed = Packed::new(blob);
        packed.read();
        let hash = packed.file.file_hash();
        let mut terms = Vec::new();
        let mut named = BTreeSet::new();
        for xorb in packed.xorbs {
            let xorb = Arc::clone(
                self.xorbs
                    .entry(xorb.hash)
                    .or_insert_with(|| Arc::new(xorb)),
            );
            named.insert(xorb.hash);
            let chunks = 0..xorb.chunks.len();
            terms.push(Term { xorb, chunks });
        }
        let sha256 = Some(blob.sha256().to_owned());
        self.register(
            None,
            vec![NewFile {
                hash,
                terms,
                sha256,
            }],
            &named,
            &HashSet::new(),
        );
        Some(hash)
    }
}

/// Content that is divided into chunks and packed into xorbs.
struct Packed<'a> {
    blob: &'a Blob,
    file: HashTree,
    xorbs: Vec<Xorb>,
    /// The xorb in work: its chunks, and where it begins in the content.
    chunks: Vec<(Hash, u64)>,
    start: u64,
    end: u64,
}

impl<'a> Packed<'a> {
    fn new(blob: &'a Blob) -> Self {
        Self {
            blob,
            file: HashTree::new(),
            xorbs: Vec::new(),
            chunks: Vec::new(),
            start: 0,
            end: 0,
        }
    }

    fn read(&mut self) {
        let mut chunker = Chunker::new();
        let mut pending: Vec<u8> = Vec::new();
        let blob = self.blob;
        blob.visit(|mut piece| {
            while let Some(end) = chunker.next_boundary(piece) {
                pending.extend_from_slice(&piece[..end]);
                self.chunk(&pending);
                pending.clear();
                piece = &piece[end..];
            }
            pending.extend_from_slice(piece);
        });
        if !pending.is_empty() {
            self.chunk(&pending);
        }
        self.finish_xorb();
    }

    fn chunk(&mut self, content: &[u8]) {
        let length = content.len() as u64;
        if self.chunks.len() == MAX_XORB_CHUNKS
            || self.end - self.start + length + (CHUNK_HEADER * (self.chunks.len() + 1)) as u64
                > MAX_XORB_BYTES as u64
        {
            self.finish_xorb();
        }
        let hash = Hash::of_chunk(content);
        self.file.push(hash, length);
        self.chunks.push((hash, length));
        self.end += length;
    }

    fn finish_xorb(&mut self) {
        if self.chunks.is_empty() {
            return;
        }
        let chunks = std::mem::take(&mut self.chunks);
        let mut at = 0;
        let ends = chunks
            .iter()
            .map(|(_, length)| {
                at += length;
                at
            })
            .collect();
        let content = Stored {
            source: self.blob.clone(),
            start: self.start,
            ends,
        };
        self.xorbs
            .push(Xorb::stored(&chunks, Blob::made(content, None)));
        self.start = self.end;
    }
}
