//! Whether cached contents still are what their names say.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hf_transport::progress::{FileOutcome, ProgressEvent, ProgressSink};
use hf_transport::{Client, Result, TokenMode};
use hf_types::{CommitHash, Etag, RepoId, RepoPath, RepoType};
use serde::Serialize;

use super::delete::Repo;
use super::info::{CachedFileInfo, HfCacheInfo};
use crate::call::download::HfHubDownload;
use crate::store::hash::{Expected, hash_file};
use crate::store::lock::blocking;

/// A cached file whose content is not what its name says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CorruptedFile {
    /// The kind of its repository.
    pub repo_type: RepoType,
    /// Its repository.
    pub repo_id: RepoId,
    /// Its commit.
    pub commit_hash: CommitHash,
    /// Its path in the repository.
    pub path: RepoPath,
    /// Its path in the snapshot.
    pub file_path: PathBuf,
    /// Its content.
    pub blob_path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// What a check of the cache found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// How many contents were read.
    pub checked: usize,
    /// How many could not be checked: their names are no hashes.
    pub unknown: usize,
    /// Files whose content is wrong or cannot be read.
    pub corrupted: Vec<CorruptedFile>,
    /// Corrupted files that were left alone by a repair, and why.
    pub skipped: Vec<(PathBuf, String)>,
}

impl HfCacheInfo {
    /// Reads all contents of the cache and compares them with the hashes that name them.
    ///
    /// No request. Blocks for as long as reading and hashing take.
    pub fn verify(&self) -> VerifyReport {
        self.verify_with_progress(&|_: &ProgressEvent<'_>| {})
    }

    /// The same, telling of it: `Hashed` for the bytes that were read, `FileEnd` for each content.
    pub fn verify_with_progress(&self, progress: &dyn ProgressSink) -> VerifyReport {
        let contents: std::collections::BTreeMap<&Path, u64> = self
            .repos
            .iter()
            .flat_map(|r| &r.revisions)
            .flat_map(|r| &r.files)
            .map(|f| (f.blob_path.as_path(), f.size_on_disk))
            .collect();
        progress.on_event(&ProgressEvent::Begin {
            operation: "verify",
            files: Some(contents.len() as u64),
            bytes: Some(contents.values().sum()),
        });
        let report = self.check_all(progress);
        progress.on_event(&ProgressEvent::End {
            operation: "verify",
        });
        report
    }

    fn check_all(&self, progress: &dyn ProgressSink) -> VerifyReport {
        let mut report = VerifyReport::default();
        let mut seen = std::collections::BTreeMap::new();
        for repo in &self.repos {
            for revision in &repo.revisions {
                for file in &revision.files {
                    let reason = seen
                        .entry(file.blob_path.as_path())
                        .or_insert_with(|| check(file, &mut report, progress));
                    let Some(reason) = reason else { continue };
                    let relative = file
                        .file_path
                        .strip_prefix(&revision.snapshot_path)
                        .unwrap_or(&file.file_path);
                    let parts: Vec<_> = relative
                        .components()
                        .map(|c| c.as_os_str().to_string_lossy())
                        .collect();
                    let Ok(path) = parts.join("/").parse() else {
                        continue;
                    };
                    report.corrupted.push(CorruptedFile {
                        repo_type: repo.repo_type,
                        repo_id: repo.repo_id.clone(),
                        commit_hash: revision.commit_hash,
                        path,
                        file_path: file.file_path.clone(),
                        blob_path: file.blob_path.clone(),
                        reason: reason.clone(),
                    });
                }
            }
        }
        report
    }

    /// Checks the cache and fetches again what is wrong in it.
    ///
    /// The wrong content is removed first, so that nothing can be read that is known to be wrong; a content that another
    /// process holds is left alone and reported. One download for each corrupted file.
    ///
    /// # Errors
    /// As for a download. What is repaired until then stays.
    pub async fn verify_and_repair(
        &self,
        client: &Client,
        token: TokenMode,
    ) -> Result<VerifyReport> {
        let info = self.clone();
        let mut report = blocking(move || Ok(info.verify())).await?;
        for file in &report.corrupted {
            let name = crate::repo_folder_name(file.repo_type, &file.repo_id);
            match Repo::claim(&self.cache_dir, &name) {
                Repo::Free(_lock) => {
                    for path in [&file.file_path, &file.blob_path] {
                        match fs::remove_file(path) {
                            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                                return Err(crate::store::disk::io_error("remove", path, e));
                            }
                            _ => {}
                        }
                    }
                }
                Repo::Busy(why) => {
                    report.skipped.push((file.blob_path.clone(), why));
                    continue;
                }
            }
            let call = HfHubDownload::new(file.repo_id.clone(), file.path.as_str())
                .repo_type(file.repo_type)
                .revision(file.commit_hash.into())
                .cache_dir(&self.cache_dir)
                .token(token.clone())
                // Not what a store shared with others has: that is what was found to be wrong.
                .force_download(true);
            call.run(client).await?;
        }
        Ok(report)
    }
}

/// Why a content is wrong; `None` if it is right or cannot be told.
fn check(
    file: &CachedFileInfo,
    report: &mut VerifyReport,
    progress: &dyn ProgressSink,
) -> Option<String> {
    let (blob, name) = (&file.blob_path, file.file_name.as_str());
    let etag = blob
        .file_name()
        .and_then(|n| n.to_str())
        .and_then(|n| n.parse::<Etag>().ok());
    let expected = etag.map_or(Expected::Unknown, |etag| Expected::of(&etag, true));
    if expected == Expected::Unknown {
        report.unknown += 1;
        return None;
    }
    report.checked += 1;
    let hashed = |bytes| progress.on_event(&ProgressEvent::Hashed { file: name, bytes });
    let reason = match hash_file(blob, expected, hashed) {
        Ok(Ok(())) => None,
        Ok(Err(m)) => Some(format!(
            "{} is {}, expected {}",
            m.algorithm, m.actual, m.expected
        )),
        Err(e) => Some(format!("it cannot be read: {e}")),
    };
    let outcome = match reason {
        None => FileOutcome::Done,
        Some(_) => FileOutcome::Failed,
    };
    progress.on_event(&ProgressEvent::FileEnd {
        file: name,
        outcome,
    });
    reason
}
