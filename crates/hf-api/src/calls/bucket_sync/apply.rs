//! Carrying a plan out.

use hf_transport::spawn_blocking;
use hf_types::{BucketFile, RepoPath, SyncAction, SyncPlan};

use super::Ends;
use super::local::Folder;
use crate::calls::bucket_batch::BucketAdd;
use crate::calls::bucket_files::BucketDownload;
use crate::{HfApi, Result};

/// Carries out the operations of a plan.
pub(super) async fn carry_out(plan: &SyncPlan, ends: &Ends, api: &HfApi) -> Result<()> {
    for operation in &plan.operations {
        // A plan from a file may name anything.
        operation.path.parse::<RepoPath>()?.local_safe()?;
    }
    let of = |action: SyncAction| plan.operations.iter().filter(move |op| op.action == action);
    let deleted = of(SyncAction::Delete).map(|op| op.path.clone()).collect();
    if ends.upload {
        let added = of(SyncAction::Upload).map(|op| op.path.clone()).collect();
        return upload(added, deleted, ends, api).await;
    }
    let wanted = of(SyncAction::Download)
        .map(|op| (op.path.clone(), op.bucket_file.clone()))
        .collect();
    download(wanted, deleted, ends, api).await
}

async fn upload(added: Vec<String>, deleted: Vec<String>, ends: &Ends, api: &HfApi) -> Result<()> {
    let (folder, prefix) = (ends.folder.clone(), ends.prefix.clone());
    let added = spawn_blocking(move || {
        if added.is_empty() {
            return Ok(Vec::new());
        }
        let folder = Folder::open_existing(&folder)?;
        let add = |path: String| {
            let file = folder.locate(&path, false)?;
            Ok(BucketAdd::new(file, joined(&prefix, &path)))
        };
        added.into_iter().map(add).collect::<Result<Vec<_>>>()
    })
    .await?;
    let deleted: Vec<String> = deleted
        .iter()
        .map(|path| joined(&ends.prefix, path))
        .collect();
    if !deleted.is_empty() || !added.is_empty() {
        let mut batch = api.batch_bucket_files(ends.bucket.as_str());
        batch.add = Some(added).filter(|added| !added.is_empty());
        batch.delete = Some(deleted).filter(|deleted| !deleted.is_empty());
        batch.await?;
    }
    Ok(())
}

async fn download(
    wanted: Vec<(String, Option<Box<BucketFile>>)>,
    deleted: Vec<String>,
    ends: &Ends,
    api: &HfApi,
) -> Result<()> {
    let (folder, prefix) = (ends.folder.clone(), ends.prefix.clone());
    let (folder, downloads) = spawn_blocking(move || {
        let folder = Folder::open(&folder)?;
        let download = |(path, file): (String, Option<Box<BucketFile>>)| {
            let local = folder.locate(&path, true)?;
            Ok(match file {
                Some(file) => BucketDownload::file(file, local),
                None => BucketDownload::new(joined(&prefix, &path), local),
            })
        };
        let downloads = wanted
            .into_iter()
            .map(download)
            .collect::<Result<Vec<_>>>()?;
        Ok((folder, downloads))
    })
    .await?;
    if !downloads.is_empty() {
        let files = api.download_bucket_files(ends.bucket.as_str(), downloads);
        files.raise_on_missing_files(true).await?;
    }
    spawn_blocking(move || deleted.iter().try_for_each(|path| folder.delete(path))).await
}

/// Returns the path in the bucket of what is at `path` on both ends.
fn joined(prefix: &str, path: &str) -> String {
    if prefix.is_empty() {
        path.to_owned()
    } else {
        format!("{prefix}/{path}")
    }
}
