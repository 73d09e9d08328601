//! Writing, to repositories and to buckets.

mod bucket;
mod commit;
mod copy;
mod multipart;

use std::sync::Arc;

use hf_api::types::{CommitInfo, Revision};
use object_store::path::Path;
use object_store::{PutResult, Result};

use crate::change::{Change, Condition};
use crate::content::Content;
use crate::error::{convert, unsupported};
use crate::inner::Inner;
use crate::location::HubLocation;
use crate::queue::{Pending, runtime_ended};
pub(crate) use multipart::Upload;

impl Inner {
    pub(crate) async fn put(
        self: &Arc<Self>,
        location: &Path,
        content: Content,
        condition: Condition,
    ) -> Result<PutResult> {
        match &self.location {
            HubLocation::Repo { .. } => {
                self.change(location, Change::Put(content), condition).await
            }
            HubLocation::Bucket(id) => {
                self.location.check(location)?;
                self.put_into_bucket(id, location, content, condition).await
            }
        }
    }

    /// Changes a path of a repository, and returns when that is committed, or earlier if the policy says so.
    pub(crate) async fn change(
        self: &Arc<Self>,
        location: &Path,
        change: Change,
        condition: Condition,
    ) -> Result<PutResult> {
        self.check_writable(location).await?;
        let deferred = self.settings.commits.deferred
            && match change {
                Change::Put(_) => matches!(condition, Condition::Always),
                // Whether there is the file turns out when it is deleted.
                Change::Delete => true,
                Change::CopyOf(_) | Change::MoveOf(_) => false,
            };
        let (pending, done) = Pending::new(location, change, condition, !deferred);
        if self.writer.queue.push(pending) {
            tokio::spawn(self.clone().commit_all());
        }
        if deferred {
            return Ok(PutResult {
                e_tag: None,
                version: None,
            });
        }
        done.await.unwrap_or_else(|_| Err(runtime_ended()))
    }

    /// Refuses a path that the repository or bucket cannot hold, and one where nothing can be written.
    pub(crate) async fn check_writable(&self, location: &Path) -> Result<()> {
        self.location.check(location)?;
        let HubLocation::Repo {
            repo_type,
            id,
            revision,
        } = &self.location
        else {
            return Ok(());
        };
        let read_only = |what: &str| {
            Err(unsupported(
                format!(
                    "{} cannot be written: its revision is {what}",
                    self.location
                ),
                "open the store at a branch or at a pull request, `refs/pr/<N>`",
            ))
        };
        if self.location.is_fixed() {
            return read_only(if revision.is_commit_hash() {
                "a commit"
            } else {
                "made by the Hub"
            });
        }
        if *revision == Revision::default() || revision.is_special_ref() {
            return Ok(());
        }
        let look_up = || async {
            let refs = self.api.list_repo_refs(id).repo_type(*repo_type).await?;
            let has = |refs: &[hf_api::types::GitRefInfo]| {
                refs.iter().any(|found| found.name == revision.as_str())
            };
            Ok::<_, hf_api::Error>(has(&refs.tags) && !has(&refs.branches))
        };
        match self.writer.is_tag.get_or_try_init(look_up).await {
            Ok(false) => Ok(()),
            Ok(true) => read_only("a tag"),
            Err(error) => Err(convert(error, location.as_ref())),
        }
    }

    /// Commits what waits, so that it is read.
    pub(crate) async fn flush_before_reading(self: &Arc<Self>) -> Result<()> {
        if self.settings.commits.deferred
            && let Some(done) = self.writer.queue.flush(false)
        {
            // What fails is reported by the next flush.
            let _reported = done.await;
        }
        Ok(())
    }

    pub(crate) async fn flush(self: &Arc<Self>) -> Result<Option<CommitInfo>> {
        let done = self.writer.queue.flush(true);
        let reported = match done {
            Some(done) => done.await.map_err(|_| runtime_ended())?,
            None => self.writer.queue.report(),
        };
        reported.map_err(|error| convert(error, self.location.to_string()))
    }
}
