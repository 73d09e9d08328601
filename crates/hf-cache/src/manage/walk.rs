//! Walks the folders of a cache.

use std::io;
use std::path::{Path, PathBuf};

use crate::store::disk::{is_temp_name, target_of};
use crate::store::fs;

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
    pub(super) is_link: bool,
    /// Of the file that a link leads to. `None` for what is no link, and for a link that leads nowhere.
    pub(super) target: Option<fs::Metadata>,
}

/// Walks a folder. One that is removed meanwhile is empty.
pub(super) fn below(folder: &Path) -> io::Result<Below> {
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
                continue;
            }
            if entry.file_name().to_str().is_some_and(is_temp_name) {
                found.temporary.push(path);
                continue;
            }
            let is_link = kind.is_symlink();
            let target = if is_link {
                fs::metadata(&path).ok()
            } else {
                None
            };
            if !target.as_ref().is_some_and(fs::Metadata::is_dir) {
                found.files.push(FileBelow {
                    path,
                    is_link,
                    target,
                });
            }
        }
    }
    found.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    found.temporary.sort();
    Ok(found)
}

impl FileBelow {
    /// Returns the target of a snapshot file, one link deep, because a repository's blob may itself be a link
    /// into the shared store. Returns `None` for a file that is not a link.
    pub(super) fn first_hop(&self) -> io::Result<Option<PathBuf>> {
        if !self.is_link {
            return Ok(None);
        }
        let text = fs::read_link(&self.path)?;
        Ok(Some(target_of(&self.path, &text)))
    }
}
