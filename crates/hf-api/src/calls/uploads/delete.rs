//! Commits that delete files.

use hf_commit::{CommitOutcome, Delete, DeleteFiles};
use hf_types::{CommitInfo, Param, RepoId, RepoType, Revision};

use super::{commit_options, target};
use crate::call::{Arg, Context, Operation};
use crate::{Call, HfApi, Result};

/// Defines a call that commits deletions: its required parameters, and the code
/// that makes the commit.
macro_rules! delete_call {
    (
        $(#[$doc:meta])*
        $call:ident -> $output:ty { $($fields:tt)* }
        |$target:ident, $this:ident| $commit:expr
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Call)]
        #[call(kind = operation, returns = $output)]
        pub struct $call {
            #[call(context)]
            ctx: Context,
            $($fields)*
            /// The type of the repository: `model`, `dataset`, `space` or
            /// `kernel`. By default, `model`.
            repo_type: Arg<RepoType>,
            /// The branch, or a pull request (`refs/pr/1`). By default, `main`.
            revision: Arg<Revision>,
            /// The title of the commit.
            commit_message: Option<String>,
            /// The description of the commit.
            commit_description: Option<String>,
            /// Whether to open a pull request with the commit.
            create_pr: Option<bool>,
            /// The commit that must still be the head.
            parent_commit: Option<String>,
            /// Whether to commit on top of commits that others made after
            /// `parent_commit`, if no path of this commit has changed since.
            rebase: bool,
        }

        impl Operation for $call {
            async fn run(self, api: HfApi) -> Result<$output> {
                let $target = target(&self.repo_id, &self.repo_type, &self.revision)?;
                let $this = self;
                let options = commit_options!($this, api);
                $commit.options(options).run(api.client()).await
            }
        }
    };
}

delete_call! {
    /// Deletes a file from a repository, in one commit.
    ///
    /// A trailing `/` in the path means the folder.
    ///
    /// `POST /api/{repo_type}s/{repo_id}/commit/{revision}`.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// api.delete_file("weights.bin", "user/name").commit_message("Old format").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `EntryNotFound` if the file does not exist; those of
    /// [`create_commit`](HfApi::create_commit).
    DeleteFileCall -> CommitInfo {
        /// The path in the repository.
        #[call(arg)]
        path_in_repo: String,
        /// The repository: `user/name`.
        #[call(arg)]
        repo_id: Param<RepoId>,
    }
    |target, call| Delete::file(target, call.path_in_repo)
}

delete_call! {
    /// Deletes a folder and its contents from a repository, in one commit.
    ///
    /// `POST /api/{repo_type}s/{repo_id}/commit/{revision}`.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// api.delete_folder("checkpoints", "user/name").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `EntryNotFound` if the folder does not exist; those of
    /// [`create_commit`](HfApi::create_commit).
    DeleteFolderCall -> CommitInfo {
        /// The path in the repository.
        #[call(arg)]
        path_in_repo: String,
        /// The repository: `user/name`.
        #[call(arg)]
        repo_id: Param<RepoId>,
    }
    |target, call| Delete::folder(target, call.path_in_repo)
}

delete_call! {
    /// Deletes the files of a repository that match patterns, in one commit.
    ///
    /// `POST /api/{repo_type}s/{repo_id}/commit/{revision}`, after the request
    /// that lists the files.
    ///
    /// ```no_run
    /// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
    /// let patterns = ["*.bin", "logs/"];
    /// api.delete_files("user/name", patterns).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`create_commit`](HfApi::create_commit).
    DeleteFilesCall -> CommitOutcome {
        /// The repository: `user/name`.
        #[call(arg)]
        repo_id: Param<RepoId>,
        /// The patterns of paths to delete (`*.bin`, `logs/`).
        #[call(arg)]
        delete_patterns: Vec<String>,
    }
    |target, call| DeleteFiles::new(target, call.delete_patterns)
}

/// # Deleting files
impl HfApi {
    delete_file!();
    delete_folder!();
    delete_files!();
}
