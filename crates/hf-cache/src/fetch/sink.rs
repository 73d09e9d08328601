//! The end of the pipe: one thread per large file that writes what arrives, has it hashed, and gives it its name.

use std::fs;
use std::path::PathBuf;

use hf_transport::{Error, ErrorKind, Result};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinHandle;

use super::chunk::Chunk;
use super::context::Teller;
use super::hashing::Hashing;
use crate::store::disk::{io_error, write_all_at};
use crate::store::hash::{Expected, Mismatch};
use crate::store::lock::joined;
use crate::store::partial::{Partial, Progress};
use crate::store::pieces::PieceMap;

/// Buffers on their way to the thread. Their bytes are bounded by the budget of the call, this bounds their number.
const QUEUE: usize = 64;
/// Bytes read back after a buffer was written, before the next buffer is looked at.
const READ_BACK_PER_BUFFER: u64 = 2 * 1024 * 1024;

/// What becomes of the bytes.
#[derive(Debug)]
pub(crate) struct Target {
    /// How the file is called in messages.
    pub(crate) name: String,
    /// The name that a partial starts with.
    pub(crate) stem: PathBuf,
    /// Where the file goes when it is complete and right.
    pub(crate) destination: PathBuf,
    pub(crate) expected: Expected,
    pub(crate) size: Option<u64>,
    /// Whether to go on with what an earlier attempt left.
    pub(crate) resume: bool,
    pub(crate) progress: Teller,
}

enum Command {
    Data {
        offset: u64,
        bytes: Chunk,
        budget: OwnedSemaphorePermit,
    },
    Restart,
    Pieces,
    Finish {
        size: u64,
    },
}

/// The sending side. Dropped before [`Sink::finish`], the bytes so far are kept for another attempt.
#[derive(Debug)]
pub(crate) struct Sink {
    commands: mpsc::Sender<Command>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Sink {
    /// Takes over or creates the partial. `guards` are kept until the thread has ended, even if the caller is cancelled.
    pub(crate) async fn open<G: Send + 'static>(
        target: Target,
        guards: G,
    ) -> Result<(Self, Progress)> {
        let (target, opened) = crate::store::lock::blocking(move || {
            let opened = target.stem.parent().map_or(Ok(()), fs::create_dir_all);
            let opened =
                opened.and_then(|()| Partial::open(&target.stem, target.size, target.resume));
            Ok((target, opened))
        })
        .await?;
        let (partial, progress) =
            opened.map_err(|e| io_error("create a partial file for", &target.destination, e))?;
        let (commands, queue) = mpsc::channel(QUEUE);
        let initial = progress.clone();
        let thread = tokio::task::spawn_blocking(move || {
            let outcome = Writer::new(target, partial, initial).run(queue);
            drop(guards);
            outcome
        });
        Ok((
            Self {
                commands,
                thread: Some(thread),
            },
            progress,
        ))
    }

    /// Hands over bytes that belong at `offset`.
    pub(crate) async fn data(
        &mut self,
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

    /// Forgets all bytes: what follows starts at 0.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        self.send(Command::Restart).await
    }

    /// From now on bytes may come for any place.
    pub(crate) async fn pieces(&mut self) -> Result<()> {
        self.send(Command::Pieces).await
    }

    /// All `size` bytes were sent: checks them and gives the file its name.
    pub(crate) async fn finish(mut self, size: u64) -> Result<()> {
        self.send(Command::Finish { size }).await?;
        self.join().await
    }

    /// Ends the thread; the bytes so far are kept.
    pub(crate) async fn close(mut self) {
        let (closed, _) = mpsc::channel(1);
        self.commands = closed;
        if let Err(e) = self.join().await {
            tracing::debug!(error = %e, "the writer of a file ended with an error");
        }
    }

    async fn send(&mut self, command: Command) -> Result<()> {
        if self.commands.send(command).await.is_ok() {
            return Ok(());
        }
        self.join().await?;
        Err(Error::new(
            ErrorKind::Io,
            "the writer of the file has ended too early",
        ))
    }

    async fn join(&mut self) -> Result<()> {
        match self.thread.take() {
            Some(thread) => joined(thread.await),
            None => Ok(()),
        }
    }
}

