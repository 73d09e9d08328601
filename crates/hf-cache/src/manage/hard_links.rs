//! Files of snapshots that are hard links to contents, where symbolic links cannot be made.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::store::fs::{self, FileId};

/// Finds the content that a file of a snapshot is a hard link to.
///
/// Where the system does not tell which names are one file, contents of one size that were written in the same instant are
/// taken for each other. That costs nothing: each name keeps its bytes.
pub(super) struct HardLinks {
    blobs: PathBuf,
    /// The contents by their identity, read when first needed.
    known: Option<HashMap<FileId, PathBuf>>,
}

impl HardLinks {
    pub(super) fn new(blobs: PathBuf) -> Self {
        Self { blobs, known: None }
    }

    /// Returns the content that `file` is another name of.
    pub(super) fn content_of(&mut self, file: &Path) -> Option<PathBuf> {
        let blobs = &self.blobs;
        let known = self.known.get_or_insert_with(|| {
            let entries = fs::read_dir(&*blobs).into_iter().flatten().flatten();
            entries
                .filter(|e| !e.file_name().to_string_lossy().ends_with(".incomplete"))
                .filter_map(|e| {
                    Some((fs::file_id(&fs::symlink_metadata(e.path()).ok()?), e.path()))
                })
                .collect()
        });
        known.get(&fs::file_id(&fs::metadata(file).ok()?)).cloned()
    }
}
