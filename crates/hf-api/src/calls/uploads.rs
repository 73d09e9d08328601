//! Uploads: commits that add, delete and copy files.

mod commit;
mod delete;
mod file;
mod folder;
mod options;
mod preupload;
mod scheduler;
mod source;

use hf_commit::RepoTarget;
use hf_types::{Param, RepoId, RepoType, Revision};

pub use self::commit::{CreateCommitCall, create_commit};
pub use self::delete::{
    DeleteFileCall, DeleteFilesCall, DeleteFolderCall, delete_file, delete_files, delete_folder,
};
pub use self::file::{UploadFileCall, upload_file};
pub use self::folder::{UploadFolderCall, upload_folder};
pub(super) use self::options::with_call_options;
use self::options::{commit_options, upload_setters};
pub use self::preupload::{PreuploadLfsFilesCall, preupload_lfs_files};
pub use self::source::FileSource;
use super::support::Repo;
use crate::Result;
use crate::call::Arg;

/// Returns the repository and the branch of a commit.
fn target(
    repo_id: &Param<RepoId>,
    repo_type: &Arg<RepoType>,
    revision: &Arg<Revision>,
) -> Result<RepoTarget> {
    let repo = Repo::new(repo_id, repo_type)?;
    RepoTarget::new(repo.id, repo.kind).revision(revision.or(Revision::default())?.as_str())
}
