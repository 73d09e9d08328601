//! The local end of a synchronization: files below one folder, never outside.

use std::collections::BTreeMap;
use std::io::ErrorKind as Io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Stat;
use super::filter::Filter;
use crate::{Error, Result};

/// Lists all files below `folder` that match the filter, by their relative path.
/// Links to folders are not followed.
pub(super) fn walk(folder: &Path, filter: &Filter) -> Result<BTreeMap<String, Stat>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let failed = |error| Error::io(format!("reading {}", folder.display()), error);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(Error::validation(format!(
                    "the name of {} is not UTF-8",
                    entry.path().display()
                )));
            };
            let path = format!("{prefix}{name}");
            if entry.file_type().map_err(failed)?.is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else if let Some(stat) = stat(&entry.path())
                && filter.matches(&path)
            {
                files.insert(path, stat);
            }
        }
    }
    Ok(files)
}

/// Returns size and time of last change; `None` where there is no file.
pub(super) fn stat(path: &Path) -> Option<Stat> {
    let metadata = std::fs::metadata(path).ok()?;
    let changed = metadata.modified().ok()?;
    let since = changed
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    (!metadata.is_dir()).then_some(Stat {
        size: metadata.len(),
        mtime: since.as_secs_f64() * 1000.0,
    })
}

/// A folder whose content a plan changes. Plans come from outside: their paths
/// must not lead out of the folder, by name or through a link.
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens the folder, which is created if it is missing. It may be reached
    /// through links: they are the user's own.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let failed = |error| Error::io(format!("opening {}", folder.display()), error);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let root = std::fs::canonicalize(folder).map_err(failed)?;
        Ok(Self { root })
    }

    /// Opens a folder to read from.
    pub(super) fn open_existing(folder: &Path) -> Result<Self> {
        let root = std::fs::canonicalize(folder);
        let root = root.map_err(|e| Error::io(format!("opening {}", folder.display()), e))?;
        Ok(Self { root })
    }

    /// Deletes a file, and the folders that are empty afterwards. A link is
    /// deleted, not its target.
    pub(super) fn delete(&self, path: &str) -> Result<()> {
        let file = self.locate(path, false)?;
        match std::fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == Io::NotFound => return Ok(()),
            Err(error) => return Err(Error::io(format!("deleting {}", file.display()), error)),
        }
        let parents = file.ancestors().skip(1);
        for parent in parents.take_while(|parent| *parent != self.root) {
            // The first folder that is not empty ends the loop.
            if std::fs::remove_dir(parent).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Returns where `path` is on disk, having made sure that each folder on the
    /// way is below the root. With `create`, missing folders are made.
    pub(super) fn locate(&self, path: &str, create: bool) -> Result<PathBuf> {
        let mut at = self.root.clone();
        let mut names = path.split('/').peekable();
        while let Some(name) = names.next() {
            at.push(name);
            if names.peek().is_none() {
                break;
            }
            let failed = |error| Error::io(format!("looking at {}", at.display()), error);
            match std::fs::symlink_metadata(&at) {
                Ok(found) if found.is_symlink() => {
                    let target = std::fs::canonicalize(&at).map_err(failed)?;
                    if !target.starts_with(&self.root) {
                        return Err(Error::validation(format!(
                            "{path:?} leads out of {}: {} is a link to {}",
                            self.root.display(),
                            at.display(),
                            target.display()
                        ))
                        .with_hint("Nothing outside of the folder is changed. Remove the link, or sync the folder that it points to."));
                    }
                }
                Ok(_) => {}
                Err(error) if error.kind() == Io::NotFound && create => {
                    std::fs::create_dir(&at).map_err(failed)?;
                }
                // A path below a missing folder does not exist either.
                Err(error) if error.kind() == Io::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(at)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_plan_changes_nothing_outside_of_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let (inside, outside) = (dir.path().join("inside"), dir.path().join("outside"));
        std::fs::create_dir_all(inside.join("real")).unwrap();
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("syslog"), "kept").unwrap();
        symlink(&outside, inside.join("logs")).unwrap();
        symlink("real", inside.join("alias")).unwrap();
        symlink(outside.join("syslog"), inside.join("direct")).unwrap();
        let folder = Folder::open(&inside).unwrap();

        let located = |create| folder.locate("logs/syslog", create).map(drop);
        for refused in [located(true), located(false), folder.delete("logs/syslog")] {
            let error = refused.unwrap_err();
            assert!(error.message().contains("logs is a link to"), "{error}");
        }
        folder.delete("direct").unwrap();
        assert!(!inside.join("direct").is_symlink(), "the link was deleted");
        let kept = || std::fs::read_to_string(outside.join("syslog")).unwrap();
        assert_eq!(kept(), "kept");

        // Links within the folder are followed.
        let file = folder.locate("alias/deep/file", true).unwrap();
        std::fs::write(file, "").unwrap();
        assert!(inside.join("real/deep/file").is_file());
        folder.delete("alias/deep/file").unwrap();
        assert!(!inside.join("real/deep").exists());
        assert!(inside.join("alias").is_symlink());
        folder.delete("nothing/here").unwrap();
        assert!(!inside.join("nothing").exists());
        assert_eq!(kept(), "kept");
    }
}
