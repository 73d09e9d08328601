//! Downloads a large file over several connections at once.
//!
//! The file is divided into pieces that are assigned in order, so that hashing follows closely. The main
//! connection continues with the response it has. Helpers fetch pieces ahead of it over spare connections.
//!
//! Helpers are optional and never harm a download that works without them. Many servers refuse a second
//! connection, or ranges. So a helper is not retried: one that is refused ends, and fewer are started from
//! then on. The main connection keeps its response until a helper has shown that ranges work; only then does
//! it stop at a piece that a helper has taken, and fetch its next piece by range as well.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hf_transport::{Error, Result};
use tokio::sync::{Notify, OwnedSemaphorePermit};

use super::body_error::{BodyError, short};
use super::chunk::{BodyReader, Chunk};
use super::context::Context;
use super::job::FetchJob;
use super::refusal::refuses_range;
use super::retry::BodyRetry;
use super::source::{Attempts, BodyStart, ByteRange};
use super::writer::FileWriter;
use crate::store::pieces::{PIECE, PieceMap};

/// The maximum number of connections for one large file, including the main one.
const CONNECTIONS: usize = 8;

/// The outcome of a download in ranges.
#[derive(Debug)]
pub(super) enum Outcome {
    /// All bytes exist.
    Complete,
    /// Bytes are missing, and the server does not send parts of the file.
    RangesRefused(Error),
}

/// The main connection, if it is already open.
pub(super) struct First {
    pub(super) reader: BodyReader,
    /// The offset at which its body continues.
    pub(super) at: u64,
    pub(super) permit: OwnedSemaphorePermit,
}

struct Plan {
    map: PieceMap,
    /// Pieces that are assigned to a connection.
    taken: HashSet<usize>,
    /// No piece below this one is both missing and unassigned.
    from: usize,
    /// The maximum number of connections.
    connections: usize,
    /// Whether the server has sent a range as requested.
    ranges_work: bool,
    refused: Option<Error>,
}

impl Plan {
    /// Assigns the next free piece, and returns the offset of its next byte.
    fn take_next(&mut self) -> Option<(usize, u64)> {
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
    fn leaves_to_others(&self, piece: usize) -> bool {
        self.ranges_work && (self.taken.contains(&piece) || self.map.next_byte(piece).is_none())
    }
}

/// The purpose of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Runs to the end: waits for a connection permit, and retries.
    Main,
    /// Uses connections that are not needed otherwise.
    Helper,
}

struct Work<'a> {
    cx: &'a Context,
    job: &'a FetchJob,
    writer: &'a FileWriter,
    retry: &'a BodyRetry,
    size: u64,
    plan: Mutex<Plan>,
    /// Notified when the server has sent a range as requested, and at the end of each piece: another helper may
    /// be of use.
    helper_wanted: Notify,
}

/// Downloads the bytes that `map` lacks over up to [`CONNECTIONS`] connections. The writer accepts bytes in
/// any order.
///
/// Helpers start at once if `helpers` is true. Otherwise each range that the server sends starts one more, so
/// a server that refuses everything is sent the requests of one connection only.
pub(super) async fn run(
    cx: &Context,
    job: &FetchJob,
    writer: &FileWriter,
    retry: &BodyRetry,
    map: PieceMap,
    first: Option<First>,
    helpers: bool,
) -> Result<Outcome> {
    job.by_ranges.store(true, Ordering::Relaxed);
    let work = Arc::new(Work {
        cx,
        job,
        writer,
        retry,
        size: job.size.unwrap_or_default(),
        plan: Mutex::new(Plan {
            map,
            taken: HashSet::new(),
            from: 0,
            connections: CONNECTIONS,
            ranges_work: false,
            refused: None,
        }),
        helper_wanted: Notify::new(),
    });
    let mut running = FuturesUnordered::new();
    running.push(work.clone().connection(Role::Main, first));
    for _ in 1..if helpers { CONNECTIONS } else { 1 } {
        running.push(work.clone().connection(Role::Helper, None));
    }
    loop {
        tokio::select! {
            ended = running.next() => match ended {
                Some(ended) => ended?,
                None => break,
            },
            // Helpers ended when other files needed their connections; these may be free again.
            () = work.helper_wanted.notified(), if running.len() < work.plan().connections => {
                running.push(work.clone().connection(Role::Helper, None));
            }
        }
        if running.is_empty() && work.goes_on() {
            running.push(work.clone().connection(Role::Main, None));
        }
    }
    let mut plan = work.plan();
    Ok(match plan.refused.take() {
        Some(err) if plan.map.frontier() != work.size => Outcome::RangesRefused(err),
        _ => Outcome::Complete,
    })
}

