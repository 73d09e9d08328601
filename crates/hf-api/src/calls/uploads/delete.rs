//! Commits that delete files.

use hf_commit::{CommitOutcome, Delete, DeleteFiles};
use hf_types::{CommitInfo, Param, RepoId, RepoType, Revision};

use super::{commit_options, target};
use crate::call::{Arg, Context, Operation};
use crate::{Call, HfApi, Result};

/// A call that commits deletions: its required parameters, and what makes the
/// commit of them.
macro_rules! delete_call {
    (
        $(#[$doc:meta])*
        $call:ident -> $output:ty { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* }
        |$target:ident, $this:ident| $commit:expr
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Call)]
        #[call(kind = operation, returns = $output)]
        pub struct $call {
            #[call(context)]
            ctx: Context,
            $($(#[$field_doc])* #[call(arg)] $field: $ty,)*
            /// `model` (the default), `dataset`, `space` or `kernel`.
            repo_type: Arg<RepoType>,
            /// The branch, or a pull request (`refs/pr/1`); `main` otherwise.
            revision: Arg<Revision>,
            /// The title of the commit.
            commit_message: Option<String>,
            /// The text of the commit.
            commit_description: Option<String>,
            /// Whether to open a pull request with the commit.
            create_pr: Option<bool>,
            /// The commit that must still be the head.
            parent_commit: Option<String>,
            /// When others have committed after `parent_commit`: whether to
            /// commit on top of that, if no path of this commit has changed
            /// since.
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
    /// Deletes a file.
    ///
    /// Makes one commit, as [`create_commit`](HfApi::create_commit) does. A
    /// trailing `/` means the folder.
    ///
    /// # Errors
    /// `EntryNotFound` if there is no such file.
    DeleteFileCall -> CommitInfo {
        /// Its path in the repository.
        path_in_repo: String,
        /// The repository: `user/name`.
        repo_id: Param<RepoId>,
    }
    |target, call| Delete::file(target, call.path_in_repo)
}

delete_call! {
    /// Deletes a folder and all that is in it.
    ///
    /// Makes one commit, as [`create_commit`](HfApi::create_commit) does.
    ///
    /// # Errors
    /// `EntryNotFound` if there is no such folder.
    DeleteFolderCall -> CommitInfo {
        /// Its path in the repository.
        path_in_repo: String,
        /// The repository: `user/name`.
        repo_id: Param<RepoId>,
    }
    |target, call| Delete::folder(target, call.path_in_repo)
}

delete_call! {
    /// Deletes the files that match a pattern.
    ///
    /// Lists the repository, then makes one commit, as
    /// [`create_commit`](HfApi::create_commit) does.
    ///
    /// # Errors
    /// Those of [`create_commit`](HfApi::create_commit).
    DeleteFilesCall -> CommitOutcome {
        /// The repository: `user/name`.
        repo_id: Param<RepoId>,
        /// Patterns of paths in the repository (`*.bin`, `logs/`).
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
