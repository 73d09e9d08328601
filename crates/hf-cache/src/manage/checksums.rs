//! Whether local files are those of the Hub: `verify_repo_checksums`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hf_transport::progress::{FileOutcome, ProgressEvent, ProgressSink};
use hf_transport::{Client, Error, ErrorKind, Result, TokenMode};
use hf_types::patterns::{DEFAULT_IGNORE_PATTERNS, PatternSet};
use hf_types::{Etag, FolderVerification, Mismatch, RepoId, RepoType, Revision};

use super::scan::files_below;
use crate::call::listing::fetch_tree;
use crate::call::options::{absolute, cache_dir};
use crate::fetch::context::{Context, Teller};
use crate::store::hash::{Expected, hash_file};
use crate::store::layout::RepoCacheDir;
use crate::store::lock::blocking;
use crate::store::refs::read_ref;

const OPERATION: &str = "verify_repo_checksums";

/// Compares the files of a snapshot or a local folder with the Hub's hashes.
///
/// `GET /api/{models|datasets|spaces}/{repo_id}/tree/{revision}`, page by page; then all local files are read.
#[derive(Clone)]
pub struct VerifyRepoChecksums {
    /// The repository.
    pub repo_id: RepoId,
    /// Its kind; a model by default.
    pub repo_type: RepoType,
    /// The revision; by default what the cache knows as `main`, or its only snapshot.
    pub revision: Option<Revision>,
    /// A folder of files instead of the cache.
    pub local_dir: Option<PathBuf>,
    /// The cache; by default the one of the client's configuration.
    pub cache_dir: Option<PathBuf>,
    /// Which token to send.
    pub token: TokenMode,
    /// Where to tell of progress: of the bytes that are hashed.
    pub progress: Option<Arc<dyn ProgressSink>>,
}

