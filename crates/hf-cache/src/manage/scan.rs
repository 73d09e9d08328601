//! Scans the cache: `scan_cache_dir`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};

use hf_transport::{Error, ErrorKind, Result};
use hf_types::CommitHash;

use super::hard_links::HardLinks;
use super::info::{
    CachedFileInfo, CachedIncompleteFileInfo, CachedRepoInfo, CachedRevisionInfo, CorruptedCache,
    HfCacheInfo,
};
use crate::store::disk::{io_error, is_temp_name, link_text, mtime_seconds, unix_seconds};
use crate::store::fs;
use crate::store::layout::parse_repo_folder_name;
use crate::store::shared_blobs;

/// Files that operating systems create in folders on their own.
const OF_THE_SYSTEM: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

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
        let mut temporary = Vec::new();
        let scanned = scan_repo(&path, &mut temporary);
        incomplete_files(&path, scanned.is_ok().then_some(temporary), &mut info);
        match scanned {
            Ok(repo) => info.repos.push(repo),
            Err(Trouble { path, message }) => info.warnings.push(CorruptedCache { path, message }),
        }
    }
    info.repos.sort_by(|a, b| a.repo_path.cmp(&b.repo_path));
    info.incomplete_files
        .sort_by(|a, b| a.file_path.cmp(&b.file_path));
    info.warnings.sort_by(|a, b| a.path.cmp(&b.path));
    info.size_on_disk = size_on_disk(&info, store);
    Ok(info)
}

fn size_on_disk(info: &HfCacheInfo, store: bool) -> u64 {
    let mut counted = BTreeMap::new();
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

struct Trouble {
    path: PathBuf,
    message: String,
}

fn trouble<T>(path: &Path, message: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble {
        path: path.to_path_buf(),
        message: message.into(),
    })
}

fn reading(path: &Path) -> impl FnOnce(io::Error) -> Trouble {
    move |e| Trouble {
        path: path.to_path_buf(),
        message: e.to_string(),
    }
}

fn is_of_the_system(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| OF_THE_SYSTEM.iter().any(|s| name == *s))
}

/// Collects partial blobs, and temporary files that a killed process has left behind. `temporary` are those that a scan
/// to the end has seen among refs and snapshots.
fn incomplete_files(repo: &Path, temporary: Option<Vec<PathBuf>>, info: &mut HfCacheInfo) {
    let mut add = |path: PathBuf| {
        if let Ok(meta) = fs::symlink_metadata(&path) {
            info.incomplete_files.push(CachedIncompleteFileInfo {
                file_path: path,
                size_on_disk: meta.len(),
            });
        }
    };
    let is_named = |path: &Path, is: &dyn Fn(&str) -> bool| {
        path.file_name().and_then(|n| n.to_str()).is_some_and(is)
    };
    for entry in fs::read_dir(repo.join("blobs"))
        .into_iter()
        .flatten()
        .flatten()
    {
        if is_named(&entry.path(), &|n| {
            n.ends_with(".incomplete") || is_temp_name(n)
        }) {
            add(entry.path());
        }
    }
    let folders: &[&str] = if temporary.is_some() {
        &["trees"]
    } else {
        &["refs", "snapshots", "trees"]
    };
    temporary.into_iter().flatten().for_each(&mut add);
    for folder in folders {
        let below = below(&repo.join(folder)).unwrap_or_default();
        below.temporary.into_iter().for_each(&mut add);
    }
}

/// The size, last access and last write of a blob.
#[derive(Clone, Copy)]
struct Stat {
    size: u64,
    accessed: f64,
    modified: f64,
}

