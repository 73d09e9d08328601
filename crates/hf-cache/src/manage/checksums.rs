//! Compares local files with those on the Hub: `verify_repo_checksums`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hf_transport::progress::{FileOutcome, ProgressEvent};
use hf_transport::{Client, Error, ErrorKind, Result};
use hf_types::patterns::{DEFAULT_IGNORE_PATTERNS, PatternSet};
use hf_types::{Etag, FolderVerification, Mismatch, RepoId, RepoType, Revision};

use super::walk::files_below;
use crate::call::folders::{absolute, cache_dir};
use crate::call::listing::fetch_tree;
use crate::fetch::context::Context;
use crate::fetch::progress::Reporter;
use crate::options::{DownloadOptions, option_setters};
use crate::store::fs;
use crate::store::hash::{Expected, hash_file};
use crate::store::layout::RepoCacheDir;
use crate::store::lock::blocking;
use crate::store::refs::read_ref;

const OPERATION: &str = "verify_repo_checksums";

/// Compares the files of a snapshot or a local folder with the hashes that the Hub reports for them.
///
/// Sends `GET /api/{models|datasets|spaces}/{repo_id}/tree/{revision}`, page by page, and then reads all
/// local files.
///
/// ```no_run
/// use hf_cache::VerifyRepoChecksums;
/// # async fn example(client: hf_transport::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let report = VerifyRepoChecksums::new("openai-community/gpt2".parse()?).run(&client).await?;
/// println!("{} files differ", report.mismatches.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is run"]
pub struct VerifyRepoChecksums {
    repo_id: RepoId,
    repo_type: RepoType,
    revision: Option<Revision>,
    local_dir: Option<PathBuf>,
    cache_dir: Option<PathBuf>,
    options: DownloadOptions,
}

option_setters!(VerifyRepoChecksums, self.options);

impl VerifyRepoChecksums {
    /// Creates a comparison of the cached model `repo_id`.
    pub fn new(repo_id: RepoId) -> Self {
        Self {
            repo_id,
            repo_type: RepoType::Model,
            revision: None,
            local_dir: None,
            cache_dir: None,
            options: DownloadOptions::default(),
        }
    }

    /// Sets the type of the repository. By default, a model.
    pub fn repo_type(mut self, repo_type: RepoType) -> Self {
        self.repo_type = repo_type;
        self
    }

    /// Sets the branch, tag, pull request reference or commit. By default, the commit that the cache records
    /// for `main`, or its only snapshot.
    pub fn revision(mut self, revision: Revision) -> Self {
        self.revision = Some(revision);
        self
    }

    /// Compares the files in this folder instead of the cache.
    pub fn local_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.local_dir = Some(folder.into());
        self
    }

    /// Sets the cache folder. By default, that of the client's configuration (`HF_HUB_CACHE`).
    pub fn cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(folder.into());
        self
    }

    /// Sets all options shared by downloads. Those that concern the download of content have no effect here.
    pub fn options(mut self, options: DownloadOptions) -> Self {
        self.options = options;
        self
    }

    /// Reads the local files and compares them.
    ///
    /// # Errors
    /// Returns `Validation` if both folders are set, or if none of the files exists locally; otherwise the
    /// error of the Hub.
    pub async fn run(&self, client: &Client) -> Result<FolderVerification> {
        let (root, revision) = {
            let (call, client) = (self.clone(), client.clone());
            blocking(move || call.root(&client)).await?
        };
        let cx = Context::new(client, self.options.requests.clone());
        let tree = fetch_tree(&cx, self.repo_type, &self.repo_id, &revision).await?;
        let remote: BTreeMap<String, Option<Etag>> = tree
            .files
            .iter()
            .map(|(path, file)| (path.to_string(), file.etag().ok()))
            .collect();
        let reporter = cx.reporter.clone();
        blocking(move || {
            let local = local_files(&root)?;
            let common = remote.keys().filter(|path| local.contains_key(*path));
            reporter.report(ProgressEvent::Begin {
                operation: OPERATION,
                files: Some(common.count() as u64),
                bytes: None,
            });
            let compared = compare(root, revision, &remote, &local, &reporter);
            reporter.report(ProgressEvent::End {
                operation: OPERATION,
            });
            compared
        })
        .await
    }

    /// Returns the folder to read, and the revision to compare it with.
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
        let folder = RepoCacheDir::find(
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
        let requested = self.revision.clone().unwrap_or_default();
        let commit = match requested
            .commit_hash()
            .or_else(|| read_ref(&folder, &requested))
        {
            Some(commit) => commit,
            None if self.revision.is_some() => {
                return refuse(format!(
                    "revision `{requested}` of `{}` is not in the cache",
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
    reporter: &Reporter,
) -> Result<FolderVerification> {
    let mut mismatches = Vec::new();
    let mut checked_count = 0;
    for (path, etag) in remote {
        let Some(file) = local.get(path) else {
            continue;
        };
        checked_count += 1;
        let expected = etag.as_ref().map_or(Expected::Unknown, Expected::of);
        let algorithm = match expected {
            Expected::Sha256(_) => "sha256",
            Expected::GitSha1(_) => "git-sha1",
            #[cfg(feature = "xet")]
            Expected::Xet(_) => "xet",
            Expected::Unknown => {
                return Err(Error::new(
                    ErrorKind::FileMetadata,
                    format!("the Hub reports no hash for `{path}`"),
                ));
            }
        };
        let hashed = |bytes| reporter.hashed(path, bytes);
        let found = hash_file(file, expected, hashed)
            .map_err(|e| crate::store::disk::io_error("read", file, e))?;
        reporter.report(ProgressEvent::FileEnd {
            file: path,
            outcome: match found {
                Ok(()) => FileOutcome::Done,
                Err(_) => FileOutcome::Failed,
            },
        });
        if let Err(mismatch) = found {
            mismatches.push(Mismatch::new(
                path,
                algorithm,
                mismatch.expected,
                mismatch.actual,
            ));
        }
    }
    let here: BTreeSet<&String> = local.keys().collect();
    let there: BTreeSet<&String> = remote.keys().collect();
    let mut verification = FolderVerification::new(revision, root);
    verification.missing_paths = there.difference(&here).map(|p| (*p).clone()).collect();
    verification.extra_paths = here.difference(&there).map(|p| (*p).clone()).collect();
    verification.checked_count = checked_count;
    verification.mismatches = mismatches;
    Ok(verification)
}

/// Returns the files below a folder by their path in a repository, without those that cannot belong to one.
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