struct Writer {
    target: Target,
    partial: Partial,
    pieces: Option<PieceMap>,
    /// Without `pieces`: the bytes that are there.
    written: u64,
    /// As soon as the size is known: git hashes it before the content.
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
        writer.hash_anew(writer.target.size);
        writer
    }

    fn hash_anew(&mut self, size: Option<u64>) {
        // The old one ends before the new one begins.
        self.hashing = None;
        self.hashing = size.map(|size| Hashing::new(&self.target, size, &self.partial.file));
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
                Command::Pieces => self.start_pieces()?,
                Command::Finish { size } => {
                    drop(queue);
                    return self.finish(size);
                }
            }
        }
        if self.pieces.is_none() && self.written == 0 {
            self.hashing = None;
            self.partial.discard();
        }
        Ok(())
    }

    fn frontier(&self) -> u64 {
        self.pieces
            .as_ref()
            .map_or(self.written, PieceMap::frontier)
    }

    fn data(&mut self, offset: u64, bytes: Chunk, budget: OwnedSemaphorePermit) -> Result<()> {
        let out_of_place = || {
            Error::new(
                ErrorKind::Io,
                format!("bytes for {offset} came out of place"),
            )
        };
        let len = bytes.len() as u64;
        // What an adopted partial starts with goes into the hash before anything that follows it.
        self.hash_up_to(self.frontier().min(offset), READ_BACK_PER_BUFFER)?;
        write_all_at(&self.partial.file, &bytes, offset).map_err(|e| self.write_error(e))?;
        if let Some(pieces) = &mut self.pieces {
            let piece = pieces.add(offset, len).ok_or_else(out_of_place)?;
            pieces
                .write_piece(&self.partial.file, piece)
                .map_err(|e| self.write_error(e))?;
        } else if offset == self.written {
            self.written += len;
        } else {
            return Err(out_of_place());
        }
        if let Some(hashing) = self.hashing.as_mut().filter(|h| h.position() == offset) {
            hashing.take(bytes, budget);
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<()> {
        self.hashing = None;
        self.partial
            .file
            .set_len(0)
            .map_err(|e| self.write_error(e))?;
        self.pieces = None;
        self.written = 0;
        self.hash_anew(self.target.size);
        Ok(())
    }

    fn start_pieces(&mut self) -> Result<()> {
        if let (None, Some(size)) = (&self.pieces, self.target.size) {
            let map = PieceMap::with_prefix(size, self.written);
            map.write(&self.partial.file)
                .map_err(|e| self.write_error(e))?;
            self.pieces = Some(map);
        }
        Ok(())
    }

    /// Hashes bytes that are there but were not next when they came, at most `limit` of them.
    fn hash_up_to(&mut self, end: u64, limit: u64) -> Result<()> {
        let Some(hashing) = &mut self.hashing else {
            return Ok(());
        };
        let end = end.min(hashing.position().saturating_add(limit));
        if hashing.position() >= end {
            return Ok(());
        }
        hashing
            .read_back(end)
            .map_err(|e| io_error("read back", &self.partial.path, e))
    }

    fn finish(mut self, size: u64) -> Result<()> {
        let there = self.frontier();
        if there != size {
            return Err(Error::new(
                ErrorKind::Io,
                format!("`{}` has {there} bytes of {size}", self.target.name),
            ));
        }
        if self.hashing.is_none() {
            self.hash_anew(Some(size));
        }
        self.hash_up_to(size, u64::MAX)?;
        let checked = self.hashing.take().map_or(Ok(Ok(())), Hashing::finish);
        let checked = checked.map_err(|e| io_error("read back", &self.partial.path, e))?;
        if let Err(mismatch) = checked {
            let err = mismatch_error(&self.target.name, &mismatch);
            self.partial.discard();
            return Err(err);
        }
        if self.pieces.is_some() {
            self.partial
                .file
                .set_len(size)
                .map_err(|e| self.write_error(e))?;
        }
        let destination = &self.target.destination;
        let named = self
            .partial
            .publish(destination)
            .map_err(|e| io_error("put in place", destination, e))?;
        if named || destination.exists() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Io,
            format!(
                "another process took the partial download of `{}` away",
                self.target.name
            ),
        )
        .with_hint("run it again: what has arrived is not lost"))
    }

    fn write_error(&self, err: std::io::Error) -> Error {
        write_error(&self.partial.path, self.target.size, err)
    }
}

/// An error of a write, with what helps when the disk is full.
pub(crate) fn write_error(path: &std::path::Path, size: Option<u64>, err: std::io::Error) -> Error {
    let full = matches!(
        err.kind(),
        std::io::ErrorKind::StorageFull
            | std::io::ErrorKind::QuotaExceeded
            | std::io::ErrorKind::FileTooLarge
    );
    let free = crate::store::disk::free_space(path);
    let made = io_error("write", path, err);
    if !full {
        return made;
    }
    let needed = size.map_or(String::new(), |n| format!("; the file has {n} bytes"));
    let free = free.map_or(String::new(), |n| format!(", {n} are free"));
    made.with_hint(format!(
        "the disk or the quota is full{needed}{free}; make room and run it again: what has arrived is kept"
    ))
}

pub(crate) fn mismatch_error(name: &str, mismatch: &Mismatch) -> Error {
    let Mismatch {
        algorithm,
        expected,
        actual,
    } = mismatch;
    Error::new(
        ErrorKind::Checksum,
        format!("the content of `{name}` is not what the Hub announced: {algorithm} is {actual}, expected {expected}"),
    )
    .with_hint("the bytes were discarded; run it again, and if it repeats, look for a proxy that changes them")
}
