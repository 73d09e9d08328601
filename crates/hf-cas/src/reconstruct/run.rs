//! The bytes of a file, from many responses at once.
//!
//! One task drives: it asks how the file is put together, a part of the file at a time, starts a task for each fetch, and
//! hands what they send to the sink. The tasks wait for their place among the requests to the host, read, decompress and
//! hash, on all cores. What is in memory is bounded for all files of a session together.
//!
//! A fetch that fails is not repeated as it is. What it has brought stays, and the store is asked again for the rest: a URL
//! that has expired is replaced by that, and nothing is fetched twice. Failures without any new byte between them end the
//! download.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use hf_transport::{Error, ErrorKind, Result};
use http::StatusCode;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::assemble::Batch;
use super::fetch::read;
use super::message::Message;
use super::plan::{Fetch, Part, Reconstruction};
use super::ranges::RangeSet;
use super::sink::Sink;
use super::source::Source;
use super::verify::Observer;

/// Bytes of the file that the store is asked about at once: of the smallest chunks, each a term of its own, that is a
/// response of some megabytes.
pub(super) const PLANNED: u64 = 256 << 20;
/// Fetches that are ready to be started before the store is asked about the next part of the file.
const READY: usize = 8;
/// Messages between the tasks and the driver. Their bytes are bounded by the session, this bounds their number.
const QUEUE: usize = 32;
/// Failures in a row, without a new byte between them, that end a download.
const MAX_FAILURES: u32 = 5;
/// The same for bytes that make no sense: those of a second request rarely make more.
const MAX_WRONG: u32 = 2;

/// A fetch under way.
struct Running {
    fetch: Arc<Fetch>,
    /// The number of the plan that it is of.
    plan: u64,
}

pub(super) struct Run<'a, S> {
    source: &'a Arc<Source>,
    sink: &'a mut S,
    missing: RangeSet,
    observer: Option<&'a mut dyn Observer>,
    to_plan: RangeSet,
    planning: bool,
    plans: u64,
    ready: VecDeque<Running>,
    running: HashMap<u64, Running>,
    next_id: u64,
    failures: u32,
    wrong: u32,
    /// Failures of fetches of this plan or an earlier one have been counted.
    counted: u64,
    /// When to ask the store again after a failure.
    resume_at: Option<Instant>,
}

impl<'a, S: Sink> Run<'a, S> {
    pub(super) fn new(
        source: &'a Arc<Source>,
        missing: RangeSet,
        sink: &'a mut S,
        observer: Option<&'a mut dyn Observer>,
    ) -> Self {
        Self {
            source,
            sink,
            to_plan: missing.clone(),
            missing,
            observer,
            planning: false,
            plans: 0,
            ready: VecDeque::new(),
            running: HashMap::new(),
            next_id: 0,
            failures: 0,
            wrong: 0,
            counted: 0,
            resume_at: None,
        }
    }

    /// Starts with a plan that was made already.
    pub(super) fn with_plan(mut self, plan: Reconstruction) -> Self {
        self.planned(plan);
        self
    }

