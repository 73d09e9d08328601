#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "indicatif")]
mod bar;
mod call;
mod fetch;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(all(test, target_os = "linux"))]
mod hostile_fs;
mod manage;
mod options;
mod store;

#[cfg(feature = "indicatif")]
pub use bar::Bar;
#[cfg(feature = "xet")]
#[cfg_attr(docsrs, doc(cfg(feature = "xet")))]
pub use call::bucket::{BucketFileDownload, DownloadBucketFiles};
pub use call::cached::{CachedFile, CachedTreeFile, get_cached_repo_tree, try_to_load_from_cache};
pub use call::download::HfHubDownload;
pub use call::metadata::{OpenRemoteFile, fetch_range_bounded, file_exists, get_hf_file_metadata};
pub use call::remote_bucket_file::remote_bucket_file;
pub use call::resolve::ResolveRevision;
pub use call::snapshot::SnapshotDownload;
pub use fetch::download_file::DownloadFile;
pub use fetch::file_part::FilePart;
pub use fetch::metadata::hf_hub_url;
pub use fetch::remote_file::RemoteFile;
pub use fetch::transfer::{DownloadJob, DownloadTransfer};
#[cfg(feature = "xet")]
#[cfg_attr(docsrs, doc(cfg(feature = "xet")))]
pub use fetch::xet::XetDownloadTransfer;
pub use hf_types::{DryRunFileInfo, FolderVerification, HfFileMetadata, Mismatch, XetFileData};
pub use manage::checksums::VerifyRepoChecksums;
pub use manage::delete::{DeleteCacheStrategy, DeleteReport};
pub use manage::info::{
    CachedFileInfo, CachedIncompleteFileInfo, CachedRepoInfo, CachedRevisionInfo, CorruptedCache,
    HfCacheInfo,
};
pub use manage::prune::PruneStrategy;
pub use manage::scan::scan_cache_dir;
pub use manage::verify::{CorruptedFile, VerifyReport};
pub use options::DownloadOptions;
pub use store::layout::{RepoCacheDir, repo_folder_name};
