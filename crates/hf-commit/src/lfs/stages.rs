//! The stages of an upload, each at its own pace.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::FutureExt as _;
use futures_util::stream::{self, FuturesUnordered, StreamExt as _};
use hf_transport::progress::FileOutcome;
use hf_transport::{Error, Result};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::protocol::{BATCH_OBJECTS, Object, ObjectId, batch};
use super::send::Sender;
use crate::commit::is_unchanged;
use crate::hash::sha256_of;
use crate::index::HashIndex;
use crate::operation::CommitOperationAdd;
use crate::target::{Context, Progress};
use crate::transfer::{BoxFuture, Transfer, TransferJob};

/// With the line idle, this many hashed files are reason enough for a first question, though more will come.
const FIRST_BATCH_FILES: usize = 32;
/// So are this many bytes, for each later question four times as many: a few questions in all, and one more than for
/// full batches where files are of usual sizes.
const FIRST_BATCH_BYTES: u64 = 256 * 1024 * 1024;
/// No hashed file waits longer than this for others while the line is idle.
const MAX_IDLE: Duration = Duration::from_secs(2);

/// The Git LFS protocol, with the basic and the multipart transfer.
///
/// Hashing, sending and verifying overlap. A file is read once for its hash and once to be sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct LfsTransfer;

impl Transfer for LfsTransfer {
    fn name(&self) -> &'static str {
        "lfs"
    }

    fn upload(&self, job: TransferJob) -> BoxFuture<'_, Result<()>> {
        Box::pin(run(job))
    }
}

async fn run(mut job: TransferJob) -> Result<()> {
    let cx = job.cx.clone();
    let options = job.options.clone();
    // Readers may open a pull request on a branch that they cannot write to: its name is left out.
    let revision: Option<Arc<str>> = (!job.create_pr).then(|| cx.target.revision.as_str().into());
    let sender = Sender {
        cx: cx.clone(),
        revision: revision.clone(),
        line: Arc::new(Semaphore::new(options.concurrency)),
        concurrency: options.concurrency,
        completion_timeout: options.completion_timeout,
    };
    let (hash_cx, index) = (cx.clone(), options.index.clone());
    let mut hashed = stream::poll_fn(move |task| job.files.poll_recv(task))
        .map(move |op| hash(hash_cx.progress.clone(), index.clone(), op))
        .buffer_unordered(hash_threads())
        .fuse();
    let mut waiting = Waiting::default();
    let mut asking = FuturesUnordered::new();
    let mut ready: VecDeque<(CommitOperationAdd, ObjectId, Object)> = VecDeque::new();
    let mut sending = FuturesUnordered::new();
    // Files beyond the permits of the line are those that wait for a check.
    let max_sending = 2 * options.concurrency;

    loop {
        let idle = ready.len() + sending.len() < options.concurrency && asking.is_empty();
        let all_hashed = hashed.is_done();
        let overdue = waiting.overdue().filter(|_| idle);
        if asking.is_empty()
            && ready.len() < BATCH_OBJECTS
            && (waiting.full()
                || all_hashed
                || (idle && waiting.worth_it())
                || overdue.is_some_and(|at| at <= Instant::now()))
        {
            let objects = waiting.take();
            if !objects.is_empty() {
                asking.push(ask(&cx, objects, revision.clone()).boxed());
            }
        }
        while sending.len() < max_sending
            && let Some((op, object, answer)) = ready.pop_front()
        {
            let sender = &sender;
            sending.push(async move {
                let Some(actions) = answer.into_actions() else {
                    return Ok((op, object, FileOutcome::Present));
                };
                sender.cx.progress.file_begin(op.path_in_repo(), op.size());
                match sender.send(&op, object, actions).await {
                    Ok(()) => Ok((op, object, FileOutcome::Done)),
                    Err(error) => {
                        let file = op.path_in_repo();
                        sender.cx.progress.file_end(file, FileOutcome::Failed);
                        Err(error.with_context(format!("uploading `{file}`")))
                    }
                }
            });
        }
        tokio::select! {
            biased;
            Some(sent) = sending.next() => {
                let (op, object, outcome) = sent?;
                for op in std::iter::once(op).chain(waiting.twins(object)) {
                    options.done(&op)?;
                    cx.progress.file_end(op.path_in_repo(), outcome);
                }
            }
            Some(answers) = asking.next() => ready.extend(answers?),
            next = hashed.next(), if !waiting.full() && !all_hashed => {
                if let Some(op) = next {
                    let op = op?;
                    if is_unchanged(&op)? {
                        options.done(&op)?;
                        cx.progress.file_end(op.path_in_repo(), FileOutcome::Present);
                    } else {
                        waiting.push(op)?;
                    }
                }
            }
            () = tokio::time::sleep_until(overdue.unwrap_or_else(Instant::now)), if overdue.is_some() => {}
            else => return Ok(()),
        }
    }
}

