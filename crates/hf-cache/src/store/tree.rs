//! The file list of a commit, kept on disk as `trees/<commit>.json` in the format of Python's client.
//!
//! A commit never changes, so its list is kept for ever. It provides sizes and hashes without a request per
//! file, and shows whether a snapshot is complete without any request.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hf_transport::Durability;
use hf_types::{CommitHash, Etag, RepoPath, Sha256, ValidationError};
use serde::Deserialize;

use super::disk::write_atomic_with;
use super::fs;

const FORMAT_VERSION: u32 = 1;

/// A file in the list of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct TreeFile {
    /// Unknown only while the list is in memory.
    pub(crate) size: Option<u64>,
    pub(crate) blob_id: Box<str>,
    #[serde(default)]
    pub(crate) lfs_sha256: Option<Box<str>>,
    #[serde(default)]
    pub(crate) lfs_size: Option<u64>,
    #[serde(default)]
    pub(crate) xet_hash: Option<Box<str>>,
}

impl TreeFile {
    /// Returns the size of the content in bytes (not of an LFS pointer).
    pub(crate) fn content_size(&self) -> Option<u64> {
        self.lfs_size.or(self.size)
    }

    /// Returns the ETag that the Hub sends for this file: the SHA-256 of LFS and Xet files, else the git
    /// blob's SHA-1.
    pub(crate) fn etag(&self) -> Result<Etag, ValidationError> {
        // Those without access to a gated repository see asterisks. It is the request for the file that says why.
        let shown = |sha: &&str| sha.bytes().any(|byte| byte != b'*');
        match self.lfs_sha256.as_deref().filter(shown) {
            Some(sha) => sha.parse::<Sha256>().and_then(|sha| sha.as_str().parse()),
            None => self
                .blob_id
                .parse::<hf_types::GitSha1>()
                .and_then(|id| id.as_str().parse()),
        }
    }
}

/// The files of one commit, sorted by path. The paths are as the server sent them; check them with
/// [`valid_path`] before use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) files: BTreeMap<Box<str>, TreeFile>,
}

impl Tree {
    /// Returns the paths that may differ from another one only in case.
    pub(crate) fn case_collisions(&self) -> HashSet<&str> {
        let mut hashes: Vec<u64> = self
            .files
            .keys()
            .map(|path| hash_without_case(path))
            .collect();
        hashes.sort_unstable();
        if hashes.windows(2).all(|pair| pair[0] != pair[1]) {
            return HashSet::new();
        }
        let mut seen: HashMap<String, &str> = HashMap::with_capacity(self.files.len());
        let mut found = HashSet::new();
        for path in self.files.keys() {
            if let Some(other) = seen.insert(lowercase(path), path) {
                found.extend([&**path, other]);
            }
        }
        found
    }
}

/// Converts each character on its own: whether two paths are the same to a disk does not depend on their words.
fn lowercase(path: &str) -> String {
    path.chars().flat_map(char::to_lowercase).collect()
}

/// Returns a hash that paths which differ only in case share, and few others. It costs some instructions, because nearly
/// every list has no such paths.
fn hash_without_case(path: &str) -> u64 {
    /// Of ASCII letters, what tells the cases apart. Other characters become equal to others, which does no harm.
    const LOWER: u64 = u64::from_ne_bytes([0x20; 8]);
    let lower = if path.is_ascii() {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(lowercase(path))
    };
    let (words, rest) = lower.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    words.iter().chain([&last]).fold(0, |hash: u64, word| {
        let word = u64::from_ne_bytes(*word) | LOWER;
        let mixed = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 32)
    })
}

/// Converts a path of the list into one that may name a local file.
pub(crate) fn valid_path(path: &str) -> Result<RepoPath, ValidationError> {
    let path: RepoPath = path.parse()?;
    if cfg!(windows) {
        path.local_safe()?;
    }
    Ok(path)
}

#[derive(Deserialize)]
struct OnDisk {
    format_version: u32,
    files: BTreeMap<Box<str>, TreeFile>,
}

fn tree_path(folder: &Path, commit: &CommitHash) -> PathBuf {
    folder.join("trees").join(format!("{commit}.json"))
}

