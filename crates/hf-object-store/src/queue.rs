//! The changes that wait to be committed.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hf_api::Error;
use hf_api::types::CommitInfo;
use object_store::path::Path;
use object_store::{Error as StoreError, PutResult, Result};
use tokio::sync::{Notify, OnceCell, oneshot};
use tokio::time::Instant;

use crate::change::{Change, Condition};
use crate::error::generic;
use crate::options::CommitPolicy;

/// The part of the delay of a policy without another change after which nobody is expected to join.
const QUIET: u32 = 10;

/// The writing side of a store.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) queue: Queue,
    /// Whether the revision is a tag, once it was looked up.
    pub(crate) is_tag: OnceCell<bool>,
    /// Held from the look at a file of a bucket to the write that depends on it.
    pub(crate) checking: tokio::sync::Mutex<()>,
}

/// A change that waits.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) path: String,
    pub(crate) change: Change,
    pub(crate) condition: Condition,
    done: oneshot::Sender<Result<PutResult>>,
    /// Whether somebody waits for the commit.
    awaited: bool,
    /// When the change was asked for.
    since: Instant,
}

impl Pending {
    pub(crate) fn new(
        location: &Path,
        change: Change,
        condition: Condition,
        awaited: bool,
    ) -> (Self, oneshot::Receiver<Result<PutResult>>) {
        let (done, receiver) = oneshot::channel();
        let pending = Self {
            path: location.to_string(),
            change,
            condition,
            done,
            awaited,
            since: Instant::now(),
        };
        (pending, receiver)
    }

    pub(crate) fn is_awaited(&self) -> bool {
        self.awaited
    }

    pub(crate) fn finish(self, result: Result<PutResult>) {
        // Who does not wait any more needs no result.
        let _gone = self.done.send(result);
    }

    /// The paths that the change reads or writes.
    fn paths(&self) -> impl Iterator<Item = &str> {
        let source = match &self.change {
            Change::CopyOf(from) | Change::MoveOf(from) => Some(from.as_str()),
            Change::Put(_) | Change::Delete => None,
        };
        std::iter::once(self.path.as_str()).chain(source)
    }

    fn bytes(&self) -> u64 {
        match &self.change {
            Change::Put(content) => content.len(),
            _ => 0,
        }
    }
}

/// What was committed since the last report, or the first failure that nobody waited for.
pub(crate) type Report = Result<Option<CommitInfo>, Error>;

enum Step {
    Change(Pending),
    /// Everything before it is to be committed.
    Flush {
        /// Whether the report goes to it.
        report: bool,
        done: oneshot::Sender<Report>,
    },
}

#[derive(Default)]
struct State {
    steps: VecDeque<Step>,
    /// Whether a task commits what waits.
    running: bool,
    failed: Option<Error>,
    last: Option<CommitInfo>,
}

impl State {
    fn report(&mut self) -> Report {
        let last = self.last.take();
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(last),
        }
    }

    /// Whether a commit is to be made now, whatever the delay.
    fn is_due(&self, policy: &CommitPolicy) -> bool {
        let (mut files, mut bytes) = (0, 0_u64);
        for step in &self.steps {
            match step {
                Step::Flush { .. } => return true,
                // Among changes that wait for nobody, one that somebody waits for.
                Step::Change(pending) if policy.deferred && pending.awaited => return true,
                Step::Change(pending) => {
                    files += 1;
                    bytes = bytes.saturating_add(pending.bytes());
                }
            }
        }
        files == 0 || files >= policy.max_files || bytes >= policy.max_bytes
    }

    /// When what waits is committed, if nothing else is asked for until then.
    fn deadline(&self, policy: &CommitPolicy) -> Option<Instant> {
        let mut changes = self.steps.iter().filter_map(|step| match step {
            Step::Change(pending) => Some(pending.since),
            Step::Flush { .. } => None,
        });
        let first = changes.next()?;
        let last = changes.next_back().unwrap_or(first);
        let deadline = first + policy.delay;
        // Who waits for a commit is not to wait longer than it takes to see that nobody joins.
        let quiet = last + policy.delay / QUIET;
        Some(if policy.deferred {
            deadline
        } else {
            deadline.min(quiet)
        })
    }
}

/// The changes that wait, in order, and the state of the task that commits them.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("waiting", &self.state().steps.len())
            .finish_non_exhaustive()
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a change. Returns whether the caller is to start the task that commits.
    #[must_use]
    pub(crate) fn push(&self, pending: Pending) -> bool {
        let mut state = self.state();
        state.steps.push_back(Step::Change(pending));
        self.changed.notify_one();
        !std::mem::replace(&mut state.running, true)
    }

    /// Asks for everything that waits to be committed; `None` if nothing does.
    pub(crate) fn flush(&self, report: bool) -> Option<oneshot::Receiver<Report>> {
        let mut state = self.state();
        if !state.running {
            return None;
        }
        let (done, receiver) = oneshot::channel();
        state.steps.push_back(Step::Flush { report, done });
        self.changed.notify_one();
        Some(receiver)
    }

    pub(crate) fn report(&self) -> Report {
        self.state().report()
    }

    pub(crate) fn committed(&self, commit: CommitInfo) {
        self.state().last = Some(commit);
    }

    /// Records the failure of a change that nobody waited for.
    pub(crate) fn failed(&self, error: Error) {
        self.state().failed.get_or_insert(error);
    }

    /// Waits until there is enough for a commit, or the first change has waited long enough for others.
    pub(crate) async fn gather(&self, policy: &CommitPolicy) {
        loop {
            let deadline = {
                let state = self.state();
                match state.deadline(policy) {
                    Some(deadline) if !state.is_due(policy) && deadline > Instant::now() => {
                        deadline
                    }
                    _ => return,
                }
            };
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// Takes the changes of the next commit. A change of a path that is in it already is left for the one after. `None`
    /// if nothing waits: then the task ends.
    pub(crate) fn take(&self, policy: &CommitPolicy) -> Option<Vec<Pending>> {
        let mut state = self.state();
        let (mut batch, mut bytes) = (Vec::new(), 0_u64);
        let mut paths = HashSet::new();
        while let Some(step) = state.steps.pop_front() {
            match step {
                Step::Flush { report, done } if batch.is_empty() => {
                    let result = if report { state.report() } else { Ok(None) };
                    let _gone = done.send(result);
                }
                Step::Change(pending)
                    if batch.len() < policy.max_files
                        && (batch.is_empty() || bytes < policy.max_bytes)
                        && !pending.paths().any(|path| paths.contains(path)) =>
                {
                    bytes = bytes.saturating_add(pending.bytes());
                    paths.extend(pending.paths().map(str::to_owned));
                    batch.push(pending);
                }
                step => {
                    state.steps.push_front(step);
                    break;
                }
            }
        }
        state.running = !batch.is_empty();
        (!batch.is_empty()).then_some(batch)
    }

    /// Ends the task that commits, should it be dropped with its runtime: what waits fails, and the next change starts
    /// another.
    pub(crate) fn abandon(&self) {
        let mut state = self.state();
        state.running = false;
        state.steps.clear();
    }
}

/// The error of a write whose runtime was shut down.
pub(crate) fn runtime_ended() -> StoreError {
    generic(
        Error::network("the runtime was shut down before the write was committed").with_hint(
            "whether the commit was made is unknown; wait for writes before the runtime ends",
        ),
    )
}
