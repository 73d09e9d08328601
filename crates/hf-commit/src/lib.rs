#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod blocking;
mod body;
mod commit_operation;
mod content;
mod context;
mod copy;
mod create_commit;
mod delete;
mod file;
mod folder;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod hash;
mod index;
mod lfs;
mod limits;
mod lost_commit;
mod operation;
mod options;
mod outcome;
mod paths_info;
mod payload;
mod plan;
mod post_commit;
mod prepare;
mod preupload;
mod preupload_lfs_files;
mod preuploaded;
mod readme;
mod scheduler;
mod source;
mod target;
mod transfer;
mod tree;
mod upload_file;
mod walk;
#[cfg(feature = "xet")]
mod xet;

pub use commit_operation::CommitOperation;
pub use copy::{CopyDestination, CopyFiles, resolve_copy_target_path};
pub use create_commit::CreateCommit;
pub use delete::Delete;
pub use file::{LargeFile, LargeFileReader};
pub use folder::{DeleteFiles, UploadFolder};
pub use index::HashIndex;
pub use lfs::LfsTransfer;
pub use operation::{CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, UploadMode};
pub use options::CommitOptions;
pub use outcome::CommitOutcome;
pub use preupload_lfs_files::PreuploadLfsFiles;
pub use preuploaded::PreuploadedFile;
pub use scheduler::{
    CommitScheduler, CommitSchedulerBuilder, Push, PushHandle, PushTurn, StopGuard,
};
pub use source::ByteSource;
pub use target::RepoTarget;
pub use transfer::{UploadJob, UploadTransfer};
pub use upload_file::UploadFile;
pub use walk::LinksOutside;
#[cfg(feature = "xet")]
#[cfg_attr(docsrs, doc(cfg(feature = "xet")))]
pub use xet::{BucketUpload, XetUploadTransfer};
