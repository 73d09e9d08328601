//! What is written, and what must hold for it.

use object_store::{PutMode, UpdateVersion};

use crate::content::Content;

/// What becomes of a path.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Put(Content),
    Delete,
    /// Gets the content of another file.
    CopyOf(String),
    /// Gets the content of another file, which is deleted.
    MoveOf(String),
}

/// What must hold of a path for its change.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    Always,
    /// There is no file.
    Create,
    /// There is the file with this ETag or version.
    Update(UpdateVersion),
    /// There is a file.
    Exists,
}

impl Condition {
    pub(crate) fn of(mode: PutMode) -> Self {
        match mode {
            PutMode::Overwrite => Self::Always,
            PutMode::Create => Self::Create,
            PutMode::Update(version) => Self::Update(version),
        }
    }

    pub(crate) fn create(create: bool) -> Self {
        if create { Self::Create } else { Self::Always }
    }
}
