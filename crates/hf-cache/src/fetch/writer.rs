//! The writer of a large file: a thread that writes the bytes that arrive, hashes them, and publishes the
//! file.
//!
//! The thread is separate from the runtime's blocking pool. It lives as long as the download and mostly
//! waits, and the pool may be small: DNS lookups also need it, and would wait behind the downloads that wait
//! for them.

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use hf_transport::{Durability, Error, ErrorKind, Result, Thread, spawn_thread};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::body_error::mismatch;
use super::chunk::Chunk;
use super::hashing::{Hashing, OnHashed};
use crate::store::disk::{io_error, write_error};
use crate::store::fs::{self, File, write_all_at};
use crate::store::hash::{Expected, Mismatch, has_hash};
use crate::store::lock::blocking;
use crate::store::partial::{Partial, Progress};
use crate::store::pieces::PieceMap;

/// The number of buffers queued for the thread. Their total size is bounded by the memory budget of the call.
const QUEUE: usize = 64;

/// The destination of the bytes.
pub(crate) struct Target {
    /// The name of the file in messages.
    pub(crate) file: String,
    /// The prefix of the names of partial files.
    pub(crate) stem: PathBuf,
    /// The final path of the file, once it is complete and verified.
    pub(crate) destination: PathBuf,
    pub(crate) expected: Expected,
    /// As in [`FetchJob`](super::job::FetchJob).
    pub(crate) unverified: Option<Arc<OnceLock<Mismatch>>>,
    pub(crate) size: Option<u64>,
    /// Whether to continue from the bytes that an earlier attempt left.
    pub(crate) resume: bool,
    pub(crate) durability: Durability,
    pub(crate) on_hashed: OnHashed,
    /// The transfer verifies the content: it is hashed at the end, and only if the transfer has not.
    pub(crate) hash_at_end: bool,
}

enum Command {
    Data {
        offset: u64,
        bytes: Chunk,
        budget: OwnedSemaphorePermit,
    },
    Restart,
    AnyOrder,
    Finish {
        size: u64,
        verified: bool,
    },
}

/// The sending side. If it is dropped before [`finish`](Self::finish), the bytes so far are kept for another
/// attempt.
#[derive(Debug)]
pub(crate) struct FileWriter {
    commands: mpsc::Sender<Command>,
    thread: Thread<()>,
}

impl FileWriter {
    /// Adopts or creates the partial file. `guards` are kept until the thread has ended, even if the caller
    /// is cancelled.
    pub(crate) async fn open<G: Send + 'static>(
        target: Target,
        guards: G,
    ) -> Result<(Self, Progress)> {
        let (target, partial, progress) = blocking(move || {
            let opened = target.stem.parent().map_or(Ok(()), fs::create_dir_all);
            let (partial, progress) = opened
                .and_then(|()| Partial::open(&target.stem, target.size, target.resume))
                .map_err(|e| io_error("create a partial file for", &target.destination, e))?;
            Ok((target, partial, progress))
        })
        .await?;
        let (commands, queue) = mpsc::channel(QUEUE);
        let initial = progress.clone();
        let thread = spawn_thread("hf-cache-write", move || {
            let outcome = Writer::new(target, partial, initial).run(queue);
            // Before the result is visible, because whoever sees it may take the guards back.
            drop(guards);
            outcome
        })?;
        Ok((Self { commands, thread }, progress))
    }

    /// Submits bytes at `offset`: the next ones or, after [`any_order`](Self::any_order), any. Bytes that
    /// exist already are not written again.
    ///
    /// # Errors
    /// Returns an error if the thread has failed; [`close`](Self::close) returns the cause.
    pub(crate) async fn data(
        &self,
        offset: u64,
        bytes: Chunk,
        budget: OwnedSemaphorePermit,
    ) -> Result<()> {
        self.send(Command::Data {
            offset,
            bytes,
            budget,
        })
        .await
    }

    /// Discards all bytes; the following ones start at 0.
    pub(crate) async fn restart(&self) -> Result<()> {
        self.send(Command::Restart).await
    }

    /// Permits bytes at any offset from now on.
    pub(crate) async fn any_order(&self) -> Result<()> {
        self.send(Command::AnyOrder).await
    }

    /// Verifies the file, of which all `size` bytes were submitted, and publishes it.
    ///
    /// With `verified`, the transfer has checked them already.
    pub(crate) async fn finish(self, size: u64, verified: bool) -> Result<()> {
        // If it cannot be sent, the thread has failed, and closing returns the cause.
        let _ = self.send(Command::Finish { size, verified }).await;
        self.close().await
    }

    /// Ends the thread and returns its result. The bytes so far are kept unless they are complete.
    pub(crate) async fn close(self) -> Result<()> {
        drop(self.commands);
        self.thread.await
    }

    async fn send(&self, command: Command) -> Result<()> {
        self.commands.send(command).await.map_err(|_| {
            Error::new(
                ErrorKind::Io,
                "the thread that writes the file has ended too early",
            )
        })
    }
}

