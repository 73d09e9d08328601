//! Fetching again what is wrong in a cache.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hf_transport::{Client, Result, TokenMode};

use super::delete::DeleteReport;
use super::execute::{Claims, remove, repo_of};
use super::info::HfCacheInfo;
use super::verify::{CorruptedFile, VerifyReport, check_content};
use crate::call::download::HfHubDownload;
use crate::store::lock::blocking;

impl HfCacheInfo {
    /// Checks the cache and downloads again what is wrong in it.
    ///
    /// Each wrong content is fetched once, verified, and put in the place of the wrong one in one step, so that there is
    /// no moment at which a file is missing. A repository that another process is downloading into is left alone and
    /// listed in `skipped`.
    ///
    /// # Errors
    /// As for a download. What was repaired until then stays; the content that could not be fetched is removed if it is
    /// still wrong, so that nothing can be read that is known to be wrong.
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

    /// Fetches a content, and makes all files that have it point to it.
    async fn fetch_again(
        &self,
        client: &Client,
        token: &TokenMode,
        files: &[CorruptedFile],
    ) -> Result<()> {
        for (i, file) in files.iter().enumerate() {
            let call = HfHubDownload::new(file.repo_id.clone(), file.path.as_str())
                .repo_type(file.repo_type)
                .revision(file.commit_hash.into())
                .cache_dir(&self.cache_dir)
                .token(token.clone())
                // Forced once, past what a store shared with others has: that may be what was found to be wrong. The
                // other files find the content that was fetched for the first.
                .force_download(i == 0);
            call.run(client).await?;
        }
        Ok(())
    }
}

/// Removes a content and the files that point to it, if it is still wrong and nobody uses its repository. What a link
/// leads to outside of the repository is never touched.
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
