//! Gathering files into commits, in the order of the walk.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hf_transport::progress::FileOutcome;
use hf_transport::{Error, ErrorKind, Result};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::commits::Batch;
use super::pacer::{MAX_AGE, REGULAR_BYTES_BUDGET};
use crate::blocking;
use crate::commit::is_unchanged;
use crate::index::HashIndex;
use crate::operation::{CommitOperationAdd, UploadMode};
use crate::preupload::PREUPLOAD_BATCH;
use crate::target::Context;

/// How far files run ahead of one that is still on its way to storage. Beyond, those that are ready overtake it, so
/// that neither memory nor what an interruption costs grows with the folder.
const WINDOW: usize = 8192;

/// Puts commits together: files in the order of the walk, cut by count, size and time.
pub(super) struct Assembler<'a> {
    cx: &'a Context,
    index: Option<Arc<HashIndex>>,
    batches: mpsc::Sender<Batch>,
    /// How many files the next commit may take.
    target_files: &'a AtomicUsize,
    /// In the order of the walk; those for storage have not all arrived there.
    pending: VecDeque<CommitOperationAdd>,
    batch: Batch,
    regular_bytes: u64,
    /// When a file became ready that is in no commit yet.
    since: Instant,
}

impl<'a> Assembler<'a> {
    pub(super) fn new(
        cx: &'a Context,
        index: Option<Arc<HashIndex>>,
        batches: mpsc::Sender<Batch>,
        target_files: &'a AtomicUsize,
    ) -> Self {
        Self {
            cx,
            index,
            batches,
            target_files,
            pending: VecDeque::new(),
            batch: Batch::default(),
            regular_bytes: 0,
            since: Instant::now(),
        }
    }

    /// Takes files in their order from `asked`; `arrived` tells of those that have come to storage.
    pub(super) async fn run(
        mut self,
        mut asked: mpsc::Receiver<CommitOperationAdd>,
        mut arrived: mpsc::UnboundedReceiver<CommitOperationAdd>,
    ) -> Result<()> {
        let (mut more_asked, mut more_arrived) = (true, true);
        let (mut received, mut marks) = (Vec::new(), Vec::new());
        while more_asked || more_arrived {
            let waiting = !self.batch.ops.is_empty() || self.pending.iter().any(is_ready);
            let mut overdue = false;
            tokio::select! {
                n = asked.recv_many(&mut received, PREUPLOAD_BATCH), if more_asked => {
                    more_asked = n > 0;
                    if !waiting {
                        self.since = Instant::now();
                    }
                    self.pending.extend(received.drain(..));
                }
                n = arrived.recv_many(&mut marks, PREUPLOAD_BATCH), if more_arrived => {
                    more_arrived = n > 0;
                    if !waiting {
                        self.since = Instant::now();
                    }
                    // Their operations carry the mark themselves.
                    marks.clear();
                }
                () = tokio::time::sleep_until(self.since + MAX_AGE), if waiting => overdue = true,
            }
            let overtake = overdue || self.pending.len() > WINDOW;
            let mut ready = take_ready(&mut self.pending, overtake);
            self.gather(&mut ready).await?;
            if overdue && !self.batch.ops.is_empty() {
                self.send(false).await?;
            }
        }
        // A transfer that has ended without an error has brought all.
        let mut rest = self.pending.drain(..).collect();
        self.gather(&mut rest).await?;
        self.send(true).await
    }

    async fn gather(&mut self, ready: &mut Vec<CommitOperationAdd>) -> Result<()> {
        for op in self.changed(std::mem::take(ready)).await? {
            if !op.is_uploaded() {
                self.regular_bytes += op.size();
            }
            self.batch.ops.push(op);
            if self.batch.ops.len() >= self.target_files.load(Ordering::Relaxed)
                || self.regular_bytes >= REGULAR_BYTES_BUDGET
            {
                self.send(false).await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self, last: bool) -> Result<()> {
        let mut batch = std::mem::take(&mut self.batch);
        batch.last = last;
        self.regular_bytes = 0;
        self.since = Instant::now();
        self.batches
            .send(batch)
            .await
            .map_err(|_| Error::new(ErrorKind::Upload, "the commits have ended early"))
    }

    /// Those that are not on the Hub as they are.
    async fn changed(&self, ops: Vec<CommitOperationAdd>) -> Result<Vec<CommitOperationAdd>> {
        if ops.is_empty() {
            return Ok(ops);
        }
        let (progress, index) = (self.cx.progress.clone(), self.index.clone());
        blocking(move || {
            let (mut kept, mut unchanged) = (Vec::with_capacity(ops.len()), Vec::new());
            for op in ops {
                if is_unchanged(&op)? {
                    progress.file_end(op.path_in_repo(), FileOutcome::Present);
                    unchanged.push(op);
                } else {
                    kept.push(op);
                }
            }
            if let Some(index) = index {
                index.remember(&unchanged);
            }
            Ok(kept)
        })
        .await
    }
}

/// Whether nothing stands between it and a commit.
fn is_ready(op: &CommitOperationAdd) -> bool {
    op.is_uploaded() || op.upload_mode() == Some(UploadMode::Regular)
}

/// The files up to the first that is not ready; where they may overtake it, all that are ready.
fn take_ready(
    pending: &mut VecDeque<CommitOperationAdd>,
    overtake: bool,
) -> Vec<CommitOperationAdd> {
    if overtake {
        let (ready, rest) = pending.drain(..).partition(is_ready);
        *pending = rest;
        return Vec::from(ready);
    }
    let first = pending.iter().position(|op| !is_ready(op));
    pending.drain(..first.unwrap_or(pending.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(path: &str, mode: UploadMode) -> CommitOperationAdd {
        let op = CommitOperationAdd::from_bytes(path, "x").unwrap();
        op.state().mode = Some(mode);
        op
    }

    fn paths(ops: &[CommitOperationAdd]) -> String {
        ops.iter().map(CommitOperationAdd::path_in_repo).collect()
    }

    #[test]
    fn files_keep_their_order_until_one_lags_too_far_behind() {
        let modes = [UploadMode::Regular, UploadMode::Lfs];
        let mut pending: VecDeque<_> = [("a", 0), ("b", 1), ("c", 0), ("d", 1), ("e", 0)]
            .map(|(path, mode)| op(path, modes[mode]))
            .into();
        pending[3].set_uploaded();
        assert_eq!(paths(&take_ready(&mut pending, false)), "a");
        assert_eq!(paths(&take_ready(&mut pending, false)), "");
        let late = pending[0].clone();
        late.set_uploaded();
        assert_eq!(paths(&take_ready(&mut pending, false)), "bcde");

        pending = [("a", 1), ("b", 0), ("c", 1), ("d", 0)]
            .map(|(path, mode)| op(path, modes[mode]))
            .into();
        assert_eq!(paths(&take_ready(&mut pending, true)), "bd");
        assert_eq!(paths(pending.make_contiguous()), "ac");
    }
}
