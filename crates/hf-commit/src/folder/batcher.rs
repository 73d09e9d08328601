//! Gathers files into commits, in the order of the walk.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hf_transport::Result;
use hf_transport::progress::FileOutcome;
use hf_types::CommitHash;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::batch::Batch;
use super::batch_size::{BatchLimit, MAX_AGE, REGULAR_BYTES_BUDGET};
use crate::blocking::blocking;
use crate::context::Context;
use crate::file::{CommitFile, StoredFile};
use crate::index::HashIndex;
use crate::limits::PREUPLOAD_BATCH;
use crate::transfer::{StoredReceiver, ended_early, never_stored};

/// How many files may wait behind one that is still being uploaded. Beyond this limit, finished files
/// overtake it, so that neither memory nor the cost of an interruption grows with the folder.
const WINDOW: usize = 8192;

/// Files whose storage the Hub has decided, each with its index.
pub(super) struct QueuedBatch {
    pub(super) files: Vec<(usize, Queued)>,
    /// The head of the branch, if the Hub reported it.
    pub(super) head: Option<CommitHash>,
}

/// A file that waits for its commit.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "most files are ready: an allocation for each would cost more"
)]
pub(super) enum Queued {
    Ready(CommitFile),
    /// A large file that a transfer is uploading.
    InTransfer {
        path_in_repo: Arc<str>,
    },
}

/// Assembles commits from files in the order of the walk, limited by count, size and age.
pub(super) struct Batcher<'a> {
    cx: &'a Context,
    index: Option<Arc<HashIndex>>,
    batches: mpsc::Sender<Batch>,
    limit: BatchLimit,
    pending: Pending,
    batch: Batch,
    regular_bytes: u64,
    /// When the oldest file became ready that is not in a commit yet.
    since: Instant,
}

/// Files in the order of the walk, by index.
#[derive(Debug, Default)]
struct Pending {
    files: BTreeMap<usize, Queued>,
    /// How many of them are ready.
    ready: usize,
    /// Files that were stored before they were queued, because the two channels are read in no fixed order.
    early: HashMap<usize, StoredFile>,
}

impl Pending {
    fn queue(&mut self, slot: usize, file: Queued) {
        let file = match self.early.remove(&slot) {
            Some(stored) => Queued::Ready(CommitFile::Stored(stored)),
            None => file,
        };
        self.ready += usize::from(matches!(file, Queued::Ready(_)));
        self.files.insert(slot, file);
    }

    fn stored(&mut self, slot: usize, stored: StoredFile) {
        match self.files.get_mut(&slot) {
            Some(file @ Queued::InTransfer { .. }) => {
                *file = Queued::Ready(CommitFile::Stored(stored));
                self.ready += 1;
            }
            Some(Queued::Ready(_)) => {}
            None => {
                self.early.insert(slot, stored);
            }
        }
    }

    /// Removes the files before the first one that is not ready, or all ready files if they may overtake it.
    fn take_ready(&mut self, overtake: bool) -> Vec<CommitFile> {
        let mut taken = Vec::new();
        if overtake {
            let files = std::mem::take(&mut self.files);
            for (slot, file) in files {
                match file {
                    Queued::Ready(file) => taken.push(file),
                    waiting @ Queued::InTransfer { .. } => {
                        self.files.insert(slot, waiting);
                    }
                }
            }
        } else {
            while let Some(first) = self.files.first_entry()
                && matches!(first.get(), Queued::Ready(_))
            {
                if let Queued::Ready(file) = first.remove() {
                    taken.push(file);
                }
            }
        }
        self.ready -= taken.len();
        taken
    }

    /// Returns the path of a file that is still being uploaded.
    fn in_transfer(&self) -> Option<&str> {
        self.files.values().find_map(|file| match file {
            Queued::InTransfer { path_in_repo } => Some(&**path_in_repo),
            Queued::Ready(_) => None,
        })
    }
}

impl<'a> Batcher<'a> {
    pub(super) fn new(
        cx: &'a Context,
        index: Option<Arc<HashIndex>>,
        batches: mpsc::Sender<Batch>,
        limit: BatchLimit,
    ) -> Self {
        Self {
            cx,
            index,
            batches,
            limit,
            pending: Pending::default(),
            batch: Batch::default(),
            regular_bytes: 0,
            since: Instant::now(),
        }
    }

