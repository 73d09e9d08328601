//! Entry points of the fuzz targets, for everything that is read from a server or from a folder that others write to.
//! Not part of the API.
//!
//! Each takes any bytes and panics only if a promise is broken.

use std::path::{Component, Path};

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, LINK};
use http::{HeaderMap, HeaderValue};

use crate::fetch::metadata::{content_coding, content_range, content_size, link_with_rel};
use crate::store::layout::{parse_repo_folder_name, repo_folder_name};
use crate::store::local_dir::LocalMetadata;
use crate::store::partial::is_owned_partial;
use crate::store::pieces::{PIECE, PieceMap};
use crate::store::tree::{Tree, render, valid_path};

/// Reads `Content-Range`, `Content-Length`, `Content-Encoding` and `Link`: a range has bytes, and they are in the file.
pub fn headers(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in [CONTENT_RANGE, CONTENT_LENGTH, CONTENT_ENCODING, LINK] {
        if let Some(Ok(value)) = lines.next().map(HeaderValue::from_bytes) {
            headers.insert(name, value);
        }
    }
    let _ = content_coding(&headers);
    let whole = content_size(&headers);
    if let Some(range) = content_range(&headers) {
        assert!(range.start < range.end, "{range:?}");
        if let Some(size) = range.size {
            assert!(range.end <= size, "{range:?}");
            assert!(whole.is_none_or(|whole| whole == size), "{range:?}");
        }
    }
    if let Some(link) = headers.get(LINK).and_then(|link| link.to_str().ok())
        && let Some(url) = link_with_rel(link, "xet-auth")
    {
        assert!(link.contains(url) && !url.contains('>'));
    }
}

/// Reads the notes of a cache and of a local folder: what is read is written so that it reads the same again, and no
/// name leads out of its folder.
pub fn notes(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Some(note) = LocalMetadata::parse(text) {
        inside(note.etag.as_str());
        inside(note.commit.as_str());
        // Times are kept to a microsecond.
        let written = note.to_text();
        let again = LocalMetadata::parse(&written).expect("what was written is read");
        assert_eq!(again.to_text(), written);
    }
    if let Ok((repo_type, repo_id)) = parse_repo_folder_name(text) {
        assert_eq!(repo_folder_name(repo_type, &repo_id), text);
    }
    if is_owned_partial(text) {
        assert!(text.ends_with(".incomplete"));
    }
}

/// Reads the list of a commit: what is read is written so that it reads the same again.
pub fn tree(data: &[u8]) {
    let Ok(Some(tree)) = Tree::parse(data) else {
        return;
    };
    for (path, file) in &tree.files {
        if let Ok(path) = valid_path(path) {
            inside(path.as_str());
        }
        if let Ok(etag) = file.etag() {
            inside(etag.as_str());
            assert!(!etag.as_str().contains('/'));
        }
    }
    // Neither a size without its hash nor an unknown one is written.
    let whole = tree
        .files
        .values()
        .all(|file| file.size.is_some() && (file.lfs_sha256.is_some() || file.lfs_size.is_none()));
    if whole {
        let mut written = Vec::new();
        render(&mut written, &tree).expect("memory takes everything");
        assert_eq!(Tree::parse(&written).expect("it was written"), Some(tree));
    }
}

/// Reads the map of a partial download: it never counts more than the file has, and is written as it was read.
pub fn pieces(data: &[u8]) {
    let Some((size, map)) = data.split_first_chunk::<8>() else {
        return;
    };
    // Up to 64 pieces: the length of the map is checked against the file before.
    let size = u64::from_le_bytes(*size) % (64 * PIECE);
    let Some(mut map) = PieceMap::parse(map, size) else {
        return;
    };
    assert_eq!(map.to_bytes(), data[8..]);
    let lacking: u64 = map.missing().iter().map(|part| part.end - part.start).sum();
    assert_eq!(lacking + map.total(), size);
    assert!(map.frontier() <= size);
    for part in map.missing() {
        map.add(part.start, part.end - part.start);
    }
    assert_eq!((map.total(), map.frontier()), (size, size));
}

fn inside(name: &str) {
    let normal = |part: Component<'_>| matches!(part, Component::Normal(_));
    assert!(
        !name.is_empty() && Path::new(name).components().all(normal),
        "{name:?}"
    );
}
