//! The first stage, a thread for each file: reading, hashing, cutting.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc};

use hf_transport::digest::Sha256Hasher;
use hf_transport::{Error, ErrorKind, Result};
use hf_types::Sha256;
use tokio::sync::{mpsc, oneshot};

use super::buffers::{Buffer, Buffers};
use super::source::UploadSource;
use super::store::UploadProgress;
use crate::dedup::ChunkIndex;
use crate::{Chunker, Hash, MAX_CHUNK, number};

/// How much of a file is read at a time.
pub(super) const BLOCK: usize = 1024 * 1024;

/// Blocks of a file that wait for the next stage.
pub(super) const BLOCKS_AHEAD: usize = 3;

/// From this length on, the SHA-256 of a file is computed on a thread of its own: it takes as long as all the rest.
const LONG_FILE: u64 = 8 * BLOCK as u64;

/// Between two questions about chunks of a file, so many chunks go by.
const MIN_QUERY_DISTANCE: u64 = 256;

/// A question to the store about a chunk; it ends when the index has what the store says.
pub(super) struct Query {
    pub(super) chunk: Hash,
    pub(super) answered: oneshot::Sender<()>,
}

/// Whole chunks of a file, one behind the other.
pub(super) struct Block {
    data: Arc<Buffer>,
    /// How much of the buffer belongs to the file.
    filled: usize,
    pub(super) chunks: Vec<(Hash, u32)>,
    /// For some chunks, by their index: when it is known whether the store has them.
    pub(super) queries: Vec<(usize, oneshot::Receiver<()>)>,
}

impl Block {
    pub(super) fn data(&self) -> &[u8] {
        &self.data[..self.filled]
    }
}

/// What the next stage receives of a file.
pub(super) enum Piece {
    Block(Block),
    End(Option<Sha256>),
    Failed(Error),
}

/// What all files of an upload share in this stage.
#[derive(Clone)]
pub(super) struct Cutter {
    pub(super) buffers: Buffers,
    pub(super) index: Arc<Mutex<ChunkIndex>>,
    pub(super) queries: Option<mpsc::UnboundedSender<Query>>,
    pub(super) with_sha256: bool,
    pub(super) progress: Option<Arc<dyn UploadProgress>>,
}

/// Nobody wants the file any more.
struct Cancelled;

impl Cutter {
    /// Cuts a whole file. Blocking, for as long as the next stage takes.
    pub(super) fn run(&self, file: &UploadSource, pieces: &mpsc::Sender<Piece>) {
        let last = match self.cut(file, pieces) {
            Ok(Ok(sha256)) => Piece::End(sha256),
            Ok(Err(Cancelled)) => return,
            Err(error) => Piece::Failed(error),
        };
        let _ = pieces.blocking_send(last);
    }

    fn cut(
        &self,
        file: &UploadSource,
        pieces: &mpsc::Sender<Piece>,
    ) -> Result<Result<Option<Sha256>, Cancelled>> {
        let mut reader = file.open()?;
        let mut hasher = Digest::start(self.with_sha256, file.len)?;
        let mut cutting = Cutting::default();
        let mut buffer = self.buffers.take();
        let (mut carried, mut left) = (0, file.len);
        loop {
            let want = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
            let filled = carried + want;
            if buffer.len() < filled {
                buffer.resize(filled, 0);
            }
            let read = file.read(&mut *reader, &mut buffer[carried..filled])?;
            if read < want {
                return Err(too_short(file, file.len - left + read as u64));
            }
            left -= read as u64;
            let is_last = left == 0;
            if is_last && file.read(&mut *reader, &mut [0])? > 0 {
                return Err(too_long(file));
            }
            let (block, rest) = self.cut_block((buffer, filled), carried, is_last, &mut cutting);
            hasher.update(&block, carried)?;
            if let Some(progress) = &self.progress {
                progress.hashed(&file.name, read as u64);
            }
            buffer = self.buffers.take();
            let unfinished = &block.data()[rest..];
            carried = unfinished.len();
            if buffer.len() < carried {
                buffer.resize(BLOCK + MAX_CHUNK, 0);
            }
            buffer[..carried].copy_from_slice(unfinished);
            if !block.chunks.is_empty() && pieces.blocking_send(Piece::Block(block)).is_err() {
                return Ok(Err(Cancelled));
            }
            if is_last {
                return Ok(Ok(hasher.finish()?));
            }
        }
    }

