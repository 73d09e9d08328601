//! Files of snapshots that are second names of contents, where symbolic links cannot be made.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The contents of a repository by what they have in common with a second name (a hard link), which files of snapshots are
/// where symbolic links cannot be made.
pub(super) struct HardLinks {
    blobs: PathBuf,
    /// Read when it is first needed.
    known: Option<HashMap<Identity, PathBuf>>,
}

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = (u64, Option<std::time::SystemTime>);

/// The same for all names of a file. Elsewhere than on Unix the system does not tell; two contents of one size that were
/// written in the same instant would be taken for each other, and lose nothing by it: each name keeps its bytes.
fn identity(meta: &fs::Metadata) -> Identity {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        (meta.dev(), meta.ino())
    }
    #[cfg(not(unix))]
    {
        (meta.len(), meta.modified().ok())
    }
}

impl HardLinks {
    pub(super) fn new(blobs: PathBuf) -> Self {
        Self { blobs, known: None }
    }

    /// The content that `file` is another name of.
    pub(super) fn content_of(&mut self, file: &Path) -> Option<PathBuf> {
        let blobs = &self.blobs;
        let known = self.known.get_or_insert_with(|| {
            let entries = fs::read_dir(blobs).into_iter().flatten().flatten();
            entries
                .filter(|e| !e.file_name().to_string_lossy().ends_with(".incomplete"))
                .filter_map(|e| Some((identity(&fs::symlink_metadata(e.path()).ok()?), e.path())))
                .collect()
        });
        known.get(&identity(&fs::metadata(file).ok()?)).cloned()
    }
}
