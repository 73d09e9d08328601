//! Downloads damaged parts of a cache again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hf_transport::{Client, Durability, Result, TokenMode};

use super::delete::DeleteReport;
use super::execute::{Claims, remove, repo_of};
use super::info::HfCacheInfo;
use super::verify::{CorruptedFile, VerifyReport, check_content};
use crate::call::download::HfHubDownload;
use crate::store::fs;
use crate::store::link::link_content;
use crate::store::lock::blocking;

impl HfCacheInfo {
    /// Verifies the cache and downloads damaged blobs again.
    ///
    /// Each damaged blob is downloaded once, verified, and replaces the damaged one in one step, so that no
    /// file is missing at any moment. A repository that another process is downloading into is skipped and
    /// listed in `skipped`.
    ///
    /// # Errors
    /// The same as for a download. Blobs repaired before the error are kept. The blob that could not be
    /// downloaded is removed if it is still damaged, so that known damage cannot be read.
    pub async fn verify_and_repair(
        &self,
        client: &Client,
        token: TokenMode,
    ) -> Result<VerifyReport> {
        let info = self.clone();
        let mut report = blocking(move || Ok(info.verify())).await?;
        let mut contents: BTreeMap<PathBuf, Vec<CorruptedFile>> = BTreeMap::new();
        for file in &report.corrupted {
            let files = contents.entry(file.blob_path.clone()).or_default();
            files.push(file.clone());
        }
        for (blob, files) in contents {
            let (cache_dir, repo) = (self.cache_dir.clone(), files[0].file_path.clone());
            let busy = blocking(move || Ok(Claims::default().check(&cache_dir, &repo))).await?;
            if let Some(why) = busy {
                report.skipped.push((blob, why));
                continue;
            }
            if let Err(error) = self.fetch_again(client, &token, &files).await {
                let cache_dir = self.cache_dir.clone();
                blocking(move || {
                    remove_if_wrong(&cache_dir, &blob, &files);
                    Ok(())
                })
                .await?;
                return Err(error);
            }
        }
        Ok(report)
    }

    /// Downloads a blob again, and makes all files with this content point to it.
    async fn fetch_again(
        &self,
        client: &Client,
        token: &TokenMode,
        files: &[CorruptedFile],
    ) -> Result<()> {
        for (i, file) in files.iter().enumerate() {
            // A file that is a link by name finds the new blob; another name of the damaged one does not.
            if i > 0 && link_again(file, client.config().durability).await? {
                continue;
            }
            let call = HfHubDownload::new(file.repo_id.clone(), file.path.as_str())
                .repo_type(file.repo_type)
                .revision(file.commit_hash.into())
                .cache_dir(&self.cache_dir)
                .token(token.clone())
                // Forced once, bypassing the store shared with other repositories, whose blob may be the
                // damaged one. The other files find the blob downloaded for the first.
                .force_download(i == 0);
            call.run(client).await?;
        }
        Ok(())
    }
}

/// Links a file of a snapshot to its blob once more if it was a hard link to the damaged one, in one step. Returns
/// whether it was.
async fn link_again(file: &CorruptedFile, durability: Durability) -> Result<bool> {
    let (blob, file) = (file.blob_path.clone(), file.file_path.clone());
    blocking(move || {
        let is_file = fs::symlink_metadata(&file).is_ok_and(|meta| meta.is_file());
        if !is_file || blob == file {
            return Ok(false);
        }
        link_content(&blob, &file, &blob, false, durability)?;
        Ok(true)
    })
    .await
}

/// Removes a blob and the files that point to it, if it is still damaged and its repository is not in use.
/// Targets of links outside of the repository are never touched.
fn remove_if_wrong(cache_dir: &Path, blob: &Path, files: &[CorruptedFile]) {
    let mut claims = Claims::default();
    let mut report = DeleteReport::default();
    if !matches!(check_content(blob, |_| {}), Some(Err(_))) {
        return;
    }
    let repo = repo_of(cache_dir, &files[0].file_path);
    for file in files {
        if claims.check(cache_dir, &file.file_path).is_none() {
            remove(&file.file_path, &mut report);
        }
    }
    if repo_of(cache_dir, blob) == repo && claims.check(cache_dir, blob).is_none() {
        remove(blob, &mut report);
    }
}