impl Work<'_> {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether bytes are missing that can still be fetched.
    fn goes_on(&self) -> bool {
        let plan = self.plan();
        plan.refused.is_none() && plan.map.frontier() != self.size
    }

    async fn connection(self: Arc<Self>, role: Role, first: Option<First>) -> Result<()> {
        if let Some(First { reader, at, permit }) = first {
            let ended = self.read_main(reader, at).await;
            drop(permit);
            self.after_main(ended).await?;
        }
        loop {
            let permit = match role {
                Role::Main => self.cx.connection().await?,
                Role::Helper => match self.cx.spare_connection() {
                    Some(permit) => permit,
                    None => return Ok(()),
                },
            };
            let Some((piece, at)) = self.plan().take_next() else {
                return Ok(());
            };
            let fetched = self.fetch(role, piece, at).await;
            self.leave(piece);
            drop(permit);
            match (role, fetched) {
                (_, Ok(())) => {}
                (_, Err(BodyError::Fatal(e))) => return Err(e),
                (Role::Main, Err(BodyError::Remote(e))) => {
                    self.after_main(Err(BodyError::Remote(e))).await?;
                }
                (Role::Helper, Err(BodyError::Remote(e))) => {
                    let mut plan = self.plan();
                    tracing::debug!(file = self.job.file(), error = %e, "an additional connection failed");
                    // A helper that delivered bytes may be restarted at the end of a piece.
                    if plan.map.next_byte(piece) == Some(at) {
                        plan.connections = plan.connections.saturating_sub(1).max(1);
                    }
                    return Ok(());
                }
            }
        }
    }

    async fn after_main(&self, ended: Result<(), BodyError>) -> Result<()> {
        match ended {
            Ok(()) => Ok(()),
            Err(BodyError::Fatal(e)) => Err(e),
            Err(BodyError::Remote(e)) => self.retry.wait(&self.job.progress, e).await,
        }
    }

    fn leave(&self, piece: usize) {
        self.plan().taken.remove(&piece);
        self.helper_wanted.notify_one();
    }

    /// Reads the response of the main connection from `at`, until the end of the file or until helpers have
    /// taken over.
    async fn read_main(&self, mut reader: BodyReader, mut at: u64) -> Result<(), BodyError> {
        let mut mine = None;
        let ended = loop {
            if at == self.size {
                break Ok(());
            }
            let piece = usize::try_from(at / PIECE).unwrap_or(usize::MAX);
            if mine != Some(piece) {
                if let Some(before) = mine.replace(piece) {
                    self.leave(before);
                }
                let mut plan = self.plan();
                if plan.leaves_to_others(piece) {
                    mine = None;
                    break Ok(());
                }
                plan.taken.insert(piece);
            }
            let end = self.end_of(piece);
            match reader.next(end - at).await {
                Ok(Some(bytes)) => {
                    let len = bytes.len() as u64;
                    if let Err(e) = self.store(at, bytes).await {
                        break Err(e);
                    }
                    at += len;
                }
                Ok(None) => {
                    break Err(BodyError::Remote(short(self.job.file(), at, self.size)));
                }
                Err(e) => break Err(e),
            }
        };
        if let Some(piece) = mine {
            self.leave(piece);
        }
        ended
    }

    /// Requests the rest of a piece and reads it.
    async fn fetch(&self, role: Role, piece: usize, mut at: u64) -> Result<(), BodyError> {
        let end = self.end_of(piece);
        let range = ByteRange {
            start: at,
            end: Some(end),
        };
        let attempts = match role {
            Role::Main => Attempts::Configured,
            Role::Helper => Attempts::One,
        };
        let (source, etag) = (&self.job.source, &self.job.etag);
        let response = match source.get(self.cx, range, Some(etag), attempts).await {
            Ok(response) => response,
            Err(e) if role == Role::Helper => return Err(BodyError::Remote(e)),
            Err(e) if refuses_range(&e) => {
                self.plan().refused = Some(e);
                return Ok(());
            }
            Err(e) => return Err(BodyError::Fatal(e)),
        };
        let whole = response.ignores_range() && self.size > end - range.start;
        match response.check(range, self.job.content()) {
            Ok(BodyStart::AsRequested) if !whole => {}
            // Even if the piece is at the start of the file: the server sends the whole file although only a
            // piece was requested.
            Ok(_) => {
                let err = Error::network("the server ignores ranges");
                let mut plan = self.plan();
                plan.connections = 1;
                if role == Role::Helper {
                    // The main connection may still have a whole response, which works.
                    return Err(BodyError::Remote(err));
                }
                plan.refused = Some(err);
                return Ok(());
            }
            Err(e) if role == Role::Helper => return Err(BodyError::Remote(e)),
            Err(e) => {
                self.plan().refused = Some(e);
                return Ok(());
            }
        }
        self.plan().ranges_work = true;
        self.helper_wanted.notify_one();
        let mut reader = BodyReader::new(response.response.into_body(), &self.cx.buffers);
        while at < end {
            match reader.next(end - at).await? {
                Some(bytes) => {
                    let len = bytes.len() as u64;
                    self.store(at, bytes).await?;
                    at += len;
                }
                None => return Err(BodyError::Remote(short(self.job.file(), at, end))),
            }
        }
        Ok(())
    }

    fn end_of(&self, piece: usize) -> u64 {
        piece as u64 * PIECE + self.plan().map.piece_len(piece)
    }

    /// Passes bytes to the writer. Bytes that exist already do not count.
    async fn store(&self, at: u64, bytes: Chunk) -> Result<(), BodyError> {
        let len = bytes.len();
        let budget = self.cx.admit(len).await.map_err(BodyError::Fatal)?;
        let sent = self.writer.data(at, bytes, budget).await;
        sent.map_err(BodyError::Fatal)?;
        let (new, total) = {
            let mut plan = self.plan();
            let before = plan.map.total();
            plan.map.add(at, len as u64);
            let total = plan.map.total();
            (total - before, total)
        };
        if new > 0 {
            self.job.progress.transferred(new);
        }
        self.retry.progress(total);
        Ok(())
    }
}