    /// Hands all missing bytes to the sink.
    pub(super) async fn run(mut self) -> Result<()> {
        let (sender, mut messages) = mpsc::channel(QUEUE);
        let mut tasks = JoinSet::new();
        while !self.missing.is_empty() {
            self.start(&mut tasks, &sender);
            if tasks.is_empty() && self.resume_at.is_none() {
                return Err(self.hole());
            }
            let resume_at = self.resume_at;
            tokio::select! {
                // The sender lives as long as this function.
                Some(message) = messages.recv() => self.receive(message).await?,
                Some(ended) = tasks.join_next() => {
                    if let Err(failed) = ended && failed.is_panic() {
                        std::panic::resume_unwind(failed.into_panic());
                    }
                    // A task says all it has to say before it ends.
                    while let Ok(message) = messages.try_recv() {
                        self.receive(message).await?;
                    }
                }
                () = tokio::time::sleep_until(resume_at.unwrap_or_else(Instant::now)), if resume_at.is_some() => {
                    self.resume_at = None;
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, tasks: &mut JoinSet<()>, sender: &mpsc::Sender<Message>) {
        if !self.planning
            && self.resume_at.is_none()
            && self.ready.len() < READY
            && let Some(range) = self.to_plan.first()
        {
            let range = range.start..range.end.min(range.start.saturating_add(PLANNED));
            self.to_plan.remove(range.clone());
            self.planning = true;
            let (source, sender) = (self.source.clone(), sender.clone());
            tasks.spawn(async move {
                let planned = source.plan(range).await;
                let _ = sender.send(Message::Planned(planned)).await;
            });
        }
        while self.running.len() < self.source.shared.settings.connections()
            && let Some(running) = self.ready.pop_front()
        {
            let id = self.next_id;
            self.next_id += 1;
            let (source, sender) = (self.source.clone(), sender.clone());
            let fetch = running.fetch.clone();
            self.running.insert(id, running);
            tasks.spawn(async move {
                let outcome = read(&source, &fetch, &sender).await;
                let _ = sender.send(Message::Done { id, outcome }).await;
            });
        }
    }

    fn planned(&mut self, plan: Reconstruction) {
        self.plans += 1;
        // The last chunk may reach beyond the range: its other bytes are of this plan, too.
        let covered = plan.covered();
        self.to_plan.remove(covered);
        let plan_number = self.plans;
        self.ready
            .extend(plan.into_fetches().into_iter().map(|fetch| Running {
                fetch: Arc::new(fetch),
                plan: plan_number,
            }));
    }

    async fn receive(&mut self, message: Message) -> Result<()> {
        match message {
            Message::Planned(plan) => {
                self.planning = false;
                self.planned(plan?);
                Ok(())
            }
            Message::Data { batches, _memory } => {
                for batch in batches {
                    self.data(batch).await?;
                }
                Ok(())
            }
            Message::Done { id, outcome } => {
                if let Some(running) = self.running.remove(&id)
                    && let Err(error) = outcome
                {
                    return self.failed(&running, error);
                }
                Ok(())
            }
        }
    }

    /// Writes what is missing of a batch. Of chunks that have come before, nothing is.
    async fn data(&mut self, batch: Batch) -> Result<()> {
        if let Some(observer) = &mut self.observer {
            for chunk in &batch.chunks {
                observer.arrived(*chunk)?;
            }
        }
        let end = batch.at + batch.len() as u64;
        for part in self.missing.within(batch.at..end) {
            let parts = batch.slice(&part);
            self.sink.write_parts_at(part.start, parts).await?;
            self.missing.remove(part);
            (self.failures, self.wrong) = (0, 0);
        }
        Ok(())
    }

    fn failed(&mut self, running: &Running, error: Error) -> Result<()> {
        let wrong = matches!(error.kind(), ErrorKind::Decode | ErrorKind::Checksum);
        let hopeless = matches!(
            error.kind(),
            ErrorKind::Validation | ErrorKind::OfflineMode | ErrorKind::Layer
        );
        // Many fail together when a connection or a host does: that is one failure.
        if running.plan > self.counted {
            self.counted = self.plans;
            self.failures += 1;
            self.wrong += u32::from(wrong);
        }
        if hopeless || self.failures >= MAX_FAILURES || self.wrong >= MAX_WRONG {
            return Err(error);
        }
        let terms = running.fetch.parts().iter().flat_map(Part::terms);
        for term in terms {
            for rest in self.missing.within(term.bytes()) {
                self.to_plan.insert(rest);
            }
        }
        tracing::debug!(file = %self.source.hash, %error, failures = self.failures, "a part of a file was not received; asking the Xet store again for the rest");
        let expired = error.status().is_some_and(|s| s.is_client_error())
            && error.status() != Some(StatusCode::TOO_MANY_REQUESTS);
        if !(expired && self.failures == 1) {
            let retry = self.source.store.client().retry();
            let backoff =
                retry.initial_backoff() * 2_u32.saturating_pow(self.failures.saturating_sub(1));
            let wait = error
                .retry_after()
                .unwrap_or(Duration::ZERO)
                .min(retry.max_retry_after())
                .max(backoff.min(retry.max_backoff()));
            let at = Instant::now() + wait;
            self.resume_at = Some(self.resume_at.map_or(at, |other| other.max(at)));
        }
        Ok(())
    }

    /// All was fetched, and bytes are missing.
    fn hole(&self) -> Error {
        let Range { start, end } = self.missing.first().unwrap_or_default();
        Error::decode(format!(
            "the Xet store's chunks of the file {} leave bytes {start}..{end} out",
            self.source.hash
        ))
    }
}