/// As many as there are cores: hashing takes nothing else.
pub(crate) fn hash_threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

async fn hash(
    progress: Progress,
    index: Option<Arc<HashIndex>>,
    op: CommitOperationAdd,
) -> Result<CommitOperationAdd> {
    if op.sha256().is_some() {
        return Ok(op);
    }
    // A file may take minutes: the thread stops when this future is dropped.
    let waited_for = Arc::new(());
    let waiting = Arc::downgrade(&waited_for);
    let hashed = crate::blocking(move || {
        if index.as_ref().is_some_and(|index| index.recall(&op)) && op.sha256().is_some() {
            return Ok(op);
        }
        sha256_of(&op, &mut |bytes| {
            progress.hashed(op.path_in_repo(), bytes);
            waiting.strong_count() > 0
        })?;
        if let Some(index) = index {
            index.remember([&op]);
        }
        Ok(op)
    })
    .await;
    drop(waited_for);
    hashed
}

async fn ask(
    cx: &Context,
    ops: Vec<(CommitOperationAdd, ObjectId)>,
    revision: Option<Arc<str>>,
) -> Result<Vec<(CommitOperationAdd, ObjectId, Object)>> {
    let objects: Vec<ObjectId> = ops.iter().map(|(_, object)| *object).collect();
    let answers = batch(cx, &objects, revision.as_deref()).await?;
    let mut by_oid: HashMap<String, Object> =
        answers.into_iter().map(|a| (a.oid.clone(), a)).collect();
    ops.into_iter()
        .map(|(op, object)| {
            let answer = by_oid.remove(object.oid.as_str()).ok_or_else(|| {
                Error::decode(format!(
                    "the LFS batch answer says nothing about `{}`",
                    op.path_in_repo()
                ))
            })?;
            Ok((op, object, answer))
        })
        .collect()
}

/// Hashed files that wait to be asked for.
#[derive(Default)]
struct Waiting {
    ops: Vec<(CommitOperationAdd, ObjectId)>,
    bytes: u64,
    batches: u32,
    /// When the first of them came.
    since: Option<Instant>,
    /// Files of the same content as one that is under way.
    twins: HashMap<ObjectId, Vec<CommitOperationAdd>>,
}

impl Waiting {
    fn push(&mut self, op: CommitOperationAdd) -> Result<()> {
        let oid = op
            .sha256()
            .ok_or_else(|| Error::validation(format!("`{}` was not hashed", op.path_in_repo())))?;
        let object = ObjectId {
            oid,
            size: op.size(),
        };
        if let Some(twins) = self.twins.get_mut(&object) {
            twins.push(op);
        } else {
            self.twins.insert(object, Vec::new());
            self.bytes += object.size;
            self.since.get_or_insert_with(Instant::now);
            self.ops.push((op, object));
        }
        Ok(())
    }

    /// Those that are there as well, now that `object` is.
    fn twins(&mut self, object: ObjectId) -> Vec<CommitOperationAdd> {
        self.twins.remove(&object).unwrap_or_default()
    }

    fn full(&self) -> bool {
        self.ops.len() >= BATCH_OBJECTS
    }

    fn worth_it(&self) -> bool {
        (self.batches == 0 && self.ops.len() >= FIRST_BATCH_FILES)
            || self.bytes >= (FIRST_BATCH_BYTES << (2 * self.batches).min(16))
    }

    fn overdue(&self) -> Option<Instant> {
        self.since.map(|since| since + MAX_IDLE)
    }

    fn take(&mut self) -> Vec<(CommitOperationAdd, ObjectId)> {
        if !self.ops.is_empty() {
            self.batches += 1;
        }
        self.bytes = 0;
        self.since = None;
        std::mem::take(&mut self.ops)
    }
}
