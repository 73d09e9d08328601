//! Downloads a large file over several connections at once.
//!
//! The file is divided into pieces that are assigned in order, so that hashing follows closely. The main
//! connection continues with the response it has. Helpers fetch pieces ahead of it over spare connections. There
//! are 8 connections at first, and up to 32 while more of them bring more throughput, as they do where the
//! server limits each one or is far away.
//!
//! Helpers are optional and never harm a download that works without them. Many servers refuse a second
//! connection, or ranges. So a helper is not retried: one that is refused ends, and fewer are started from
//! then on. The main connection keeps its response until a helper has shown that ranges work; only then does
//! it stop at a piece that a helper has taken, and fetch its next piece by range as well.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hf_transport::{ConcurrencyConfig, ConcurrencyPermit, Error, HostConcurrency, Result};
use tokio::sync::Notify;

use super::body_error::{BodyError, short};
use super::byte_range::ByteRange;
use super::chunk::{BodyReader, Chunk};
use super::context::{Connection, Context};
use super::job::FetchJob;
use super::open_response::BodyStart;
use super::range_plan::Plan;
use super::refusal::refuses_range;
use super::retry::BodyRetry;
use super::source::Attempts;
use super::writer::FileWriter;
use crate::store::pieces::{PIECE, PieceMap};

/// The number of connections for one large file, including the main one, as long as nothing is known of what more
/// of them bring.
const CONNECTIONS: usize = 8;
/// The maximum number.
const MAX_CONNECTIONS: usize = 32;

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
    pub(super) permit: Connection,
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
    /// How many connections are worth it. A connection takes its permit of this file before that of the call, and
    /// for each piece anew.
    concurrency: HostConcurrency,
    plan: Mutex<Plan>,
    /// Notified when the server has sent a range as requested, and at the end of each piece: another helper may
    /// be of use.
    helper_wanted: Notify,
}

/// Downloads the bytes that `map` lacks over up to [`MAX_CONNECTIONS`] connections. The writer accepts bytes in
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
        concurrency: HostConcurrency::new(
            ConcurrencyConfig::fixed(CONNECTIONS).with_max(MAX_CONNECTIONS),
        ),
        plan: Mutex::new(Plan::new(map, MAX_CONNECTIONS)),
        helper_wanted: Notify::new(),
    });
    let first = match first {
        // It is under way, and so comes before all others.
        Some(first) => Some((first, work.concurrency.acquire().await)),
        None => None,
    };
    let mut running = FuturesUnordered::new();
    running.push(work.clone().connection(Role::Main, first));
    for _ in 1..if helpers { MAX_CONNECTIONS } else { 1 } {
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

    async fn connection(
        self: Arc<Self>,
        role: Role,
        first: Option<(First, ConcurrencyPermit)>,
    ) -> Result<()> {
        if let Some((First { reader, at, permit }, turn)) = first {
            let ended = self.read_main(reader, at, &turn).await;
            end(turn, permit, &ended);
            self.after_main(ended).await?;
        }
        loop {
            let turn = self.concurrency.acquire().await;
            let allowed = self.concurrency.limit();
            let permit = match role {
                Role::Main => self.cx.connection().await,
                Role::Helper => match self.cx.spare_connection() {
                    Some(permit) => permit,
                    None => return Ok(()),
                },
            };
            let next = {
                let mut plan = self.plan();
                // A helper that had to wait may not be wanted any more.
                let wanted = role == Role::Main || plan.wants_another();
                wanted.then(|| plan.take_next()).flatten()
            };
            let Some((piece, at)) = next else {
                return Ok(());
            };
            let fetched = self.fetch(role, piece, at, &turn).await;
            self.leave(piece);
            end(turn, permit, &fetched);
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
                        let refused = plan.connections.min(allowed);
                        plan.connections = refused.saturating_sub(1).max(1);
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
    async fn read_main(
        &self,
        mut reader: BodyReader,
        mut at: u64,
        turn: &ConcurrencyPermit,
    ) -> Result<(), BodyError> {
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
                    if let Err(e) = self.store(at, bytes, turn).await {
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
    async fn fetch(
        &self,
        role: Role,
        piece: usize,
        mut at: u64,
        turn: &ConcurrencyPermit,
    ) -> Result<(), BodyError> {
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
                    self.store(at, bytes, turn).await?;
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
    async fn store(
        &self,
        at: u64,
        bytes: Chunk,
        turn: &ConcurrencyPermit,
    ) -> Result<(), BodyError> {
        let len = bytes.len();
        turn.progress(len as u64);
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

/// Gives the permits of a connection back, and reports how it went.
fn end(turn: ConcurrencyPermit, permit: Connection, outcome: &Result<(), BodyError>) {
    match outcome {
        Err(BodyError::Remote(error)) => {
            permit.failed(error);
            turn.failed(error);
        }
        // Whatever else ends a download is not the server's load.
        Ok(()) | Err(BodyError::Fatal(_)) => turn.succeeded(),
    }
}
