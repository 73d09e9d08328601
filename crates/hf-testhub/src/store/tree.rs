//! The files of a commit, and listings of them.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::ops::Bound;
use std::sync::Arc;

use sha1::{Digest, Sha1};

use super::Oid;
use crate::blob::{Blob, hex};

/// The files of a commit by path, in byte order.
pub(crate) type Tree = BTreeMap<Arc<str>, Arc<Entry>>;

/// The LFS object of a large file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lfs {
    pub(crate) sha256: String,
    pub(crate) pointer_size: usize,
}

/// A file of a commit.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) blob: Blob,
    /// The blob id in git: that of the pointer for a large file.
    pub(crate) oid: String,
    pub(crate) lfs: Option<Lfs>,
    /// The commit that last changed the file.
    pub(crate) last_commit: Oid,
}

impl Entry {
    pub(crate) fn regular(blob: Blob, commit: Oid) -> Self {
        Self {
            oid: blob.git_oid().to_owned(),
            blob,
            lfs: None,
            last_commit: commit,
        }
    }

    pub(crate) fn large(blob: Blob, commit: Oid) -> Self {
        let sha256 = blob.sha256().to_owned();
        let pointer = pointer(&sha256, blob.len());
        Self {
            oid: Blob::from(pointer.as_str()).git_oid().to_owned(),
            lfs: Some(Lfs {
                sha256,
                pointer_size: pointer.len(),
            }),
            blob,
            last_commit: commit,
        }
    }

    /// Returns the ETag of the content, without quotes: the SHA-256 of a large file, the blob id of
    /// any other.
    pub(crate) fn etag(&self) -> &str {
        self.lfs.as_ref().map_or(&self.oid, |lfs| &lfs.sha256)
    }

    pub(crate) fn same_content(&self, other: &Self) -> bool {
        self.oid == other.oid
    }
}

/// Returns the pointer that git stores for a large file.
pub(crate) fn pointer(sha256: &str, size: u64) -> String {
    format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n")
}

/// The contents of a directory listing.
pub(crate) struct Listing {
    /// Directories with the git ids of their trees, by path.
    pub(crate) directories: Vec<(String, String)>,
    /// Files, by path.
    pub(crate) files: Vec<(Arc<str>, Arc<Entry>)>,
}

/// The maximum number of cached listings. When it is exceeded, all of them are dropped.
const MOST_LISTINGS: usize = 64;

/// Listings by commit, folder and depth.
#[derive(Default)]
pub(crate) struct ListingCache(HashMap<(Oid, String, bool), Option<Arc<Listing>>>);

impl ListingCache {
    /// Lists the contents of `folder` in a commit, once for all pages.
    pub(crate) fn list(
        &mut self,
        commit: &Oid,
        tree: &Tree,
        folder: &str,
        recursive: bool,
    ) -> Option<Arc<Listing>> {
        let key = (Arc::clone(commit), folder.to_owned(), recursive);
        if let Some(listing) = self.0.get(&key) {
            return listing.clone();
        }
        if self.0.len() >= MOST_LISTINGS {
            self.0.clear();
        }
        let listing = list(tree, folder, recursive).map(Arc::new);
        self.0.insert(key, listing.clone());
        listing
    }
}

/// Iterates over the files whose paths begin with `prefix`.
pub(crate) fn under<'a, 'p>(
    tree: &'a Tree,
    prefix: &'p str,
) -> impl Iterator<Item = (&'a Arc<str>, &'a Arc<Entry>)> + use<'a, 'p> {
    tree.range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
        .take_while(move |(path, _)| path.starts_with(prefix))
}

/// Lists the contents of `folder` ("" is the root). Returns `None` if there is no such folder.
pub(crate) fn list(tree: &Tree, folder: &str, recursive: bool) -> Option<Listing> {
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    let inside: Vec<_> = under(tree, &prefix).collect();
    if inside.is_empty() && !folder.is_empty() {
        return None;
    }
    let mut found = BTreeMap::new();
    tree_oid(&inside, prefix.len(), &mut found);
    let directories = found
        .into_iter()
        .filter(|(path, _)| recursive || !path[prefix.len()..].contains('/'))
        .collect();
    let files = inside
        .into_iter()
        .filter(|(path, _)| recursive || !path[prefix.len()..].contains('/'))
        .map(|(path, entry)| (Arc::clone(path), Arc::clone(entry)))
        .collect();
    Some(Listing { directories, files })
}

