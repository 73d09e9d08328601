//! Walks the folders of a cache.

use std::io;
use std::path::{Path, PathBuf};

use crate::store::disk::{is_temp_name, target_of};
use crate::store::fs::{Folder, FolderEntry, Kind, Stat};

/// Returns all files below a folder, including links to files, sorted by path. Links to folders are not followed;
/// temporary files are skipped.
pub(super) fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(below(folder)?.files.into_iter().map(|f| f.path).collect())
}

/// What is below a folder, sorted by path.
#[derive(Default)]
pub(super) struct Below {
    pub(super) files: Vec<FileBelow>,
    pub(super) temporary: Vec<PathBuf>,
}

pub(super) struct FileBelow {
    pub(super) path: PathBuf,
    /// Where a link leads, one link deep, because a repository's blob may itself be a link into the shared store. `None`
    /// for what is no link.
    pub(super) first_hop: Option<PathBuf>,
    /// Of the file that a link leads to. `None` for what is no link, and for a link that leads nowhere.
    pub(super) target: Option<Stat>,
}

/// Walks a folder. One that is removed meanwhile is empty.
pub(super) fn below(folder: &Path) -> io::Result<Below> {
    match if_there(Folder::open(folder))? {
        Some(folder) => below_open(folder),
        None => Ok(Below::default()),
    }
}

/// Walks an open folder.
pub(super) fn below_open(folder: Folder) -> io::Result<Below> {
    let mut found = Below::default();
    walk(folder, &mut found.temporary, |folder, entry, target| {
        let path = folder.path().join(&entry.name);
        let mut first_hop = None;
        if entry.kind == Kind::Link {
            match folder.read_link(&entry.name) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
                text => first_hop = Some(target_of(&path, &text?)),
            }
        }
        found.files.push(FileBelow {
            path,
            first_hop,
            target,
        });
        Ok(())
    })?;
    found.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    found.temporary.sort();
    Ok(found)
}

/// Calls `visit` for all files and links to files below a folder, with the folder that each is in and what a link leads
/// to. Links to folders are not followed. Temporary files are added to `temporary` instead.
pub(super) fn walk(
    folder: Folder,
    temporary: &mut Vec<PathBuf>,
    mut visit: impl FnMut(&Folder, FolderEntry, Option<Stat>) -> io::Result<()>,
) -> io::Result<()> {
    // Folders below are opened by their paths: a file descriptor for each on the way down could be too many.
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut at = Some(folder);
    loop {
        if let Some(folder) = at {
            for entry in folder.entries()? {
                if entry.kind == Kind::Folder {
                    folders.push(folder.path().join(entry.name));
                    continue;
                }
                if entry.name.to_str().is_some_and(is_temp_name) {
                    temporary.push(folder.path().join(entry.name));
                    continue;
                }
                let is_link = entry.kind == Kind::Link;
                let target = is_link.then(|| folder.stat(&entry.name).ok()).flatten();
                if !target.is_some_and(|stat| stat.is_folder) {
                    visit(&folder, entry, target)?;
                }
            }
        }
        let Some(path) = folders.pop() else {
            return Ok(());
        };
        at = if_there(Folder::open(&path))?;
    }
}

/// `None` for a folder that is not there.
pub(super) fn if_there(opened: io::Result<Folder>) -> io::Result<Option<Folder>> {
    match opened {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}
