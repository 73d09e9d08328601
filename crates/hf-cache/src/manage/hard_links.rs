//! Snapshot files that are hard links to blobs, where symbolic links are not supported.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::store::fs::{self, FileId};

/// Finds the blob that a snapshot file is a hard link to.
pub(super) struct HardLinks {
    blobs: PathBuf,
    /// The blobs by identity, read when first needed.
    known: Option<HashMap<FileId, PathBuf>>,
}

impl HardLinks {
    pub(super) fn new(blobs: PathBuf) -> Self {
        Self { blobs, known: None }
    }

    /// Returns the blob of which `file` is another name.
    pub(super) fn content_of(&mut self, file: &Path) -> Option<PathBuf> {
        let blobs = &self.blobs;
        let known = self.known.get_or_insert_with(|| {
            let entries = fs::read_dir(&*blobs).into_iter().flatten().flatten();
            entries
                .filter(|e| !e.file_name().to_string_lossy().ends_with(".incomplete"))
                .filter_map(|e| {
                    let meta = fs::symlink_metadata(e.path()).ok()?;
                    Some((fs::file_id(&e.path(), &meta)?, e.path()))
                })
                .collect()
        });
        let id = fs::file_id(file, &fs::metadata(file).ok()?)?;
        known.get(&id).cloned()
    }
}
