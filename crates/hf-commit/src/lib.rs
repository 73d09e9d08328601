#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod blocking;
mod body;
mod commit;
mod copy;
mod folder;
mod hash;
mod index;
mod lfs;
mod operation;
mod options;
mod paths_info;
mod payload;
mod preupload;
mod scheduler;
mod send;
mod settle;
mod single;
mod source;
mod target;
mod transfer;
mod upload;
mod walk;

pub(crate) use blocking::blocking;

pub use commit::CreateCommit;
pub use copy::{CopyDestination, CopyFiles, resolve_copy_target_path};
pub use folder::{DeleteFiles, UploadFolder};
pub use index::HashIndex;
pub use lfs::LfsTransfer;
pub use operation::{
    CommitOperation, CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, UploadMode,
};
pub use scheduler::{
    CommitScheduler, CommitSchedulerBuilder, Push, PushHandle, PushTurn, StopGuard,
};
pub use single::{Delete, UploadFile};
pub use source::ByteSource;
pub use target::RepoTarget;
pub use transfer::{BoxFuture, Transfer, TransferJob};
pub use upload::PreuploadLfsFiles;
pub use walk::LinksOutside;