    /// Receives files in order from `queued`, and those that have reached storage from `stored`.
    pub(super) async fn run(
        mut self,
        mut queued: mpsc::Receiver<QueuedBatch>,
        mut stored: StoredReceiver,
    ) -> Result<()> {
        let (mut more_queued, mut more_stored) = (true, true);
        let mut arrived = Vec::new();
        while more_queued || more_stored {
            let waiting = !self.batch.files.is_empty() || self.pending.ready > 0;
            let mut overdue = false;
            tokio::select! {
                batch = queued.recv(), if more_queued => match batch {
                    Some(batch) => {
                        self.batch.head = self.batch.head.or(batch.head);
                        for (slot, file) in batch.files {
                            self.pending.queue(slot, file);
                        }
                    }
                    None => more_queued = false,
                },
                n = stored.recv_many(&mut arrived, PREUPLOAD_BATCH), if more_stored => {
                    more_stored = n > 0;
                    for (slot, file) in arrived.drain(..) {
                        self.pending.stored(slot, file);
                    }
                }
                () = tokio::time::sleep_until(self.since + MAX_AGE), if waiting => overdue = true,
            }
            if !waiting {
                self.since = Instant::now();
            }
            let overtake = overdue || self.pending.files.len() > WINDOW;
            let ready = self.pending.take_ready(overtake);
            self.gather(ready).await?;
            if overdue && !self.batch.files.is_empty() {
                self.send(false).await?;
            }
        }
        if let Some(path) = self.pending.in_transfer() {
            return Err(never_stored(path));
        }
        let rest = self.pending.take_ready(true);
        self.gather(rest).await?;
        self.send(true).await
    }

    async fn gather(&mut self, ready: Vec<CommitFile>) -> Result<()> {
        for file in self.changed(ready).await? {
            self.regular_bytes = self.regular_bytes.saturating_add(file.bytes_in_commit());
            self.batch.files.push(file);
            if self.batch.files.len() >= self.limit.files()
                || self.regular_bytes >= REGULAR_BYTES_BUDGET
            {
                self.send(false).await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self, last: bool) -> Result<()> {
        let next = Batch {
            head: self.batch.head,
            ..Batch::default()
        };
        let mut batch = std::mem::replace(&mut self.batch, next);
        batch.last = last;
        self.regular_bytes = 0;
        self.since = Instant::now();
        self.batches.send(batch).await.map_err(|_| ended_early())
    }

    /// Removes the files that the Hub already has.
    async fn changed(&self, files: Vec<CommitFile>) -> Result<Vec<CommitFile>> {
        if files.is_empty() {
            return Ok(files);
        }
        let (progress, index) = (self.cx.progress.clone(), self.index.clone());
        blocking(move || {
            let (mut kept, mut unchanged) = (Vec::with_capacity(files.len()), Vec::new());
            for file in files {
                if file.is_unchanged()? {
                    // Progress of large files is reported by the transfer.
                    if let CommitFile::Regular(file) = &file {
                        progress.file_end(&file.path_in_repo, FileOutcome::Present);
                    }
                    unchanged.push(file);
                } else {
                    kept.push(file);
                }
            }
            if let Some(index) = index {
                index.remember(unchanged.iter().filter_map(CommitFile::known));
            }
            Ok(kept)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(path: &str) -> StoredFile {
        StoredFile::new(path.into(), 1, [0; 32].into())
    }

    fn pending(files: &[(&str, bool)]) -> Pending {
        let mut pending = Pending::default();
        for (slot, (path, ready)) in files.iter().enumerate() {
            let path_in_repo = (*path).into();
            let file = match ready {
                true => Queued::Ready(CommitFile::Stored(stored(path))),
                false => Queued::InTransfer { path_in_repo },
            };
            pending.queue(slot, file);
        }
        pending
    }

    fn paths(files: &[CommitFile]) -> String {
        files.iter().map(CommitFile::path_in_repo).collect()
    }

    #[test]
    fn files_keep_their_order_until_one_lags_too_far_behind() {
        let (yes, no) = (true, false);
        let mut pending = pending(&[("a", yes), ("b", no), ("c", yes), ("d", no), ("e", yes)]);
        pending.stored(3, stored("d"));
        assert_eq!(paths(&pending.take_ready(false)), "a");
        assert_eq!(paths(&pending.take_ready(false)), "");
        assert_eq!(pending.in_transfer(), Some("b"));
        pending.stored(1, stored("b"));
        assert_eq!(paths(&pending.take_ready(false)), "bcde");
        assert_eq!((pending.ready, pending.in_transfer()), (0, None));
    }

    #[test]
    fn files_that_are_ready_overtake_one_that_is_far_behind() {
        let (yes, no) = (true, false);
        let mut pending = pending(&[("a", no), ("b", yes), ("c", no), ("d", yes)]);
        assert_eq!(paths(&pending.take_ready(true)), "bd");
        pending.stored(2, stored("c"));
        assert_eq!(paths(&pending.take_ready(true)), "c");
        pending.stored(0, stored("a"));
        assert_eq!(paths(&pending.take_ready(false)), "a");
    }

    #[test]
    fn a_file_may_be_stored_before_it_is_queued() {
        let mut pending = Pending::default();
        pending.stored(0, stored("a"));
        assert_eq!(pending.take_ready(true).len(), 0);
        let path_in_repo = "a".into();
        pending.queue(0, Queued::InTransfer { path_in_repo });
        assert_eq!(paths(&pending.take_ready(false)), "a");
    }
}