/// Reads the list of `commit` below `folder` (a repository's folder, or a local folder's
/// `.cache/huggingface`).
///
/// A list that cannot be read or parsed counts as absent, because it is only a copy.
pub(crate) fn read_tree(folder: &Path, commit: &CommitHash) -> Option<Tree> {
    let path = tree_path(folder, commit);
    let text = fs::read(&path).ok()?;
    Tree::parse(&text).unwrap_or_else(|e| {
        tracing::warn!(path = %path.display(), error = %e, "ignoring a file list that cannot be read");
        None
    })
}

impl Tree {
    /// Reads a list; `None` if it is of a form that is not ours.
    pub(crate) fn parse(text: &[u8]) -> serde_json::Result<Option<Self>> {
        let found: OnDisk = serde_json::from_slice(text)?;
        let known = found.format_version == FORMAT_VERSION && valid_hashes(&found.files);
        Ok(known.then_some(Self { files: found.files }))
    }
}

/// Returns whether the list can be kept: one whose hashes were masked is of use only while access is refused.
fn valid_hashes(files: &BTreeMap<Box<str>, TreeFile>) -> bool {
    files
        .values()
        .flat_map(|file| [&file.lfs_sha256, &file.xet_hash])
        .flatten()
        .all(|hash| hash.parse::<Sha256>().is_ok())
}

/// Keeps the list of `commit`, on a best-effort basis, because it is only a copy.
pub(crate) fn write_tree(folder: &Path, commit: &CommitHash, tree: &Tree) {
    // Python's client reads no list without sizes.
    let sized = tree.files.values().all(|file| file.size.is_some());
    if !sized || !valid_hashes(&tree.files) {
        return;
    }
    let path = tree_path(folder, commit);
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| write_atomic_with(&path, Durability::default(), |out| render(out, tree)));
    if let Err(e) = written {
        tracing::warn!(path = %path.display(), error = %e, "could not store the file list");
    }
}

/// Writes the list byte for byte like Python's `json.dump(..., indent=1)`.
pub(crate) fn render(out: &mut impl Write, tree: &Tree) -> io::Result<()> {
    write!(
        out,
        "{{\n \"format_version\": {FORMAT_VERSION},\n \"files\": {{"
    )?;
    for (i, (path, file)) in tree.files.iter().enumerate() {
        out.write_all(if i == 0 { b"\n  " } else { b",\n  " })?;
        json_string(out, path)?;
        let size = file.size.unwrap_or_default();
        write!(out, ": {{\n   \"size\": {size},\n   \"blob_id\": ")?;
        json_string(out, &file.blob_id)?;
        if let Some(sha) = &file.lfs_sha256 {
            out.write_all(b",\n   \"lfs_sha256\": ")?;
            json_string(out, sha)?;
            match file.lfs_size {
                Some(size) => write!(out, ",\n   \"lfs_size\": {size}")?,
                None => out.write_all(b",\n   \"lfs_size\": null")?,
            }
        }
        if let Some(hash) = &file.xet_hash {
            out.write_all(b",\n   \"xet_hash\": ")?;
            json_string(out, hash)?;
        }
        out.write_all(b"\n  }")?;
    }
    out.write_all(if tree.files.is_empty() {
        b"}\n}"
    } else {
        b"\n }\n}"
    })
}

