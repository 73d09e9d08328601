//! Verifies that cached blobs still match the hashes that name them.

use std::path::{Path, PathBuf};

use hf_transport::progress::{FileOutcome, ProgressEvent, ProgressSink};
use hf_types::{CommitHash, Etag, RepoId, RepoPath, RepoType};
use serde::Serialize;

use super::info::{CachedFileInfo, HfCacheInfo};
use crate::store::hash::{Expected, hash_file};

/// A cached file whose content does not match its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CorruptedFile {
    /// The type of the repository.
    pub repo_type: RepoType,
    /// The id of the repository.
    pub repo_id: RepoId,
    /// The commit.
    pub commit_hash: CommitHash,
    /// The path in the repository.
    pub path: RepoPath,
    /// The path in the snapshot.
    pub file_path: PathBuf,
    /// The path of the blob.
    pub blob_path: PathBuf,
    /// What is wrong with the blob.
    pub reason: String,
}

/// The result of verifying a cache.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// How many blobs were read.
    pub checked: usize,
    /// How many blobs could not be verified, because their names are not hashes.
    pub unknown: usize,
    /// Files whose content is wrong or cannot be read.
    pub corrupted: Vec<CorruptedFile>,
    /// Corrupted files that a repair skipped, with the reason.
    pub skipped: Vec<(PathBuf, String)>,
}

impl HfCacheInfo {
    /// Reads all blobs of the cache and compares them with the hashes that name them.
    ///
    /// Makes no request. Blocks for as long as reading and hashing take.
    pub fn verify(&self) -> VerifyReport {
        self.verify_with_progress(&|_: &ProgressEvent<'_>| {})
    }

    /// The same as [`verify`](Self::verify), with progress events: `Hashed` for the bytes read, `FileEnd` for
    /// each blob.
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
}

/// Verifies the content of one file. Returns what is wrong with it, or `None` if it is correct or cannot be
/// verified.
fn check(
    file: &CachedFileInfo,
    report: &mut VerifyReport,
    progress: &dyn ProgressSink,
) -> Option<String> {
    let name = file.file_name.as_str();
    let hashed = |bytes| progress.on_event(&ProgressEvent::Hashed { file: name, bytes });
    let Some(checked) = check_content(&file.blob_path, hashed) else {
        report.unknown += 1;
        return None;
    };
    report.checked += 1;
    progress.on_event(&ProgressEvent::FileEnd {
        file: name,
        outcome: match checked {
            Ok(()) => FileOutcome::Done,
            Err(_) => FileOutcome::Failed,
        },
    });
    checked.err()
}

/// Compares a blob with the hash that names it. Returns `None` if the name is not a hash.
pub(super) fn check_content(blob: &Path, hashed: impl FnMut(u64)) -> Option<Result<(), String>> {
    let etag = blob.file_name()?.to_str()?.parse::<Etag>().ok()?;
    let expected = Expected::of(&etag);
    if expected == Expected::Unknown {
        return None;
    }
    Some(match hash_file(blob, expected, hashed) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(m)) => Err(format!(
            "{} is {}, expected {}",
            m.algorithm, m.actual, m.expected
        )),
        Err(e) => Err(format!("it cannot be read: {e}")),
    })
}
