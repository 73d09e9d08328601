//! Reading parts of a file in a bucket.

use hf_transport::{Client, Error, Result, path};
use hf_types::{BucketId, ValidationError};

use crate::fetch::context::Context;
use crate::fetch::remote_file::RemoteFile;
use crate::options::DownloadOptions;

/// Returns the file in a bucket that a list describes: its path, its hash in Xet storage and its size. Sends no request.
///
/// Large parts are read from Xet storage, as [`RemoteFile::stream`] says, the others by plain HTTP:
/// `GET /buckets/{bucket_id}/resolve/{path}`, once, and then the storage that it redirects to.
///
/// ```no_run
/// # async fn example(client: hf_transport::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let hash = "7fd3a6b5ae1d1a8a8ac6c2a1d6d2b7e0f4b5c6d7e8f90a1b2c3d4e5f60718293";
/// let bucket = "org/bucket".parse()?;
/// let options = hf_cache::DownloadOptions::new();
/// let file = hf_cache::remote_bucket_file(&client, &bucket, "a.parquet", hash, 4_096, &options)?;
/// let footer = file.read_range(4_088..4_096).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// Returns `Validation` if the hash is not one.
pub fn remote_bucket_file(
    client: &Client,
    bucket_id: &BucketId,
    path: &str,
    xet_hash: &str,
    size: u64,
    options: &DownloadOptions,
) -> Result<RemoteFile> {
    let etag = xet_hash
        .parse()
        .map_err(|error: ValidationError| Error::validation(error.to_string()))?;
    let target = format!("/buckets/{bucket_id}/resolve/{}", path::segment(path));
    let cx = Context::new(client, options.requests.clone());
    let file = RemoteFile::new(cx, target, path.to_owned(), None, etag, size);
    #[cfg(feature = "xet")]
    let file = {
        use hf_cas::client::{Access, TokenRoute};
        let route = TokenRoute::bucket(bucket_id, Access::Read);
        crate::fetch::xet::part_of(client, options, file, route, Some(xet_hash))
    };
    Ok(file)
}