/// Writes a JSON string in ASCII, as Python does.
fn json_string(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut units = [0u16; 2];
    for c in text.chars() {
        match c {
            '"' => out.write_all(b"\\\"")?,
            '\\' => out.write_all(b"\\\\")?,
            '\n' => out.write_all(b"\\n")?,
            '\r' => out.write_all(b"\\r")?,
            '\t' => out.write_all(b"\\t")?,
            '\u{8}' => out.write_all(b"\\b")?,
            '\u{c}' => out.write_all(b"\\f")?,
            ' '..='~' => out.write_all(&[c as u8])?,
            c => {
                for unit in c.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
    }
    out.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(lfs: bool) -> TreeFile {
        TreeFile {
            size: Some(7),
            blob_id: "b".repeat(40).into(),
            lfs_sha256: lfs.then(|| "c".repeat(64).into()),
            lfs_size: lfs.then_some(1234),
            xet_hash: lfs.then(|| "d".repeat(64).into()),
        }
    }

    #[test]
    fn written_as_python_writes_it() {
        let mut tree = Tree::default();
        let mut out = Vec::new();
        render(&mut out, &tree).unwrap();
        assert_eq!(out, b"{\n \"format_version\": 1,\n \"files\": {}\n}");
        tree.files.insert("a/é\u{1F600}\u{7f}".into(), file(false));
        tree.files.insert("b".into(), file(true));
        out.clear();
        render(&mut out, &tree).unwrap();
        let expected = format!(
            "{{\n \"format_version\": 1,\n \"files\": {{\n  \"a/\\u00e9\\ud83d\\ude00\\u007f\": {{\n   \"size\": 7,\n   \
             \"blob_id\": \"{b}\"\n  }},\n  \"b\": {{\n   \"size\": 7,\n   \"blob_id\": \"{b}\",\n   \"lfs_sha256\": \
             \"{c}\",\n   \"lfs_size\": 1234,\n   \"xet_hash\": \"{d}\"\n  }}\n }}\n}}",
            b = "b".repeat(40),
            c = "c".repeat(64),
            d = "d".repeat(64)
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn paths_that_differ_only_in_case_are_found() {
        let mut tree = Tree::default();
        for path in [
            "README.md",
            "a/B",
            "a/b/c",
            "A/b",
            "readme.md",
            "É",
            "é",
            "x",
        ] {
            tree.files.insert(path.into(), file(false));
        }
        let mut found: Vec<_> = tree.case_collisions().into_iter().collect();
        found.sort_unstable();
        assert_eq!(found, ["A/b", "README.md", "a/B", "readme.md", "É", "é"]);
    }

    #[test]
    fn what_cannot_be_understood_counts_as_absent() {
        let dir = tempfile::tempdir().unwrap();
        let commit: CommitHash = "1".repeat(40).parse().unwrap();
        assert_eq!(read_tree(dir.path(), &commit), None);
        let mut tree = Tree::default();
        tree.files.insert("b".into(), file(true));
        write_tree(dir.path(), &commit, &tree);
        assert_eq!(read_tree(dir.path(), &commit), Some(tree.clone()));
        let path = tree_path(dir.path(), &commit);
        for bad in [
            "",
            "{",
            "{\"format_version\": 2, \"files\": {}}",
            "[]",
            "{\"format_version\":1,\"files\":{\"a\":{}}}",
        ] {
            std::fs::write(&path, bad).unwrap();
            assert_eq!(read_tree(dir.path(), &commit), None, "{bad}");
        }
        fs::remove_file(&path).unwrap();
        tree.files.get_mut("b").unwrap().xet_hash = Some("../x".into());
        write_tree(dir.path(), &commit, &tree);
        assert!(!path.exists());
    }

    #[test]
    fn hashes_and_sizes_of_a_file() {
        assert_eq!(file(true).etag().unwrap(), *"c".repeat(64));
        assert_eq!(file(false).etag().unwrap(), *"b".repeat(40));
        assert_eq!(
            (file(true).content_size(), file(false).content_size()),
            (Some(1234), Some(7))
        );
        let mut bad = file(false);
        bad.blob_id = "../../x".into();
        assert!(bad.etag().is_err());
    }

    proptest! {
        #[test]
        fn paths_that_differ_only_in_case_are_found_whatever_they_are(
            paths in prop::collection::btree_set("[aAbBéÉΣσςK\u{212a}/_ -]{1,12}", 0..40),
        ) {
            let lower = |path: &str| path.chars().flat_map(char::to_lowercase).collect::<String>();
            let collides = |path: &&String| paths.iter().any(|other| other != *path && lower(other) == lower(path));
            let expected: HashSet<&str> = paths.iter().filter(collides).map(String::as_str).collect();
            let files = paths.iter().map(|path| (path.as_str().into(), file(false))).collect();
            let tree = Tree { files };
            prop_assert_eq!(tree.case_collisions(), expected);
        }

        #[test]
        fn any_name_comes_back(names in proptest::collection::btree_set(".{0,20}", 0..20)) {
            let tree = Tree { files: names.iter().map(|n| (n.as_str().into(), file(false))).collect() };
            let mut out = Vec::new();
            render(&mut out, &tree).unwrap();
            let back: OnDisk = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(back.files, tree.files);
        }
    }
}
