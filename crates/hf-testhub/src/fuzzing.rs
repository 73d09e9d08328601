//! Entry points of the fuzz targets, for what is read from clients. Not part of the API.

use crate::range::{Wanted, parse};
use crate::store::{Attributes, Ignore};

/// Returns whether a `.gitignore` excludes a path.
pub fn ignores(rules: &str, path: &str) -> bool {
    Ignore::parse(rules).ignores(path)
}

/// Returns whether a `.gitattributes` puts a path into LFS.
pub fn is_lfs(rules: &str, path: &str) -> bool {
    Attributes::parse(rules).is_lfs(path)
}

/// Reads a `Range` header: the part has bytes, and they are in the content.
pub fn range(header: &str, size: u64) {
    if let Wanted::Part(part) = parse(header, size) {
        assert!(
            part.start <= part.end && part.end <= size,
            "{header:?} of {size}: {part:?}"
        );
    }
}
