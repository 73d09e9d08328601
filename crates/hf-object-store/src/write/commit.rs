//! Making commits of what waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hf_api::commit::{CommitOperation, CommitOperationCopy, CommitOperationDelete, CommitOutcome};
use hf_api::types::{CommitHash, RepoId, RepoType, Revision};
use hf_api::{Error, ErrorKind};
use object_store::{PutResult, Result};

use crate::change::{Change, Condition};
use crate::entry::Entry;
use crate::error::{convert, exists, generic, not_found, precondition};
use crate::inner::Inner;
use crate::location::HubLocation;
use crate::queue::Pending;
use crate::view::{Snapshot, many};

/// How often a commit is tried again on top of commits that others made in between.
const ATTEMPTS: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The repository that is committed to.
struct Target<'a> {
    repo_type: RepoType,
    id: &'a RepoId,
    revision: &'a Revision,
}

/// Marks the task as ended if it is dropped with its runtime.
struct Running {
    inner: Arc<Inner>,
    ended: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.inner.writer.queue.abandon();
        }
    }
}

impl Inner {
    /// Commits what waits until nothing does.
    pub(super) async fn commit_all(self: Arc<Self>) {
        let policy = &self.settings.commits;
        let mut running = Running {
            inner: self.clone(),
            ended: false,
        };
        loop {
            self.writer.queue.gather(policy).await;
            let Some(batch) = self.writer.queue.take(policy) else {
                break;
            };
            self.commit(batch).await;
        }
        // The queue has said that nothing waits: a new task may be running already.
        running.ended = true;
    }

    async fn commit(&self, mut batch: Vec<Pending>) {
        let HubLocation::Repo {
            repo_type,
            id,
            revision,
        } = &self.location
        else {
            return;
        };
        let target = Target {
            repo_type: *repo_type,
            id,
            revision,
        };
        for attempt in 0.. {
            let (checked, snapshot) = match self.check(batch).await {
                Ok(checked) => checked,
                Err((batch, error)) => return self.fail(batch, &error),
            };
            batch = checked;
            if batch.is_empty() {
                return;
            }
            match self.try_commit(&target, &snapshot, &batch).await {
                Ok(outcome) => return self.made(batch, &snapshot, outcome).await,
                Err(error) if moved(&error) && attempt < ATTEMPTS => {
                    tracing::debug!(attempt, %error, "others have committed; trying again on top");
                    self.view.forget();
                    let pause = FIRST_PAUSE.saturating_mul(1 << attempt).min(LONGEST_PAUSE);
                    tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
                }
                Err(error) => return self.fail(batch, &error),
            }
        }
    }

