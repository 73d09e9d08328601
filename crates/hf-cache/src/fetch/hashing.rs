//! Hashes content while it is written: a thread processes the written bytes in file order.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::OwnedSemaphorePermit;

use super::chunk::Chunk;
use crate::store::fs::{File, read_exact_at};
use crate::store::hash::{Expected, Hasher, Mismatch};

/// The number of buffers queued for the thread; small, so that the bytes are still in the processor's caches.
const QUEUE: usize = 8;
/// How many bytes are read back at a time.
const READ_BACK: usize = 256 * 1024;
/// How many bytes one command has the thread read back, while others arrive.
const READ_BACK_PER_COMMAND: u64 = 2 * 1024 * 1024;
/// How far the thread may be behind the bytes that exist without a gap.
const MAX_BEHIND: u64 = 256 * 1024 * 1024;
/// Smaller content is hashed by the writer itself, because a thread would cost more than it saves.
const THREAD_FROM: u64 = 4 * 1024 * 1024;

enum Command {
    Bytes(Chunk, OwnedSemaphorePermit),
    /// Bytes of the file that arrived out of order.
    ReadBack(u64, u64),
}

/// Hashes the bytes of a file, each once and in order, and verifies the result.
#[derive(Debug)]
pub(super) struct Hashing {
    /// The offset of the next byte to hash.
    position: u64,
    side: Side,
}

#[derive(Debug)]
enum Side {
    /// There is nothing to verify.
    None,
    Here(Box<Work>),
    Thread(SyncSender<Command>, JoinHandle<io::Result<Work>>),
    /// The thread has ended with an error.
    Failed(io::Error),
}

/// Called with the number of bytes that were read back and hashed.
pub(super) type OnHashed = Arc<dyn Fn(u64) + Send + Sync>;

#[derive(Clone)]
struct Work {
    hasher: Hasher,
    file: Arc<File>,
    buffer: Vec<u8>,
    on_hashed: OnHashed,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work")
            .field("hasher", &self.hasher)
            .finish_non_exhaustive()
    }
}

impl Hashing {
    pub(super) fn new(
        expected: Expected,
        size: u64,
        file: &Arc<File>,
        on_hashed: &OnHashed,
    ) -> Self {
        let work = Work {
            hasher: expected.hasher(size),
            file: file.clone(),
            buffer: Vec::new(),
            on_hashed: on_hashed.clone(),
        };
        let side = if !work.hasher.is_used() {
            Side::None
        } else if size < THREAD_FROM {
            Side::Here(Box::new(work))
        } else {
            Self::thread(work)
        };
        Self { position: 0, side }
    }

    /// Hashes on a thread, or on the caller's thread if none can be started.
    fn thread(work: Work) -> Side {
        let (sender, queue) = sync_channel(QUEUE);
        let copy = work.clone();
        let started = std::thread::Builder::new()
            .name("hf-cache-hash".to_owned())
            .spawn(move || copy.run(&queue));
        match started {
            Ok(thread) => Side::Thread(sender, thread),
            Err(_) => Side::Here(Box::new(work)),
        }
    }

    /// Returns the offset of the next byte to hash; all bytes before it were hashed.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Hashes the next bytes. They must have been written already, because they may be read back from the
    /// file.
    pub(super) fn take(&mut self, bytes: Chunk, budget: OwnedSemaphorePermit) {
        self.position += bytes.len() as u64;
        match &mut self.side {
            Side::None | Side::Failed(_) => {}
            Side::Here(work) => work.hash(&bytes),
            Side::Thread(..) => self.send(Command::Bytes(bytes, budget)),
        }
    }

    /// Has some of the bytes up to `end`, which arrived out of order, hashed while others arrive.
    ///
    /// The thread begins with them when it has time. Whoever writes waits for it only if it is far behind: the system may
    /// not have the bytes in memory for ever.
    pub(super) fn start_read_back(&mut self, end: u64) -> io::Result<()> {
        let part = end.min(self.position.saturating_add(READ_BACK_PER_COMMAND));
        if part <= self.position {
            return Ok(());
        }
        let Side::Thread(queue, _) = &self.side else {
            return self.read_back(part);
        };
        if end - self.position > MAX_BEHIND {
            return self.read_back(part);
        }
        match queue.try_send(Command::ReadBack(self.position, part)) {
            Ok(()) => self.position = part,
            Err(TrySendError::Full(_)) => {}
            Err(TrySendError::Disconnected(_)) => self.take_failure(),
        }
        Ok(())
    }

    /// Hashes the bytes up to `end` by reading them from the file.
    pub(super) fn read_back(&mut self, end: u64) -> io::Result<()> {
        let start = self.position;
        self.position = end.max(start);
        match &mut self.side {
            Side::None | Side::Failed(_) => Ok(()),
            Side::Here(work) => work.read_back(start, end),
            Side::Thread(..) => {
                self.send(Command::ReadBack(start, end));
                Ok(())
            }
        }
    }

    fn send(&mut self, command: Command) {
        let Side::Thread(queue, _) = &self.side else {
            return;
        };
        if queue.send(command).is_err() {
            self.take_failure();
        }
    }

    /// The thread has ended on its own, which it does only if the file cannot be read.
    fn take_failure(&mut self) {
        if let Side::Thread(queue, thread) = std::mem::replace(&mut self.side, Side::None) {
            drop(queue);
            if let Err(e) = joined(thread) {
                self.side = Side::Failed(e);
            }
        }
    }

    /// Returns whether the content is correct, once all bytes were hashed.
    pub(super) fn finish(mut self) -> io::Result<Result<(), Mismatch>> {
        match std::mem::replace(&mut self.side, Side::None) {
            Side::None => Ok(Ok(())),
            Side::Here(work) => Ok(work.hasher.finish()),
            Side::Thread(queue, thread) => {
                drop(queue);
                Ok(joined(thread)?.hasher.finish())
            }
            Side::Failed(e) => Err(e),
        }
    }
}

impl Drop for Hashing {
    /// Waits for the thread, after which no other code uses the file.
    fn drop(&mut self) {
        if let Side::Thread(queue, thread) = std::mem::replace(&mut self.side, Side::None) {
            drop(queue);
            let _ = thread.join();
        }
    }
}

fn joined(thread: JoinHandle<io::Result<Work>>) -> io::Result<Work> {
    match thread.join() {
        Ok(ended) => ended,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

impl Work {
    fn run(mut self, queue: &Receiver<Command>) -> io::Result<Self> {
        for command in queue {
            match command {
                Command::Bytes(bytes, _budget) => self.hash(&bytes),
                Command::ReadBack(start, end) => self.read_back(start, end)?,
            }
        }
        Ok(self)
    }

    fn hash(&mut self, bytes: &Chunk) {
        for part in bytes.parts() {
            self.hasher.update(part);
        }
    }

    fn read_back(&mut self, mut start: u64, end: u64) -> io::Result<()> {
        self.buffer.resize(READ_BACK, 0);
        while start < end {
            let len = usize::try_from(end - start).map_or(READ_BACK, |n| n.min(READ_BACK));
            let part = &mut self.buffer[..len];
            read_exact_at(&self.file, part, start)?;
            self.hasher.update(part);
            start += len as u64;
            (self.on_hashed)(len as u64);
        }
        Ok(())
    }
}
