//! The second stage, one thread for all files: finding chunks that are known, and collecting those that are not.
//!
//! Files are taken one after the other, so that the new chunks of a file lie side by side in a xorb.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hf_transport::{Error, ErrorKind};
use hf_types::Sha256;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::buffers::Buffers;
use super::cut::{Block, Piece};
use super::record::{Ready, Record};
use super::source::UploadSource;
use super::store::UploadProgress;
use crate::Hash;
use crate::dedup::{ChunkIndex, Match};
use crate::shard::XorbInfo;
use crate::xorb::{Xorb, XorbBuilder};

/// What this stage is given.
pub(super) enum Work {
    File {
        file: UploadSource,
        pieces: mpsc::Receiver<Piece>,
        /// Given back when the whole file has been taken.
        permit: OwnedSemaphorePermit,
    },
    /// No file waits longer: the xorb is sent as it is.
    Flush,
}

/// What this stage gives, in this order: a file comes after the xorbs that it needs.
pub(super) enum Packed {
    Xorb(PackedXorb),
    File(Box<Ready>),
    Flushed,
    Failed(Error),
}

/// A xorb that is complete.
pub(super) struct PackedXorb {
    pub(super) xorb: Xorb,
    pub(super) info: XorbInfo,
    /// The files of the chunks, and how many bytes each of them has.
    pub(super) files: Vec<(Arc<str>, u64)>,
}

/// The other stages have ended.
struct Cancelled;

pub(super) struct Packer {
    index: Arc<Mutex<ChunkIndex>>,
    out: mpsc::Sender<Packed>,
    progress: Option<Arc<dyn UploadProgress>>,
    /// From this length on, a xorb is complete.
    xorb_bytes: usize,
    xorb_buffers: Buffers,
    builder: XorbBuilder,
    /// The chunks of the xorb that is not complete.
    building: HashMap<Hash, u32>,
    /// The file that is being taken; behind it those that wait for the xorb to be complete.
    current: Option<Record>,
    waiting: Vec<Record>,
}

impl Packer {
    pub(super) fn new(
        index: Arc<Mutex<ChunkIndex>>,
        out: mpsc::Sender<Packed>,
        progress: Option<Arc<dyn UploadProgress>>,
        xorb_bytes: usize,
    ) -> Self {
        Self {
            index,
            out,
            progress,
            xorb_bytes,
            xorb_buffers: Buffers::default(),
            builder: XorbBuilder::new(),
            building: HashMap::new(),
            current: None,
            waiting: Vec::new(),
        }
    }

    /// Takes work until there is no more. Blocking.
    pub(super) fn run(mut self, mut work: mpsc::UnboundedReceiver<Work>) {
        while let Some(next) = work.blocking_recv() {
            let done = match next {
                Work::File {
                    file,
                    pieces,
                    permit,
                } => {
                    let done = self.file(file, pieces);
                    drop(permit);
                    done
                }
                Work::Flush => self.cut_xorb().and_then(|()| self.send(Packed::Flushed)),
            };
            if let Err(Cancelled) = done {
                return;
            }
        }
    }

    fn send(&self, packed: Packed) -> Result<(), Cancelled> {
        self.out.blocking_send(packed).map_err(|_| Cancelled)
    }

    fn file(
        &mut self,
        file: UploadSource,
        mut pieces: mpsc::Receiver<Piece>,
    ) -> Result<(), Cancelled> {
        self.current = Some(Record::new(file));
        let mut last_match = None;
        loop {
            match pieces.blocking_recv() {
                Some(Piece::Block(block)) => self.block(block, &mut last_match)?,
                Some(Piece::End(sha256)) => return self.end_file(sha256),
                Some(Piece::Failed(error)) => return self.send(Packed::Failed(error)),
                // It has panicked, which its outcome says.
                None => {
                    let error = Error::new(ErrorKind::Upload, "the thread that reads has ended");
                    return self.send(Packed::Failed(error));
                }
            }
        }
    }

    fn end_file(&mut self, sha256: Option<Sha256>) -> Result<(), Cancelled> {
        let Some(mut record) = self.current.take() else {
            return Ok(());
        };
        record.end(sha256);
        if record.is_complete() {
            return self.send(Packed::File(Box::new(record.into_ready())));
        }
        self.waiting.push(record);
        Ok(())
    }

