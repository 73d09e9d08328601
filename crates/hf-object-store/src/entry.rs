//! A file as the tree of a repository or the list of a bucket describes it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use hf_api::cache::RemoteFile;
use hf_api::types::{BucketFile, RepoFile, Sha256, Timestamp};
use object_store::ObjectMeta;
use object_store::path::Path;
use tokio::time::Instant;

/// What is known of a file.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) size: u64,
    pub(crate) etag: Box<str>,
    pub(crate) xet_hash: Option<Box<str>>,
    pub(crate) modified: DateTime<Utc>,
    /// When it was seen, for a bucket, whose files change.
    pub(crate) seen: Instant,
    /// The open file, whose redirects are resolved.
    pub(crate) file: Arc<OnceLock<RemoteFile>>,
}

impl Entry {
    /// A file of a repository. Its ETag is the one that the Hub sends with it: the SHA-256 of a large file, the id of the
    /// git blob of another. (The Hub masks the SHA-256 for those without access to a gated repository.)
    pub(crate) fn of_repo(file: &RepoFile, modified: DateTime<Utc>) -> Self {
        let lfs = file.lfs.as_ref().map(|lfs| lfs.sha256.as_str());
        let etag = lfs
            .filter(|sha| sha.parse::<Sha256>().is_ok())
            .unwrap_or(&file.blob_id);
        Self {
            size: file
                .size
                .or_else(|| file.lfs.as_ref().map(|lfs| lfs.size))
                .unwrap_or(0),
            etag: etag.into(),
            xet_hash: file.xet_hash.as_deref().map(Into::into),
            modified,
            seen: Instant::now(),
            file: Arc::default(),
        }
    }

    /// A file of a bucket. Its ETag is its hash in Xet storage.
    pub(crate) fn of_bucket(file: &BucketFile) -> Self {
        Self {
            size: file.size.unwrap_or(0),
            etag: file.xet_hash.as_str().into(),
            xet_hash: Some(file.xet_hash.as_str().into()),
            modified: file
                .uploaded_at
                .or(file.mtime)
                .map_or_else(epoch, to_chrono),
            seen: Instant::now(),
            file: Arc::default(),
        }
    }

    pub(crate) fn meta(&self, location: Path, version: Option<&str>) -> ObjectMeta {
        ObjectMeta {
            location,
            last_modified: self.modified,
            size: self.size,
            e_tag: Some(self.etag.to_string()),
            version: version.map(str::to_owned),
        }
    }
}

pub(crate) fn epoch() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

pub(crate) fn to_chrono(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.as_millisecond()).unwrap_or_default()
}

/// The entries that were seen, the most recent ones: at least [`GENERATION`], at most twice as many.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    recent: HashMap<Box<str>, Entry>,
    older: HashMap<Box<str>, Entry>,
}

/// An entry takes some 400 bytes with its path.
const GENERATION: usize = 50_000;

impl Entries {
    pub(crate) fn get(&mut self, path: &str) -> Option<Entry> {
        if let Some(entry) = self.recent.get(path) {
            return Some(entry.clone());
        }
        let (path, entry) = self.older.remove_entry(path)?;
        self.insert(path, entry.clone());
        Some(entry)
    }

    pub(crate) fn insert(&mut self, path: impl Into<Box<str>>, entry: Entry) {
        if self.recent.len() >= GENERATION {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(path.into(), entry);
    }

    /// Inserts what a list says, and keeps the open file of an entry that is the same.
    pub(crate) fn renew(&mut self, path: &str, mut entry: Entry) {
        if let Some(known) = self.get(path)
            && known.etag == entry.etag
        {
            entry.file = known.file;
        }
        self.insert(path, entry);
    }

    pub(crate) fn remove(&mut self, path: &str) {
        self.recent.remove(path);
        self.older.remove(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(etag: &str) -> Entry {
        Entry {
            size: 1,
            etag: etag.into(),
            xet_hash: None,
            modified: epoch(),
            seen: Instant::now(),
            file: Arc::default(),
        }
    }

    #[test]
    fn what_is_used_stays_and_the_number_is_bounded() {
        let mut entries = Entries::default();
        for i in 0..3 * GENERATION {
            entries.insert(format!("f{i}"), entry("a"));
            assert!(i < 100 || entries.get("f99").is_some());
        }
        assert!(entries.recent.len() + entries.older.len() <= 2 * GENERATION);
        assert!(entries.get("f0").is_none());
        entries.remove("f99");
        assert!(entries.get("f99").is_none());
    }

    #[test]
    fn a_file_that_is_listed_again_stays_open_unless_it_changed() {
        let mut entries = Entries::default();
        entries.insert("a", entry("1"));
        let file = entries.get("a").unwrap().file;
        entries.renew("a", entry("1"));
        assert!(Arc::ptr_eq(&file, &entries.get("a").unwrap().file));
        entries.renew("a", entry("2"));
        assert!(!Arc::ptr_eq(&file, &entries.get("a").unwrap().file));
    }
}
