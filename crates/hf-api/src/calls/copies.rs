//! Copying files between repositories and buckets.

mod to_bucket;

use hf_commit::{CommitOptions, CopyFiles, RepoTarget};
use hf_types::{HfUri, HfUriType, RepoType};

use super::uploads::with_call_options;
use crate::call::{Context, Operation};
use crate::{Call, Error, HfApi, Result};

/// Copies files between repositories and buckets on the Hub, without moving
/// bytes through this machine where both ends allow it.
///
/// Both ends are `hf://` URIs. A trailing `/` on the source means the contents
/// of the folder, one on the destination means a folder. A copy into a
/// repository is one commit, a copy into a bucket one batch. Small files of a
/// repository that are not in Xet storage cannot be copied into a bucket yet:
/// their bytes need Xet storage to move.
///
/// `POST /api/{repo_type}s/{repo_id}/commit/{revision}` for a repository,
/// `POST /api/buckets/{bucket_id}/batch` for a bucket, after the requests that
/// list the source.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.copy_files("hf://user/model/weights.safetensors", "hf://buckets/user/backup/").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `EntryNotFound` if the source does not exist; `Validation` for a copy from a
/// bucket into a repository, which the Hub does not offer.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ())]
pub struct CopyFilesCall {
    #[call(context)]
    ctx: Context,
    /// The source: `hf://user/model/path`, `hf://buckets/user/name/path`.
    #[call(arg)]
    source: String,
    /// The destination, in the same form.
    #[call(arg)]
    destination: String,
}

impl Operation for CopyFilesCall {
    async fn run(self, api: HfApi) -> Result<()> {
        let endpoint = api.client().endpoint().as_str().to_owned();
        let source = HfUri::parse(&self.source, Some(&endpoint))?;
        let destination = HfUri::parse(&self.destination, Some(&endpoint))?;
        if destination.is_bucket() {
            let (merge, folder) = (self.source.ends_with('/'), self.destination.ends_with('/'));
            return to_bucket::copy(&api, &source, &destination, merge, folder).await;
        }
        if source.is_bucket() {
            return Err(Error::validation(
                "the Hub cannot copy from a bucket into a repository",
            ));
        }
        let copy = CopyFiles::new(
            target(&source)?,
            with_slash(&source, &self.source),
            target(&destination)?,
            with_slash(&destination, &self.destination),
        );
        let options = with_call_options(&api, CommitOptions::new());
        copy.options(options).run(api.client()).await.map(drop)
    }
}

/// Returns the path of a URI with its trailing slash, which parsing drops.
fn with_slash(uri: &HfUri, text: &str) -> String {
    let path = uri.path_in_repo();
    if text.ends_with('/') && !path.is_empty() {
        format!("{path}/")
    } else {
        path.to_owned()
    }
}

fn repo_type(uri: &HfUri) -> Result<RepoType> {
    match uri.r#type() {
        HfUriType::Model => Ok(RepoType::Model),
        HfUriType::Dataset => Ok(RepoType::Dataset),
        HfUriType::Space => Ok(RepoType::Space),
        HfUriType::Kernel => Ok(RepoType::Kernel),
        _ => Err(Error::validation(format!(
            "{:?} must name a repository: a model, dataset, Space or kernel",
            uri.to_uri()
        ))),
    }
}

fn target(uri: &HfUri) -> Result<RepoTarget> {
    RepoTarget::new(uri.id().parse()?, repo_type(uri)?).revision(uri.revision().unwrap_or("main"))
}

/// # Copying files
impl HfApi {
    copy_files!();
}