    /// Finishes the changes whose conditions do not hold, and returns the others.
    async fn check(
        &self,
        batch: Vec<Pending>,
    ) -> Result<(Vec<Pending>, Arc<Snapshot>), (Vec<Pending>, Error)> {
        let snapshot = match self.view.get(&self.api, &self.location).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Err((batch, error)),
        };
        let mut known: HashMap<String, Entry> = HashMap::new();
        let mut unknown = Vec::new();
        {
            let mut entries = snapshot.entries();
            for path in batch.iter().flat_map(conditional) {
                match entries.get(path) {
                    Some(entry) => {
                        known.insert(path.to_owned(), entry);
                    }
                    None => unknown.push(path.to_owned()),
                }
            }
        }
        if !unknown.is_empty() {
            match many(&self.api, &self.location, &snapshot, unknown).await {
                Ok(found) => known.extend(found),
                Err(error) => return Err((batch, error)),
            }
        }
        let mut checked = Vec::with_capacity(batch.len());
        for pending in batch {
            match self.holds(&pending, &snapshot, &known) {
                Ok(()) => checked.push(pending),
                // A file that is deleted without waiting for it, and that there is not.
                Err(_) if !pending.is_awaited() => {}
                Err(error) => pending.finish(Err(error)),
            }
        }
        Ok((checked, snapshot))
    }

    fn holds(
        &self,
        pending: &Pending,
        snapshot: &Snapshot,
        known: &HashMap<String, Entry>,
    ) -> Result<()> {
        let (path, place) = (pending.path.as_str(), self.location.to_string());
        if let Change::CopyOf(from) | Change::MoveOf(from) = &pending.change
            && !known.contains_key(from)
        {
            return Err(not_found(from, &place));
        }
        let found = known.get(path);
        match &pending.condition {
            Condition::Create if found.is_some() => Err(exists(path, &place)),
            Condition::Exists if found.is_none() => Err(not_found(path, &place)),
            Condition::Always | Condition::Create | Condition::Exists => Ok(()),
            Condition::Update(expected) => {
                let etag = found.map(|entry| &*entry.etag);
                let same = match (&expected.e_tag, &expected.version) {
                    (Some(tag), _) => Some(tag.as_str()) == etag,
                    (None, Some(version)) => {
                        found.is_some() && Some(version.as_str()) == snapshot.version()
                    }
                    (None, None) => found.is_some(),
                };
                if same {
                    return Ok(());
                }
                let now = etag.map_or("not there".to_owned(), |etag| format!("{etag} now"));
                Err(precondition(
                    path,
                    format!("the file in {place} is {now}, expected {expected:?}"),
                ))
            }
        }
    }

    async fn try_commit(
        &self,
        target: &Target<'_>,
        snapshot: &Snapshot,
        batch: &[Pending],
    ) -> hf_api::Result<CommitOutcome> {
        let mut operations = Vec::with_capacity(batch.len());
        let copy = |from: &str, to: &str| {
            let copy = CommitOperationCopy::new(from, to)?;
            Ok::<_, Error>(CommitOperation::from(match snapshot.commit {
                Some(commit) => copy.src_revision(commit.into()),
                None => copy,
            }))
        };
        for pending in batch {
            let path = pending.path.as_str();
            match &pending.change {
                Change::Put(content) => operations.push(content.operation(path)?.into()),
                Change::Delete => operations.push(CommitOperationDelete::file(path)?.into()),
                Change::CopyOf(from) => operations.push(copy(from, path)?),
                Change::MoveOf(from) => {
                    operations.push(copy(from, path)?);
                    operations.push(CommitOperationDelete::file(from)?.into());
                }
            }
        }
        let mut call = self
            .api
            .create_commit(target.id, operations, self.message(batch))
            .repo_type(target.repo_type)
            .revision(target.revision);
        if let Some(commit) = snapshot.version() {
            call = call.parent_commit(commit);
        }
        call.await
    }

    fn message(&self, batch: &[Pending]) -> String {
        if let Some(message) = &self.settings.commit_message {
            return message.clone();
        }
        let what = |pending: &Pending| match &pending.change {
            Change::Put(_) => "Write",
            Change::Delete => "Delete",
            Change::CopyOf(_) => "Copy to",
            Change::MoveOf(_) => "Move to",
        };
        match batch {
            [one] => format!("{} {}", what(one), one.path),
            many => {
                let deleted = many
                    .iter()
                    .filter(|one| matches!(one.change, Change::Delete));
                match (many.len(), deleted.count()) {
                    (all, 0) => format!("Write {all} files"),
                    (all, deleted) if all == deleted => format!("Delete {all} files"),
                    (all, deleted) => {
                        format!("Write {} files and delete {deleted}", all - deleted)
                    }
                }
            }
        }
    }

    /// Goes on to the commit that was made, and tells everybody.
    async fn made(&self, batch: Vec<Pending>, parent: &Snapshot, outcome: CommitOutcome) {
        // Nothing has changed, but the branch may be further than the parent.
        let on_top = outcome.is_created() || parent.version() == Some(outcome.info().oid.as_str());
        let info = outcome.into_info();
        let Ok(commit) = info.oid.parse::<CommitHash>() else {
            self.view.forget();
            let error = Error::decode(format!(
                "the Hub made a commit and names it {:?}, which is no commit",
                info.oid
            ));
            return self.fail(batch, &error);
        };
        let changed = batch.iter().flat_map(|pending| {
            let moved = match &pending.change {
                Change::MoveOf(from) => Some(from.as_str()),
                _ => None,
            };
            std::iter::once(pending.path.as_str()).chain(moved)
        });
        if !on_top {
            drop(parent.take_entries());
        }
        let snapshot = self.view.advance(parent, commit, changed);
        self.writer.queue.committed(info);
        let written = batch
            .iter()
            .filter(|pending| pending.is_awaited() && matches!(pending.change, Change::Put(_)))
            .map(|pending| pending.path.clone())
            .collect::<Vec<_>>();
        let found = if written.is_empty() {
            Some(HashMap::new())
        } else {
            // The commit was made, whatever becomes of this request.
            many(&self.api, &self.location, &snapshot, written)
                .await
                .ok()
        };
        let version = snapshot.version();
        for pending in batch {
            let entry = found.as_ref().and_then(|found| found.get(&pending.path));
            let ignored = entry.is_none()
                && found.is_some()
                && matches!(pending.change, Change::Put(_))
                && pending.is_awaited();
            let result = if ignored {
                let error = Error::new(
                    ErrorKind::Upload,
                    format!("the Hub has left `{}` out of the commit", pending.path),
                );
                Err(generic(
                    error.with_hint("see the .gitignore of the repository"),
                ))
            } else {
                Ok(PutResult {
                    e_tag: entry.map(|entry| entry.etag.to_string()),
                    version: version.map(str::to_owned),
                })
            };
            pending.finish(result);
        }
    }

    /// Tells everybody that the commit failed.
    fn fail(&self, batch: Vec<Pending>, error: &Error) {
        for pending in batch {
            if !pending.is_awaited() {
                tracing::error!(path = pending.path, %error, "a write could not be committed");
                self.writer.queue.failed(error.clone());
            }
            let path = pending.path.clone();
            pending.finish(Err(convert(error.clone(), path)));
        }
    }
}

/// The paths of a change that have to be known before it is made.
fn conditional(pending: &Pending) -> impl Iterator<Item = &str> {
    let source = match &pending.change {
        Change::CopyOf(from) | Change::MoveOf(from) => Some(from.as_str()),
        Change::Put(_) | Change::Delete => None,
    };
    let own = match pending.condition {
        Condition::Always => None,
        _ => Some(pending.path.as_str()),
    };
    source.into_iter().chain(own)
}

/// Whether the branch has another head than the commit was made for.
fn moved(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PreconditionFailed | ErrorKind::Conflict
    )
}
