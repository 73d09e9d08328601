//! Writing a content that is in memory.

use std::fs;
use std::path::Path;

use hf_transport::Result;

use super::disk::{io_error, replace, write_error};
use super::partial::owned_name;

/// Writes a small content beside its place and renames it there. The name that it has until then starts with `stem`, which
/// is on the same file system.
pub(crate) fn write_small(stem: &Path, destination: &Path, content: &[u8]) -> Result<()> {
    let tmp = owned_name(stem);
    let written = fs::write(&tmp, content)
        .map_err(|e| write_error(&tmp, Some(content.len() as u64), e))
        .and_then(|()| {
            replace(&tmp, destination).map_err(|e| io_error("rename into place", destination, e))
        });
    if written.is_err() {
        let _ = fs::remove_file(&tmp);
    }
    written
}
