//! One file to fetch: what it must be, and where it goes.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use hf_transport::Durability;
use hf_types::Etag;

use super::progress::FileProgress;
use super::source::{Content, Source};
use crate::store::hash::Expected;

/// Whatever must outlive the writing of a file, even if its caller is gone: locks.
pub(crate) type Guards = Box<dyn Send + Sync + 'static>;

#[derive(Debug)]
pub(crate) struct FetchJob {
    pub(crate) source: Source,
    pub(crate) progress: FileProgress,
    pub(crate) etag: Etag,
    /// Bytes of the content, if known.
    pub(crate) size: Option<u64>,
    /// The hash that the content must have.
    pub(crate) expected: Expected,
    /// The hash comes from the commit's file list, so the ETags of responses are of no interest.
    pub(crate) listed: bool,
    /// Whether to go on with what an earlier attempt left.
    pub(crate) resume: bool,
    /// Whether several connections may be used.
    pub(crate) parallel: AtomicBool,
    /// Ranges were requested: the bytes are of several responses.
    pub(crate) by_ranges: AtomicBool,
    /// What the name of a partial starts with.
    pub(crate) stem: PathBuf,
    /// Where the content goes once it is complete and right.
    pub(crate) destination: PathBuf,
    pub(crate) durability: Durability,
}

impl FetchJob {
    pub(crate) fn file(&self) -> &str {
        self.progress.file()
    }

    /// What a response for this file must be about.
    pub(crate) fn content(&self) -> Content<'_> {
        Content {
            etag: (!self.listed || self.expected == Expected::Unknown).then_some(&self.etag),
            size: self.size,
        }
    }
}
