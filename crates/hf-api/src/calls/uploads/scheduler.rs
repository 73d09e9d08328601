//! Pushing a folder in the background.

use std::path::PathBuf;

use hf_commit::{CommitScheduler, CommitSchedulerBuilder, RepoTarget};

use crate::HfApi;

impl HfApi {
    /// A scheduler that pushes a folder every few minutes, with the token
    /// and options of this client (Python's `CommitScheduler`).
    ///
    /// It makes the repository if there is none (`POST /api/repos/create`);
    /// each push is a [`create_commit`](HfApi::create_commit) of the files
    /// that have changed.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// use std::time::Duration;
    /// use hf_api::commit::RepoTarget;
    /// let scheduler = api
    ///     .commit_scheduler(RepoTarget::dataset("user/logs")?, "logs")
    ///     .every(Duration::from_secs(600))
    ///     .start()
    ///     .await?;
    /// // ... write to files in `logs` ...
    /// scheduler.stop().await?;
    /// # Ok(()) }
    /// ```
    pub fn commit_scheduler(
        &self,
        target: RepoTarget,
        folder: impl Into<PathBuf>,
    ) -> CommitSchedulerBuilder {
        CommitScheduler::builder(self.client().clone(), target, folder).requests(
            self.options()
                .clone()
                .with_root_operation("commit_scheduler"),
        )
    }
}
