//! Scans the folder of one repository.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use hf_types::CommitHash;

use super::hard_links::HardLinks;
use super::info::{CachedFileInfo, CachedRepoInfo, CachedRevisionInfo};
use super::walk::{FileBelow, below_open, if_there, walk};
use crate::store::disk::mtime_seconds;
use crate::store::fs::{self, Folder, Stat, as_text};
use crate::store::layout::parse_repo_folder_name;

/// Files that operating systems create in folders on their own.
const OF_THE_SYSTEM: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// Why a repository cannot be listed.
pub(super) struct Trouble {
    pub(super) path: PathBuf,
    pub(super) message: String,
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

pub(super) fn is_of_the_system(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| OF_THE_SYSTEM.iter().any(|s| name == *s))
}

/// Opens the folder of a repository.
pub(super) fn open_repo(path: &Path) -> Result<Folder, Trouble> {
    match Folder::open(path) {
        Err(error) if is_no_folder(&error) => trouble(path, "it is not the folder of a repository"),
        opened => opened.map_err(reading(path)),
    }
}

/// Scans a repository. The temporary files that it sees are added to `temporary`.
pub(super) fn scan_repo(
    repo: &Folder,
    temporary: &mut Vec<PathBuf>,
) -> Result<CachedRepoInfo, Trouble> {
    let path = repo.path();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (repo_type, repo_id) = parse_repo_folder_name(&name).or_else(|message| {
        trouble(
            path,
            format!("it is not the folder of a repository: {message}"),
        )
    })?;
    let snapshots = match repo.folder("snapshots") {
        Err(error) if is_no_folder(&error) => {
            return trouble(path, "it has no folder `snapshots`");
        }
        opened => opened.map_err(reading(&path.join("snapshots")))?,
    };
    let mut refs = refs_by_commit(repo, temporary)?;
    let mut stats = HashMap::new();
    let mut hard_links = HardLinks::new(path.join("blobs"));
    let mut revisions = Vec::new();
    for entry in snapshots.entries().map_err(reading(snapshots.path()))? {
        let folder = snapshots.path().join(&entry.name);
        if is_of_the_system(&folder) {
            continue;
        }
        let below = match snapshots.folder(&entry.name).and_then(below_open) {
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
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
    // The times of a repository without files are those of its folder.
    let of_folder = if stats.is_empty() {
        Some(Stat::from(&fs::metadata(path).map_err(reading(path))?))
    } else {
        None
    };
    let latest = |of: fn(&Stat) -> f64| {
        let times = stats.values().chain(&of_folder).map(of);
        times.reduce(f64::max).unwrap_or(0.0)
    };
    Ok(CachedRepoInfo {
        repo_id,
        repo_type,
        size_on_disk: stats.values().map(|s| s.size).sum(),
        nb_files: stats.len(),
        last_accessed: latest(|s| s.accessed),
        last_modified: latest(|s| s.modified),
        revisions,
        repo_path: path.to_path_buf(),
    })
}

fn is_no_folder(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn refs_by_commit(
    repo: &Folder,
    temporary: &mut Vec<PathBuf>,
) -> Result<BTreeMap<String, Vec<String>>, Trouble> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let refs = repo.path().join("refs");
    let folder = match if_there(repo.folder("refs")) {
        Ok(None) => return Ok(found),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return trouble(&refs, "it is a file where the folder of the refs should be");
        }
        Ok(Some(folder)) => folder,
        Err(error) => return Err(reading(&refs)(error)),
    };
    let mut contents = Vec::new();
    let walked = walk(folder, temporary, |folder, entry, _| {
        let path = folder.path().join(&entry.name);
        if !is_of_the_system(&path) {
            contents.push((path, folder.read(&entry.name).and_then(as_text)));
        }
        Ok(())
    });
    walked.map_err(reading(&refs))?;
    for (path, content) in contents {
        let commit = content.map_err(reading(&path))?;
        let name: Vec<_> = path
            .strip_prefix(&refs)
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

fn scan_revision(
    folder: PathBuf,
    files_below: Vec<FileBelow>,
    refs: &mut BTreeMap<String, Vec<String>>,
    stats: &mut HashMap<PathBuf, Stat>,
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
    for file in files_below {
        let FileBelow {
            path: file_path,
            first_hop,
            target,
        } = file;
        let blob_path = match first_hop {
            Some(blob) => blob,
            None => hard_links
                .content_of(&file_path)
                .unwrap_or_else(|| file_path.clone()),
        };
        let stat = if let Some(stat) = stats.get(&blob_path) {
            *stat
        } else {
            // A blob may be a link into the shared store: the metadata are those at the end of the links in any case.
            let of_blob = || Some(Stat::from(&fs::metadata(&blob_path).ok()?));
            let Some(stat) = target.or_else(of_blob) else {
                return trouble(
                    &file_path,
                    format!("its content `{}` is missing", blob_path.display()),
                );
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
