//! A list of files that several workers share.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::spec::FileSpec;

/// Files that have not been started.
#[derive(Debug, Default)]
pub(super) struct Files(Mutex<VecDeque<FileSpec>>);

impl Files {
    pub(super) fn new(files: impl Into<VecDeque<FileSpec>>) -> Self {
        Self(Mutex::new(files.into()))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<FileSpec>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn next(&self) -> Option<FileSpec> {
        self.lock().pop_front()
    }

    pub(super) fn push(&self, files: impl IntoIterator<Item = FileSpec>) {
        self.lock().extend(files);
    }
}
