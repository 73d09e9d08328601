//! A large file over several connections at once.
//!
//! The file is cut into pieces that are given out in order, so that hashing follows close behind. The first connection
//! goes on with the answer it has and takes each piece it comes to, until it meets one that another has taken.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hf_transport::Result;
use tokio::sync::{Notify, OwnedSemaphorePermit};

use super::chunk::{Chunk, Reader};
use super::context::{Context, RANGES_PER_FILE};
use super::sink::Sink;
use super::source::{Answer, Wanted};
use super::transfer::{Broken, Job, Patience, deliver, short};
use crate::store::pieces::{PIECE, PieceMap};

/// How it went.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All bytes are there.
    Complete,
    /// The server sends whole files only, and some pieces are missing.
    RangesIgnored,
}

/// The connection that is there already, and where its body stands.
pub(crate) struct First {
    pub(crate) reader: Reader,
    pub(crate) at: u64,
    pub(crate) permit: OwnedSemaphorePermit,
}

struct Plan {
    map: PieceMap,
    /// Pieces that a connection works at.
    taken: HashSet<usize>,
    /// Nothing below is missing and free.
    from: usize,
    ranges_ignored: bool,
}

impl Plan {
    /// The next piece that nobody works at, and where its next byte goes.
    fn take_next(&mut self) -> Option<(usize, u64)> {
        if self.ranges_ignored {
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

    /// Takes the piece that `at` is the next byte of, if nobody has.
    fn take_at(&mut self, at: u64) -> Option<usize> {
        let piece = usize::try_from(at / PIECE)
            .ok()
            .filter(|i| *i < self.map.len())?;
        (self.map.next_byte(piece) == Some(at) && self.taken.insert(piece)).then_some(piece)
    }
}

struct Work<'a> {
    cx: &'a Context,
    job: &'a Job,
    plan: Mutex<Plan>,
    sink: tokio::sync::Mutex<&'a mut Sink>,
    /// Told at the end of a piece.
    piece_ended: Notify,
}

/// Fetches what `map` lacks over up to [`RANGES_PER_FILE`] connections.
pub(crate) async fn run(
    cx: &Context,
    job: &Job,
    sink: &mut Sink,
    map: PieceMap,
    first: Option<First>,
) -> Result<Outcome> {
    let work = Arc::new(Work {
        cx,
        job,
        plan: Mutex::new(Plan {
            map,
            taken: HashSet::new(),
            from: 0,
            ranges_ignored: false,
        }),
        sink: tokio::sync::Mutex::new(sink),
        piece_ended: Notify::new(),
    });
    let mut workers = FuturesUnordered::new();
    workers.push(work.clone().worker(first, true));
    for _ in 1..RANGES_PER_FILE {
        workers.push(work.clone().worker(None, false));
    }
    loop {
        tokio::select! {
            ended = workers.next() => match ended {
                Some(ended) => ended?,
                None => break,
            },
            // Helpers left when other files needed their connections; by now these may be through.
            () = work.piece_ended.notified(), if workers.len() < RANGES_PER_FILE => {
                workers.push(work.clone().worker(None, false));
            }
        }
        // The last one stays to the end.
        if workers.is_empty() && work.missing() {
            workers.push(work.clone().worker(None, true));
        }
    }
    let plan = work.plan.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(if plan.map.frontier() == job.size.unwrap_or_default() {
        Outcome::Complete
    } else {
        Outcome::RangesIgnored
    })
}

impl Work<'_> {
    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn missing(&self) -> bool {
        let plan = self.plan();
        !plan.ranges_ignored && plan.map.frontier() != self.job.size.unwrap_or_default()
    }

    /// One connection. The main one waits for its place, the others only use places that nobody needs.
    async fn worker(self: Arc<Self>, first: Option<First>, main: bool) -> Result<()> {
        let mut patience = Patience::default();
        if let Some(First { reader, at, permit }) = first {
            let taken = self.plan().take_at(at);
            if let Some(piece) = taken
                && let Err(broken) = self.pump(reader, piece, at, u64::MAX, &mut patience).await
            {
                self.recover(broken, &mut patience).await?;
            }
            drop(permit);
        }
        loop {
            let permit = if main {
                self.cx.connection().await?
            } else {
                match self.cx.spare_connection() {
                    Some(permit) => permit,
                    None => return Ok(()),
                }
            };
            let Some((piece, at)) = self.plan().take_next() else {
                return Ok(());
            };
            let fetched = self.fetch(piece, at, &mut patience).await;
            self.plan().taken.remove(&piece);
            drop(permit);
            if let Err(broken) = fetched {
                self.recover(broken, &mut patience).await?;
            }
        }
    }

    async fn recover(&self, broken: Broken, patience: &mut Patience) -> Result<()> {
        match broken {
            Broken::Fatal(e) => Err(e),
            Broken::Body(e) => patience.after(self.cx, self.job, e).await,
        }
    }

    async fn fetch(&self, piece: usize, at: u64, patience: &mut Patience) -> Result<(), Broken> {
        let end = self.end_of(piece);
        let wanted = Wanted {
            start: at,
            end: Some(end),
        };
        let opened = self
            .job
            .source
            .get(self.cx, wanted, Some(&self.job.etag))
            .await
            .map_err(Broken::Fatal)?;
        match opened.check(wanted, &self.job.etag, self.job.size) {
            Ok(Answer::AsAsked) => {}
            // Even from the start: the whole file is on its way, and only a piece was asked for.
            Ok(Answer::FromStart) => {
                self.plan().ranges_ignored = true;
                return Ok(());
            }
            Err(e) => return Err(Broken::Body(e)),
        }
        self.pump(
            Reader::new(opened.response.into_body(), &self.cx.buffers),
            piece,
            at,
            end,
            patience,
        )
        .await
    }

    /// Reads a body from `at` to `limit`, through `piece` and all that follow it and are free.
    async fn pump(
        &self,
        mut reader: Reader,
        mut piece: usize,
        mut at: u64,
        limit: u64,
        patience: &mut Patience,
    ) -> Result<(), Broken> {
        loop {
            let end = self.end_of(piece);
            if at == end {
                let next = if at < limit {
                    self.plan().take_at(at)
                } else {
                    None
                };
                self.leave(piece);
                let Some(next) = next else { return Ok(()) };
                piece = next;
                continue;
            }
            let bytes = match reader.next(end - at).await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => {
                    self.leave(piece);
                    return Err(Broken::Body(short(&self.job.name, at, end)));
                }
                Err(broken) => {
                    self.leave(piece);
                    return Err(broken);
                }
            };
            let len = bytes.len() as u64;
            self.store(at, bytes).await?;
            at += len;
            patience.renew();
        }
    }

    fn end_of(&self, piece: usize) -> u64 {
        piece as u64 * PIECE + self.plan().map.piece_len(piece)
    }

    fn leave(&self, piece: usize) {
        self.plan().taken.remove(&piece);
        self.piece_ended.notify_one();
    }

    async fn store(&self, at: u64, bytes: Chunk) -> Result<(), Broken> {
        let len = bytes.len() as u64;
        {
            let mut sink = self.sink.lock().await;
            deliver(self.cx, self.job, &mut sink, at, bytes).await?;
        }
        self.plan().map.add(at, len);
        Ok(())
    }
}