struct Writer {
    target: Target,
    partial: Partial,
    pieces: Option<PieceMap>,
    /// Without `pieces`: the number of bytes that exist.
    written: u64,
    /// Created once the size is known, because git hashes it before the content.
    hashing: Option<Hashing>,
}

impl Writer {
    fn new(target: Target, partial: Partial, progress: Progress) -> Self {
        let (written, pieces) = match progress {
            Progress::Prefix(n) => (n, None),
            Progress::Pieces(map) => (0, Some(map)),
        };
        let mut writer = Self {
            target,
            partial,
            pieces,
            written,
            hashing: None,
        };
        writer.hash_from_start();
        writer
    }

    /// Hashes what arrives from now on, if it is to be hashed while it arrives and the size is known.
    fn hash_from_start(&mut self) {
        let size = self.target.size.filter(|_| !self.target.hash_at_end);
        self.hash_anew(size);
    }

    fn hash_anew(&mut self, size: Option<u64>) {
        // The old thread ends before the new one starts.
        self.hashing = None;
        let Target {
            expected,
            on_hashed,
            ..
        } = &self.target;
        self.hashing =
            size.map(|size| Hashing::new(*expected, size, &self.partial.file, on_hashed));
    }

    fn run(mut self, mut queue: mpsc::Receiver<Command>) -> Result<()> {
        while let Some(command) = queue.blocking_recv() {
            match command {
                Command::Data {
                    offset,
                    bytes,
                    budget,
                } => self.data(offset, bytes, budget)?,
                Command::Restart => self.restart()?,
                Command::AnyOrder => self.any_order()?,
                Command::Finish { size, verified } => {
                    drop(queue);
                    return self.finish(size, verified);
                }
            }
        }
        if self.pieces.is_none() && self.written == 0 {
            self.hashing = None;
            self.partial.discard();
        }
        Ok(())
    }

    /// Returns the number of bytes from the start that exist without a gap.
    fn frontier(&self) -> u64 {
        self.pieces
            .as_ref()
            .map_or(self.written, PieceMap::frontier)
    }

    fn data(&mut self, offset: u64, bytes: Chunk, budget: OwnedSemaphorePermit) -> Result<()> {
        // The bytes of an adopted partial file are hashed before any that follow them.
        let there = self.frontier().min(offset);
        let started = self.hashing.as_mut().map(|h| h.start_read_back(there));
        started.transpose().map_err(|e| self.read_back_error(e))?;
        if self.pieces.is_some() {
            self.write_pieces(offset, &bytes)?;
        } else if offset == self.written {
            let len = bytes.len() as u64;
            write_range(&self.partial.file, &bytes, offset, &(offset..offset + len))
                .map_err(|e| self.write_error(e))?;
            self.written += len;
        } else {
            return Err(misplaced(offset));
        }
        // Hashes only what is in the file: bytes that existed before may differ from the copy in memory.
        let end = offset + bytes.len() as u64;
        if let Some(hashing) = self.hashing.as_mut().filter(|h| h.position() == offset)
            && self
                .pieces
                .as_ref()
                .map_or(self.written, PieceMap::frontier)
                >= end
        {
            hashing.take(bytes, budget);
        }
        Ok(())
    }

