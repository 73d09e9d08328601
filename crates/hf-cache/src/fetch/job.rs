//! A file to download: what it must contain, and where it goes.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use hf_transport::Durability;
use hf_types::Etag;

use super::open_response::Content;
use super::progress::FileProgress;
use super::source::Source;
use crate::store::hash::{Expected, Mismatch};

/// Values (locks) that must live until the file is written, even if the caller is gone.
pub(crate) type Guards = Box<dyn Send + Sync + 'static>;

/// What the content of a file turned out to be.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The ETag that names it.
    pub(crate) etag: Etag,
    /// Its final path, if it is known to be the announced content.
    pub(crate) place: Option<PathBuf>,
}

#[derive(Debug)]
pub(crate) struct FetchJob {
    pub(crate) source: Source,
    pub(crate) progress: FileProgress,
    pub(crate) etag: Etag,
    /// The size of the content in bytes, if known.
    pub(crate) size: Option<u64>,
    /// The hash that the content is announced to have.
    pub(crate) expected: Expected,
    /// For a call that does not verify: where the actual hash is noted if it is another one. Such content must
    /// not get the name of the announced one, or it would be taken for it from then on.
    pub(crate) unverified: Option<Arc<OnceLock<Mismatch>>>,
    /// Whether the hash comes from the commit's file list, in which case the ETags of responses are ignored.
    pub(crate) listed: bool,
    /// Whether the content must have its hash even if a transfer has verified it by another.
    pub(crate) strict: bool,
    /// Whether to continue from the bytes that an earlier attempt left.
    pub(crate) resume: bool,
    /// Whether several connections may be used.
    pub(crate) parallel: AtomicBool,
    /// Whether ranges were requested, so that the bytes come from several responses.
    pub(crate) by_ranges: AtomicBool,
    /// Whether the bytes were verified to have the file's Xet hash.
    pub(crate) has_xet_hash: AtomicBool,
    /// The prefix of the names of partial files.
    pub(crate) stem: PathBuf,
    /// The final path of the content, once it is complete and verified.
    pub(crate) destination: PathBuf,
    pub(crate) durability: Durability,
}

impl FetchJob {
    pub(crate) fn file(&self) -> &str {
        self.progress.file()
    }

    /// Returns the ETag that names the content: the announced one, or for a call that does not verify the
    /// content's own hash.
    fn actual_etag(&self) -> Etag {
        let found = self.unverified.as_ref().and_then(|noted| noted.get());
        found
            .and_then(|mismatch| mismatch.actual.parse().ok())
            .unwrap_or_else(|| self.etag.clone())
    }

    /// Returns what the content turned out to be.
    pub(crate) fn outcome(&self) -> Outcome {
        Outcome {
            etag: self.actual_etag(),
            place: self.unverified.is_none().then(|| self.destination.clone()),
        }
    }

    /// Returns what a response for this file must contain.
    pub(crate) fn content(&self) -> Content<'_> {
        let by_hash = self.expected != Expected::Unknown && self.unverified.is_none();
        Content {
            etag: (!self.listed || !by_hash).then_some(&self.etag),
            size: self.size,
        }
    }
}