/// Returns the git id of the tree object made of `entries` (sorted), whose names start at `depth`,
/// and records the ids of all directories below.
fn tree_oid(
    entries: &[(&Arc<str>, &Arc<Entry>)],
    depth: usize,
    found: &mut BTreeMap<String, String>,
) -> String {
    // Git sorts a directory as if its name ended in a slash.
    let mut rows: Vec<(String, bool, String)> = Vec::new();
    let mut at = 0;
    while at < entries.len() {
        let (path, entry) = entries[at];
        let rest = &path[depth..];
        if let Some(slash) = rest.find('/') {
            let until = depth + slash + 1;
            let folder = &path[..until];
            let count = entries[at..]
                .iter()
                .take_while(|(other, _)| other.starts_with(folder))
                .count();
            let oid = tree_oid(&entries[at..at + count], until, found);
            found.insert(folder.trim_end_matches('/').to_owned(), oid.clone());
            rows.push((rest[..=slash].to_owned(), true, oid));
            at += count;
        } else {
            rows.push((rest.to_owned(), false, entry.oid.clone()));
            at += 1;
        }
    }
    rows.sort();
    let mut body = Vec::new();
    for (name, is_folder, oid) in rows {
        let mode = if is_folder { "40000" } else { "100644" };
        body.extend_from_slice(format!("{mode} {}\0", name.trim_end_matches('/')).as_bytes());
        body.extend(
            (0..oid.len() / 2).map(|i| u8::from_str_radix(&oid[2 * i..2 * i + 2], 16).unwrap_or(0)),
        );
    }
    let mut head = String::new();
    let _ = write!(head, "tree {}\0", body.len());
    let mut hash = Sha1::new();
    hash.update(head);
    hash.update(body);
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        paths
            .iter()
            .map(|path| {
                let entry = Entry::regular(Blob::from(*path), "c".into());
                (Arc::from(*path), Arc::new(entry))
            })
            .collect()
    }

    #[test]
    fn lists_folders_first_and_below_on_request() {
        let tree = tree(&["a.txt", "b/c/d.txt", "b/e.txt", "b.txt"]);
        let top = list(&tree, "", false).unwrap();
        assert_eq!(
            top.directories
                .iter()
                .map(|d| d.0.as_str())
                .collect::<Vec<_>>(),
            ["b"]
        );
        assert_eq!(
            top.files.iter().map(|f| &*f.0).collect::<Vec<_>>(),
            ["a.txt", "b.txt"]
        );
        let all = list(&tree, "", true).unwrap();
        assert_eq!(
            all.directories
                .iter()
                .map(|d| d.0.as_str())
                .collect::<Vec<_>>(),
            ["b", "b/c"]
        );
        assert_eq!(all.files.len(), 4);
        let inner = list(&tree, "b", false).unwrap();
        assert_eq!(inner.directories[0].0, "b/c");
        assert_eq!(inner.files.len(), 1);
        assert!(list(&tree, "a.txt", false).is_none());
        assert!(list(&tree, "nope", false).is_none());
    }

    #[test]
    fn folder_ids_are_those_of_git() {
        // `git mktree` of one blob "hello\n" named "f".
        let mut tree = Tree::new();
        let entry = Entry::regular(Blob::from("hello\n"), "c".into());
        tree.insert(Arc::from("d/f"), Arc::new(entry));
        let listing = list(&tree, "", false).unwrap();
        assert_eq!(listing.directories[0].1, git_oracle());
    }

    /// sha1("tree 29\0" + "100644 f\0" + raw id of "hello\n").
    fn git_oracle() -> String {
        let mut body = b"100644 f\0".to_vec();
        body.extend_from_slice(&[
            0xce, 0x01, 0x36, 0x25, 0x03, 0x0b, 0xa8, 0xdb, 0xa9, 0x06, 0xf7, 0x56, 0x96, 0x7f,
            0x9e, 0x9c, 0xa3, 0x94, 0x46, 0x4a,
        ]);
        crate::blob::sha1_hex(&[b"tree 29\0", &body])
    }
}