    fn block(&mut self, mut block: Block, last: &mut Option<Match>) -> Result<(), Cancelled> {
        // A file of known chunks alone may never have anything to send.
        if self.out.is_closed() {
            return Err(Cancelled);
        }
        let mut queries = std::mem::take(&mut block.queries);
        let (data, chunks) = (block.data(), &block.chunks);
        let (mut at, mut offset) = (0, 0);
        while at < chunks.len() {
            let rest = &chunks[at..];
            let mut known = self.find(rest, last.as_ref());
            if known.is_none()
                && let Some(i) = queries.iter().position(|(chunk, _)| *chunk == at)
            {
                // The store says what it has before anything is sent that it may have.
                let _ = queries.swap_remove(i).1.blocking_recv();
                known = self.find(rest, None);
            }
            let count = match known {
                Some(found) if self.takes(&found) => {
                    let taken = &rest[..found.len()];
                    self.add_known(&found, taken);
                    *last = Some(found);
                    taken.len()
                }
                _ => {
                    *last = None;
                    self.add_repeated_or_new(rest, &data[offset..])?
                }
            };
            offset += length(&rest[..count]);
            at += count;
        }
        Ok(())
    }

    fn index(&self) -> MutexGuard<'_, ChunkIndex> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds chunks in complete xorbs, where the file has come from at first.
    fn find(&self, chunks: &[(Hash, u32)], last: Option<&Match>) -> Option<Match> {
        let index = self.index();
        let next = last.and_then(|last| index.find_next(last, chunks));
        next.or_else(|| index.find(chunks))
    }

    /// Returns whether the file may refer to a match, or would be in too many pieces.
    fn takes(&mut self, found: &Match) -> bool {
        self.current.as_mut().is_some_and(|record| {
            record.continues(found.xorb, found.chunks.start)
                || record.fragmentation.allows(found.len())
        })
    }

    fn add_known(&mut self, found: &Match, chunks: &[(Hash, u32)]) {
        let bytes = length(chunks) as u64;
        if let Some(record) = &mut self.current {
            record.add_known(found, chunks);
            record.deduplicated += bytes;
            if let Some(progress) = &self.progress {
                progress.deduplicated(&record.file.name, bytes);
            }
        }
    }

    /// Adds chunks that the current xorb has already, or one that is new. Returns how many.
    fn add_repeated_or_new(
        &mut self,
        chunks: &[(Hash, u32)],
        data: &[u8],
    ) -> Result<usize, Cancelled> {
        let Some((hash, chunk_length)) = chunks.first() else {
            return Ok(0);
        };
        if let Some(start) = self.building.get(hash).copied() {
            let there = &self.builder.chunks()[start as usize..];
            let same = chunks.iter().zip(there).take_while(|(a, b)| a.0 == b.hash);
            let count = same.count();
            if let Some(record) = &mut self.current
                && (record.continues_building(start) || record.fragmentation.allows(count))
            {
                let (taken, bytes) = (&chunks[..count], length(&chunks[..count]) as u64);
                record.add_building(start, taken);
                record.deduplicated += bytes;
                if let Some(progress) = &self.progress {
                    progress.deduplicated(&record.file.name, bytes);
                }
                return Ok(count);
            }
        }
        let chunk = &data[..*chunk_length as usize];
        if self.builder.encoded_length() >= self.xorb_bytes || !self.builder.has_room(chunk.len()) {
            self.cut_xorb()?;
        }
        let at = self.builder.push(*hash, chunk);
        self.building.insert(*hash, at);
        if let Some(record) = &mut self.current {
            record.add_building(at, &chunks[..1]);
            record.pending += u64::from(*chunk_length);
        }
        Ok(1)
    }

    /// Completes the xorb, if it has any chunk, and with it the files that waited for that.
    fn cut_xorb(&mut self) -> Result<(), Cancelled> {
        if self.building.is_empty() {
            return Ok(());
        }
        self.building.clear();
        let buffer = self.xorb_buffers.take().into_vec();
        let full = std::mem::replace(&mut self.builder, XorbBuilder::with_buffer(buffer));
        let buffers = self.xorb_buffers.clone();
        let xorb = full.finish_into(|bytes| Bytes::from_owner(buffers.adopt(bytes)));
        let info = XorbInfo::from(&xorb);
        self.index().add_own(&info);
        let mut files = Vec::new();
        for record in self.waiting.iter_mut().chain(&mut self.current) {
            record.resolve(xorb.hash());
            if record.pending > 0 {
                files.push((Arc::clone(&record.file.name), record.pending));
                record.pending = 0;
            }
        }
        self.send(Packed::Xorb(PackedXorb { xorb, info, files }))?;
        for record in std::mem::take(&mut self.waiting) {
            self.send(Packed::File(Box::new(record.into_ready())))?;
        }
        Ok(())
    }
}

fn length(chunks: &[(Hash, u32)]) -> usize {
    chunks.iter().map(|(_, length)| *length as usize).sum()
}
