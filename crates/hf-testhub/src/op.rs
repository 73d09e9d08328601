//! The operations of a commit that is made without HTTP.

use crate::blob::Blob;

/// An operation of a commit that is made without HTTP.
///
/// ```
/// use hf_testhub::Op;
/// let operations = [Op::add("a.txt", "text"), Op::delete("old.bin")];
/// ```
#[derive(Clone, Debug)]
pub struct Op {
    pub(crate) path: String,
    pub(crate) content: Option<Blob>,
}

impl Op {
    /// Adds or replaces a file. As usual, its name and size decide whether it is stored in LFS.
    pub fn add(path: impl Into<String>, content: impl Into<Blob>) -> Self {
        Self {
            path: path.into(),
            content: Some(content.into()),
        }
    }

    /// Deletes a file.
    pub fn delete(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            content: None,
        }
    }
}