    /// Writes the bytes that do not exist yet, and only then counts them. A count is never ahead of its
    /// bytes, so a crash between the two steps only means that they are downloaded again.
    fn write_pieces(&mut self, offset: u64, bytes: &Chunk) -> Result<()> {
        let Some(pieces) = &mut self.pieces else {
            return Ok(());
        };
        let file = &self.partial.file;
        let error = |e| write_error(&self.partial.path, self.target.size, e);
        let missing = pieces
            .missing_within(offset, bytes.len() as u64)
            .ok_or_else(|| misplaced(offset))?;
        for range in missing {
            write_range(file, bytes, offset, &range).map_err(error)?;
            for piece in pieces.add(range.start, range.end - range.start) {
                pieces.write_piece(file, piece).map_err(error)?;
            }
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<()> {
        self.hashing = None;
        fs::set_len(&self.partial.file, 0).map_err(|e| self.write_error(e))?;
        self.pieces = None;
        self.written = 0;
        self.hash_from_start();
        Ok(())
    }

    fn any_order(&mut self) -> Result<()> {
        if let (None, Some(size)) = (&self.pieces, self.target.size) {
            let map = PieceMap::with_prefix(size, self.written);
            map.write(&self.partial.file)
                .map_err(|e| self.write_error(e))?;
            self.pieces = Some(map);
        }
        Ok(())
    }

    fn finish(mut self, size: u64, verified: bool) -> Result<()> {
        let there = self.frontier();
        if there != size {
            return Err(Error::new(
                ErrorKind::Io,
                format!("`{}` has {there} bytes of {size}", self.target.file),
            ));
        }
        if verified && self.target.hash_at_end {
            self.hashing = None;
        } else {
            if self.hashing.is_none() {
                self.hash_anew(Some(size));
            }
            let read = self.hashing.as_mut().map(|h| h.read_back(size));
            read.transpose().map_err(|e| self.read_back_error(e))?;
        }
        let checked = self.hashing.take().map_or(Ok(Ok(())), Hashing::finish);
        let checked = checked.map_err(|e| self.read_back_error(e))?;
        match (checked, &self.target.unverified) {
            (Ok(()), _) => {}
            (Err(difference), Some(noted)) => drop(noted.set(difference)),
            (Err(difference), None) => {
                let err = mismatch(&self.target.file, &difference);
                self.partial.discard();
                return Err(err);
            }
        }
        if self.pieces.is_some() {
            fs::set_len(&self.partial.file, size).map_err(|e| self.write_error(e))?;
        }
        let Target {
            destination,
            expected,
            file,
            durability,
            ..
        } = &self.target;
        let published = self
            .partial
            .publish(destination, *durability)
            .map_err(|e| io_error("rename into place", destination, e))?;
        // Another process took over the partial file (locks do not work here, and this process was quiet for
        // long). The file at the destination may be its work or older content; only its hash can tell.
        if published || has_hash(destination, *expected) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Io,
            format!("another process took over the partial download of `{file}`"),
        )
        .with_hint("try again: what has arrived is not lost"))
    }

    fn read_back_error(&self, err: io::Error) -> Error {
        io_error("read back", &self.partial.path, err)
    }

    fn write_error(&self, err: io::Error) -> Error {
        write_error(&self.partial.path, self.target.size, err)
    }
}

/// Writes what a range of the file has of bytes that begin at `offset`.
fn write_range(file: &File, bytes: &Chunk, offset: u64, range: &Range<u64>) -> io::Result<()> {
    let mut at = offset;
    for part in bytes.parts() {
        let end = at + part.len() as u64;
        let within = |offset: u64| usize::try_from(offset.clamp(at, end) - at).unwrap_or(0);
        let part = &part[within(range.start)..within(range.end)];
        write_all_at(file, part, at.max(range.start))?;
        at = end;
    }
    Ok(())
}

fn misplaced(offset: u64) -> Error {
    Error::new(
        ErrorKind::Io,
        format!("bytes for offset {offset} came out of place"),
    )
}

/// Returns a callback that reports bytes read back and hashed.
pub(crate) fn on_hashed(report: impl Fn(u64) + Send + Sync + 'static) -> OnHashed {
    Arc::new(report)
}
