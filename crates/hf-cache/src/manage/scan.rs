//! Scans the cache: `scan_cache_dir`.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use hf_transport::{Error, ErrorKind, Result};

use super::info::{CachedIncompleteFileInfo, CachedRepoInfo, CorruptedCache, HfCacheInfo};
use super::scan_repo::{Trouble, is_of_the_system, open_repo, scan_repo};
use super::walk::below_open;
use crate::store::disk::{io_error, is_temp_name};
use crate::store::fs::{self, Folder, FolderEntry};
use crate::store::parallel;
use crate::store::shared_blobs;

/// Scans the cache and returns its repositories, revisions, files, sizes, times of use, unfinished downloads
/// and damage.
///
/// Makes no request. Blocks while it reads the disk. Damaged parts are skipped and listed in `warnings`.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// let info = hf_cache::scan_cache_dir(dir.path())?;
/// assert_eq!((info.size_on_disk, info.repos.len()), (0, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns `FileNotFound` if the folder does not exist, and `Io` if it cannot be read.
pub fn scan_cache_dir(cache_dir: impl AsRef<Path>) -> Result<HfCacheInfo> {
    let cache_dir = std::path::absolute(cache_dir.as_ref())
        .map_err(|e| io_error("resolve the folder", cache_dir.as_ref(), e))?;
    let entries = match fs::read_dir(&cache_dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(Error::new(
                ErrorKind::FileNotFound,
                format!("there is no cache at `{}`", cache_dir.display()),
            )
            .with_hint("name another folder, or set HF_HUB_CACHE"));
        }
        Err(e) => return Err(io_error("read the folder", &cache_dir, e)),
    };
    let store = shared_blobs::is_store(&cache_dir);
    let mut info = HfCacheInfo {
        cache_dir: cache_dir.clone(),
        size_on_disk: 0,
        repos: Vec::new(),
        incomplete_files: Vec::new(),
        warnings: Vec::new(),
    };
    let mut repos = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|e| io_error("read the folder", &cache_dir, e))?
            .path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == ".locks"
            || name == "CACHEDIR.TAG"
            || is_of_the_system(&path)
            || (store && name == "blobs")
        {
            continue;
        }
        if is_temp_name(&name) {
            let size_on_disk = fs::symlink_metadata(&path).map_or(0, |m| m.len());
            info.incomplete_files.push(CachedIncompleteFileInfo {
                file_path: path,
                size_on_disk,
            });
            continue;
        }
        repos.push(path);
    }
    for Scanned { repo, incomplete } in scan_repos(&repos) {
        info.incomplete_files.extend(incomplete);
        match repo {
            Ok(repo) => info.repos.push(repo),
            Err(Trouble { path, message }) => info.warnings.push(CorruptedCache { path, message }),
        }
    }
    // They are in one folder: only their names are to be compared.
    info.repos
        .sort_by(|a, b| a.repo_path.file_name().cmp(&b.repo_path.file_name()));
    info.incomplete_files
        .sort_by(|a, b| a.file_path.cmp(&b.file_path));
    info.warnings.sort_by(|a, b| a.path.cmp(&b.path));
    info.size_on_disk = size_on_disk(&info, store);
    Ok(info)
}

/// What a scan has found in the folder of one repository.
struct Scanned {
    repo: Result<CachedRepoInfo, Trouble>,
    incomplete: Vec<CachedIncompleteFileInfo>,
}

/// How many repositories a thread scans at a time.
const REPOS_AT_A_TIME: usize = 4;

fn scan_repos(repos: &[PathBuf]) -> Vec<Scanned> {
    parallel::map(repos, REPOS_AT_A_TIME, |path| {
        let folder = match open_repo(path) {
            Ok(folder) => folder,
            Err(trouble) => {
                return Scanned {
                    repo: Err(trouble),
                    incomplete: Vec::new(),
                };
            }
        };
        let mut temporary = Vec::new();
        let repo = scan_repo(&folder, &mut temporary);
        let incomplete = incomplete_files(&folder, repo.is_ok().then_some(temporary));
        Scanned { repo, incomplete }
    })
}

fn size_on_disk(info: &HfCacheInfo, store: bool) -> u64 {
    let mut counted = HashMap::new();
    for file in info
        .repos
        .iter()
        .flat_map(|r| &r.revisions)
        .flat_map(|r| &r.files)
    {
        if !store || shared_blobs::link_target(&info.cache_dir, &file.blob_path).is_none() {
            counted.insert(file.blob_path.as_path(), file.size_on_disk);
        }
    }
    let shared = shared_blobs::contents(&info.cache_dir);
    let shared: u64 = shared
        .iter()
        .filter_map(|p| fs::metadata(p).ok())
        .map(|m| m.len())
        .sum();
    counted.values().sum::<u64>() + shared
}

/// Collects partial blobs, and temporary files that a killed process has left behind. `temporary` are those that a scan
/// to the end has seen among refs and snapshots.
fn incomplete_files(
    repo: &Folder,
    temporary: Option<Vec<PathBuf>>,
) -> Vec<CachedIncompleteFileInfo> {
    let mut found = Vec::new();
    let mut add = |path: PathBuf| {
        if let Ok(meta) = fs::symlink_metadata(&path) {
            found.push(CachedIncompleteFileInfo {
                file_path: path,
                size_on_disk: meta.len(),
            });
        }
    };
    if let Ok(blobs) = repo.folder("blobs") {
        for FolderEntry { name, .. } in blobs.entries().unwrap_or_default() {
            if name
                .to_str()
                .is_some_and(|n| n.ends_with(".incomplete") || is_temp_name(n))
            {
                add(blobs.path().join(name));
            }
        }
    }
    let folders: &[&str] = if temporary.is_some() {
        &["trees"]
    } else {
        &["refs", "snapshots", "trees"]
    };
    temporary.into_iter().flatten().for_each(&mut add);
    for folder in folders {
        let below = repo.folder(folder).and_then(below_open);
        let below = below.unwrap_or_default();
        below.temporary.into_iter().for_each(&mut add);
    }
    found
}