/// Scans a repository. The temporary files that it sees are added to `temporary`.
fn scan_repo(path: &Path, temporary: &mut Vec<PathBuf>) -> Result<CachedRepoInfo, Trouble> {
    let Ok(meta) = fs::metadata(path).and_then(only_folder) else {
        return trouble(path, "it is not the folder of a repository");
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (repo_type, repo_id) = parse_repo_folder_name(&name).or_else(|message| {
        trouble(
            path,
            format!("it is not the folder of a repository: {message}"),
        )
    })?;
    let snapshots = path.join("snapshots");
    let entries = match fs::read_dir(&snapshots) {
        Err(error) if is_no_folder(&error) => {
            return trouble(path, "it has no folder `snapshots`");
        }
        entries => entries.map_err(reading(&snapshots))?,
    };
    let mut refs = refs_by_commit(&path.join("refs"), temporary)?;
    let mut stats = BTreeMap::new();
    let mut hard_links = HardLinks::new(path.join("blobs"));
    let mut revisions = Vec::new();
    for entry in entries {
        let folder = entry.map_err(reading(&snapshots))?.path();
        if is_of_the_system(&folder) {
            continue;
        }
        let below = match below(&folder) {
            Err(error) if is_no_folder(&error) => {
                return trouble(
                    &folder,
                    "it is a file where the folder of a commit should be",
                );
            }
            below => below.map_err(reading(&folder))?,
        };
        temporary.extend(below.temporary);
        revisions.push(scan_revision(
            folder,
            below.files,
            &mut refs,
            &mut stats,
            &mut hard_links,
        )?);
    }
    if !refs.is_empty() {
        let list: Vec<String> = refs
            .iter()
            .map(|(c, names)| format!("{c} ({})", names.join(", ")))
            .collect();
        return trouble(
            path,
            format!(
                "refs stand for commits that are not there: {}",
                list.join("; ")
            ),
        );
    }
    revisions.sort_by_key(|r| r.commit_hash);
    let latest =
        |of: fn(&Stat) -> f64, empty: f64| stats.values().map(of).reduce(f64::max).unwrap_or(empty);
    Ok(CachedRepoInfo {
        repo_id,
        repo_type,
        size_on_disk: stats.values().map(|s| s.size).sum(),
        nb_files: stats.len(),
        last_accessed: latest(|s| s.accessed, meta.accessed().map_or(0.0, unix_seconds)),
        last_modified: latest(|s| s.modified, mtime_seconds(&meta)),
        revisions,
        repo_path: path.to_path_buf(),
    })
}

fn only_folder(meta: fs::Metadata) -> io::Result<fs::Metadata> {
    if meta.is_dir() {
        return Ok(meta);
    }
    Err(io::ErrorKind::NotADirectory.into())
}

fn is_no_folder(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn refs_by_commit(
    refs: &Path,
    temporary: &mut Vec<PathBuf>,
) -> Result<BTreeMap<String, Vec<String>>, Trouble> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let below = match below(refs) {
        Err(error) if is_no_folder(&error) => {
            return trouble(refs, "it is a file where the folder of the refs should be");
        }
        below => below.map_err(reading(refs))?,
    };
    temporary.extend(below.temporary);
    for path in below.files {
        if is_of_the_system(&path) {
            continue;
        }
        let commit = fs::read_to_string(&path).map_err(reading(&path))?;
        let name: Vec<_> = path
            .strip_prefix(refs)
            .unwrap_or(&path)
            .components()
            .map(|c| c.as_os_str().to_string_lossy())
            .collect();
        found
            .entry(commit.trim().to_owned())
            .or_default()
            .push(name.join("/"));
    }
    for names in found.values_mut() {
        names.sort();
    }
    Ok(found)
}

/// Returns all files below a folder, including links to files. Links to folders are not followed; temporary
/// files are skipped.
pub(crate) fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(below(folder)?.files)
}

/// What is below a folder, sorted by path.
#[derive(Default)]
struct Below {
    files: Vec<PathBuf>,
    temporary: Vec<PathBuf>,
}

/// Walks a folder. One that is removed meanwhile is empty.
fn below(folder: &Path) -> io::Result<Below> {
    let mut found = Below::default();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        let entries = match fs::read_dir(&at) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if entry.file_name().to_str().is_some_and(is_temp_name) {
                found.temporary.push(path);
            } else if !kind.is_symlink() || !path.is_dir() {
                found.files.push(path);
            }
        }
    }
    found.files.sort();
    found.temporary.sort();
    Ok(found)
}

fn scan_revision(
    folder: PathBuf,
    files_below: Vec<PathBuf>,
    refs: &mut BTreeMap<String, Vec<String>>,
    stats: &mut BTreeMap<PathBuf, Stat>,
    hard_links: &mut HardLinks,
) -> Result<CachedRevisionInfo, Trouble> {
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let Ok(commit_hash) = name.parse::<CommitHash>() else {
        return trouble(&folder, "its name is not a commit");
    };
    let mut files = Vec::new();
    let mut contents = BTreeSet::new();
    for file_path in files_below {
        let blob_path = match first_hop(&file_path).map_err(reading(&file_path))? {
            Some(blob) => blob,
            None => hard_links
                .content_of(&file_path)
                .unwrap_or_else(|| file_path.clone()),
        };
        let stat = if let Some(stat) = stats.get(&blob_path) {
            *stat
        } else {
            let Ok(meta) = fs::metadata(&blob_path) else {
                return trouble(
                    &file_path,
                    format!("its content `{}` is missing", blob_path.display()),
                );
            };
            let stat = Stat {
                size: meta.len(),
                accessed: meta.accessed().map_or(0.0, unix_seconds),
                modified: mtime_seconds(&meta),
            };
            stats.insert(blob_path.clone(), stat);
            stat
        };
        contents.insert(blob_path.clone());
        files.push(CachedFileInfo {
            file_name: file_path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            file_path,
            blob_path,
            size_on_disk: stat.size,
            blob_last_accessed: stat.accessed,
            blob_last_modified: stat.modified,
        });
    }
    let last_modified = match files.iter().map(|f| f.blob_last_modified).reduce(f64::max) {
        Some(latest) => latest,
        None => mtime_seconds(&fs::metadata(&folder).map_err(reading(&folder))?),
    };
    Ok(CachedRevisionInfo {
        commit_hash,
        refs: refs.remove(&name).unwrap_or_default(),
        size_on_disk: contents
            .iter()
            .filter_map(|p| stats.get(p))
            .map(|s| s.size)
            .sum(),
        files,
        snapshot_path: folder,
        last_modified,
    })
}

/// Returns the target of a snapshot file, one link deep, because a repository's blob may itself be a link
/// into the shared store. Returns `None` for a file that is not a link.
pub(super) fn first_hop(file: &Path) -> io::Result<Option<PathBuf>> {
    let Some(target) = link_text(file)? else {
        return Ok(None);
    };
    let mut path = file.parent().unwrap_or(Path::new("")).to_path_buf();
    for part in target.components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    Ok(Some(path))
}