    /// Cuts what is in `buffer`, of which the first `carried` bytes are known not to have a boundary. Returns where the
    /// unfinished chunk begins.
    fn cut_block(
        &self,
        (buffer, filled): (Buffer, usize),
        carried: usize,
        is_last: bool,
        cutting: &mut Cutting,
    ) -> (Block, usize) {
        let data = &buffer[..filled];
        let mut chunks = Vec::with_capacity(BLOCK / MAX_CHUNK * 4);
        let (mut start, mut at) = (0, carried);
        while let Some(end) = cutting.chunker.next_boundary(&data[at..]) {
            at += end;
            chunks.push((Hash::of_chunk(&data[start..at]), number(at - start)));
            start = at;
        }
        if is_last && start < filled {
            let rest = &data[start..];
            chunks.push((Hash::of_chunk(rest), number(rest.len())));
            start = filled;
        }
        let queries = self.ask(&chunks, cutting);
        let block = Block {
            data: Arc::new(buffer),
            filled,
            chunks,
            queries,
        };
        (block, start)
    }

    /// Asks the store about the chunks of a block that deserve it.
    fn ask(
        &self,
        chunks: &[(Hash, u32)],
        cutting: &mut Cutting,
    ) -> Vec<(usize, oneshot::Receiver<()>)> {
        let first = cutting.chunks;
        cutting.chunks += chunks.len() as u64;
        let Some(queries) = &self.queries else {
            return Vec::new();
        };
        let mut asked = Vec::new();
        for (i, (hash, length)) in chunks.iter().enumerate() {
            let at = first + i as u64;
            let deserves = at == 0 || hash.is_global_dedup_eligible();
            if !deserves || at < cutting.next_query {
                continue;
            }
            let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
            if index.contains(hash, *length) {
                continue;
            }
            drop(index);
            let (answered, answer) = oneshot::channel();
            let query = Query {
                chunk: *hash,
                answered,
            };
            if queries.send(query).is_ok() {
                cutting.next_query = at + MIN_QUERY_DISTANCE;
                asked.push((i, answer));
            }
        }
        asked
    }
}

/// How far a file has been cut.
#[derive(Default)]
struct Cutting {
    chunker: Chunker,
    chunks: u64,
    /// The first chunk that may be asked about.
    next_query: u64,
}

/// The SHA-256 of a file, here or on another thread.
enum Digest {
    None,
    Here(Sha256Hasher),
    There {
        blocks: std_mpsc::SyncSender<(Arc<Buffer>, Range<usize>)>,
        digest: hf_transport::Thread<Sha256>,
    },
}

impl Digest {
    fn start(wanted: bool, len: u64) -> Result<Self> {
        if !wanted {
            return Ok(Self::None);
        }
        if len < LONG_FILE {
            return Ok(Self::Here(Sha256Hasher::new()));
        }
        let (blocks, receiver) = std_mpsc::sync_channel::<(Arc<Buffer>, Range<usize>)>(1);
        let digest = hf_transport::spawn_thread("hf-xet-sha256", move || {
            let mut hasher = Sha256Hasher::new();
            for (block, range) in receiver {
                hasher.update(&block[range]);
            }
            Ok(hasher.finish())
        })?;
        Ok(Self::There { blocks, digest })
    }

    /// Adds a block from `start` on.
    fn update(&mut self, block: &Block, start: usize) -> Result<()> {
        match self {
            Self::None => {}
            Self::Here(hasher) => hasher.update(&block.data()[start..]),
            Self::There { blocks, .. } => blocks
                .send((Arc::clone(&block.data), start..block.filled))
                .map_err(|_| Error::new(ErrorKind::Upload, "the thread that hashes has ended"))?,
        }
        Ok(())
    }

    fn finish(self) -> Result<Option<Sha256>> {
        match self {
            Self::None => Ok(None),
            Self::Here(hasher) => Ok(Some(hasher.finish())),
            Self::There { blocks, digest } => {
                drop(blocks);
                digest.join().map(Some)
            }
        }
    }
}

fn too_short(file: &UploadSource, got: u64) -> Error {
    let (name, len) = (&file.name, file.len);
    Error::new(
        ErrorKind::Upload,
        format!("`{name}` ended after {got} of {len} bytes: it changed during the upload"),
    )
}

fn too_long(file: &UploadSource) -> Error {
    let (name, len) = (&file.name, file.len);
    Error::new(
        ErrorKind::Upload,
        format!("`{name}` has more than its {len} bytes: it changed during the upload"),
    )
}
