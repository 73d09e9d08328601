//! Downloads the bytes of a bucket's files.

use std::path::PathBuf;

#[cfg(feature = "xet")]
use hf_transport::spawn_blocking;
use hf_types::{BucketFile, BucketId};

use crate::{Error, ErrorKind, HfApi, Result};

/// Downloads files of which everything is known.
#[cfg(feature = "xet")]
pub(super) async fn download(
    api: &HfApi,
    bucket: &BucketId,
    files: impl Iterator<Item = (BucketFile, PathBuf)> + Send + 'static,
) -> Result<()> {
    let id = bucket.clone();
    let checked = move |(file, local): (BucketFile, PathBuf)| {
        let size = file.size.ok_or_else(|| {
            Error::new(
                ErrorKind::FileMetadata,
                format!("the size of {:?} in bucket {id} is not known", file.path),
            )
        })?;
        if local.is_dir() {
            let context = format!("writing {:?} to {}", file.path, local.display());
            return Err(Error::io(context, std::io::ErrorKind::IsADirectory.into()));
        }
        hf_cache::BucketFileDownload::new(file.path, &file.xet_hash, size, local)
    };
    // Everything that may be refused is refused before anything is written.
    let files = spawn_blocking(move || files.map(checked).collect::<Result<Vec<_>>>());
    let files = files.await?;
    hf_cache::DownloadBucketFiles::new(bucket.clone())
        .options(crate::calls::downloads::download_options(api))
        .run(api.client(), files)
        .await
}

/// Downloads nothing: this build does without Xet storage.
#[cfg(not(feature = "xet"))]
#[expect(clippy::unused_async, reason = "as with the feature")]
pub(super) async fn download(
    _api: &HfApi,
    bucket: &BucketId,
    _files: impl Iterator<Item = (BucketFile, PathBuf)> + Send + 'static,
) -> Result<()> {
    Err(Error::new(
        ErrorKind::NotImplemented,
        format!(
            "files of the bucket {bucket} are in Xet storage, and this program was built without it"
        ),
    )
    .with_hint("build it with the feature `xet` of hf-api"))
}