impl fmt::Debug for VerifyRepoChecksums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyRepoChecksums")
            .field("repo_type", &self.repo_type)
            .field("repo_id", &self.repo_id)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl VerifyRepoChecksums {
    /// A comparison of the cached model `repo_id`.
    pub fn new(repo_id: RepoId) -> Self {
        Self {
            repo_id,
            repo_type: RepoType::Model,
            revision: None,
            local_dir: None,
            cache_dir: None,
            token: TokenMode::Default,
            progress: None,
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// `Validation` if both folders are given, or none of the files is here; otherwise as the Hub answers.
    pub async fn run(&self, client: &Client) -> Result<FolderVerification> {
        let (root, revision) = self.root(client)?;
        let cx = Context::new(client, self.token.clone(), 1, None, None);
        let tree = fetch_tree(&cx, self.repo_type, &self.repo_id, &revision, None).await?;
        let remote: BTreeMap<String, Option<Etag>> = tree
            .files
            .iter()
            .map(|(path, file)| (path.to_string(), file.etag().ok()))
            .collect();
        let progress = Teller(self.progress.clone());
        blocking(move || {
            let local = local_files(&root)?;
            progress.tell(ProgressEvent::Begin {
                operation: OPERATION,
                files: Some(
                    remote
                        .keys()
                        .filter(|path| local.contains_key(*path))
                        .count() as u64,
                ),
                bytes: None,
            });
            let compared = compare(root, revision, &remote, &local, &progress);
            progress.tell(ProgressEvent::End {
                operation: OPERATION,
            });
            compared
        })
        .await
    }

    /// The folder to read, and the revision to compare it with.
    fn root(&self, client: &Client) -> Result<(PathBuf, String)> {
        let refuse = |message: String| Err(Error::new(ErrorKind::Validation, message));
        if let Some(dir) = &self.local_dir {
            if self.cache_dir.is_some() {
                return refuse("`local_dir` and `cache_dir` exclude each other".to_owned());
            }
            let dir = absolute(dir)?;
            if !dir.is_dir() {
                return refuse(format!("`{}` is not a folder", dir.display()));
            }
            let revision = self.revision.clone().unwrap_or_default();
            return Ok((dir, revision.as_str().to_owned()));
        }
        let folder = RepoCacheDir::new(
            cache_dir(client, self.cache_dir.as_deref())?,
            self.repo_type,
            &self.repo_id,
        );
        if !folder.path().is_dir() {
            return refuse(format!(
                "`{}` is not in the cache; download it first, or name its folder",
                self.repo_id
            ));
        }
        let asked = self.revision.clone().unwrap_or_default();
        let commit = match asked.commit_hash().or_else(|| read_ref(&folder, &asked)) {
            Some(commit) => commit,
            None if self.revision.is_some() => {
                return refuse(format!(
                    "the cache does not know `{asked}` of `{}`",
                    self.repo_id
                ));
            }
            None => {
                let mut commits = fs::read_dir(folder.snapshots())
                    .into_iter()
                    .flatten()
                    .flatten()
                    .filter_map(|e| e.file_name().to_str()?.parse().ok());
                match (commits.next(), commits.next()) {
                    (Some(only), None) => only,
                    _ => {
                        return refuse(format!(
                            "name the revision: the cache has several of `{}`, or none",
                            self.repo_id
                        ));
                    }
                }
            }
        };
        let snapshot = folder.snapshot(&commit);
        if !snapshot.is_dir() {
            return refuse(format!(
                "the cache has no files of `{}` at {commit}",
                self.repo_id
            ));
        }
        Ok((snapshot, commit.as_str().to_owned()))
    }
}

fn compare(
    root: PathBuf,
    revision: String,
    remote: &BTreeMap<String, Option<Etag>>,
    local: &BTreeMap<String, PathBuf>,
    progress: &Teller,
) -> Result<FolderVerification> {
    let mut mismatches = Vec::new();
    let mut checked_count = 0;
    for (path, etag) in remote {
        let Some(file) = local.get(path) else {
            continue;
        };
        checked_count += 1;
        let expected = etag
            .as_ref()
            .map_or(Expected::Unknown, |etag| Expected::of(etag, true));
        let algorithm = match expected {
            Expected::Sha256(_) => "sha256",
            Expected::GitSha1(_) => "git-sha1",
            Expected::Unknown => {
                return Err(Error::new(
                    ErrorKind::FileMetadata,
                    format!("the Hub gives no hash of `{path}`"),
                ));
            }
        };
        let hashed = |bytes| progress.tell(ProgressEvent::Hashed { file: path, bytes });
        let found = hash_file(file, expected, hashed)
            .map_err(|e| crate::store::disk::io_error("read", file, e))?;
        progress.tell(ProgressEvent::FileEnd {
            file: path,
            outcome: match found {
                Ok(()) => FileOutcome::Done,
                Err(_) => FileOutcome::Failed,
            },
        });
        if let Err(mismatch) = found {
            mismatches.push(Mismatch {
                path: path.clone(),
                expected: mismatch.expected,
                actual: mismatch.actual,
                algorithm: algorithm.to_owned(),
            });
        }
    }
    let here: BTreeSet<&String> = local.keys().collect();
    let there: BTreeSet<&String> = remote.keys().collect();
    Ok(FolderVerification {
        checked_count,
        mismatches,
        missing_paths: there.difference(&here).map(|p| (*p).clone()).collect(),
        extra_paths: here.difference(&there).map(|p| (*p).clone()).collect(),
        revision,
        verified_path: root,
    })
}

/// The files below a folder by their path in a repository, without what can be no part of one.
fn local_files(root: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let patterns = PatternSet::default().also_ignoring(DEFAULT_IGNORE_PATTERNS);
    let files =
        files_below(root).map_err(|e| crate::store::disk::io_error("read the folder", root, e))?;
    let named = files.into_iter().filter(|file| file.is_file()).map(|file| {
        let relative = file.strip_prefix(root).unwrap_or(&file);
        let parts: Vec<_> = relative
            .components()
            .map(|c| c.as_os_str().to_string_lossy())
            .collect();
        (parts.join("/"), file)
    });
    Ok(named.filter(|(path, _)| patterns.matches(path)).collect())
}
