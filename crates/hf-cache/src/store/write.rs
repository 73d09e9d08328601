//! Writes content that is in memory.

use std::path::Path;

use hf_transport::{Durability, Result};

use super::disk::{io_error, rename_file, write_error};
use super::fs;
use super::partial::owned_name;

/// Writes small content to a temporary name and renames it into place. The temporary name starts with `stem`,
/// which is on the same file system.
pub(crate) fn write_small(
    stem: &Path,
    destination: &Path,
    content: &[u8],
    durability: Durability,
) -> Result<()> {
    let tmp = owned_name(stem);
    let written = fs::create_new(&tmp)
        .and_then(|file| fs::write_all_at(&file, content, 0).map(|()| file))
        .map_err(|e| write_error(&tmp, Some(content.len() as u64), e))
        .and_then(|file| {
            rename_file(&file, &tmp, destination, durability)
                .map_err(|e| io_error("rename into place", destination, e))
        });
    if written.is_err() {
        let _ = fs::remove_file(&tmp);
    }
    written
}
