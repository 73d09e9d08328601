//! Entry points of the fuzz targets, for everything that is read from a server, a caller's JSON or a file that others
//! write to. Not part of the API.
//!
//! Each takes any bytes and panics only if a promise is broken.

use std::path::{Component, Path};

use crate::commit_operation::CommitOperation;

pub use crate::copy::{CopyDestination, resolve_copy_target_path};

/// Reads operations of a commit: what is read is written so that it reads the same again, and its paths stay in the
/// repository.
pub fn operations(data: &[u8]) {
    // A path of this machine is for the tests.
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) else {
        return;
    };
    if value
        .get("path_or_fileobj")
        .is_some_and(serde_json::Value::is_string)
    {
        return;
    }
    let Ok(operation) = CommitOperation::from_json(&value) else {
        return;
    };
    let written = operation.to_json().expect("its bytes are in memory");
    let path = written["path_in_repo"].as_str().unwrap_or_default();
    if !matches!(operation, CommitOperation::Delete(_)) {
        let normal = |part: Component<'_>| matches!(part, Component::Normal(_));
        assert!(Path::new(path).components().all(normal), "{path:?}");
    }
    let again = CommitOperation::from_json(&written).expect("what was written is read");
    assert_eq!(again.to_json().expect("as before"), written);
}

/// Reads the index of hashes.
pub fn index(data: &[u8]) {
    crate::index::format::fuzz(data);
}

/// Reads the response of the LFS batch endpoint.
pub fn lfs(data: &[u8]) {
    crate::lfs::protocol::fuzz_response(data);
}

/// Finds the place of a copied file: below its destination.
pub fn copy_target(data: &[u8]) {
    let Some((flags, text)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let (src, root) = (next(), next());
    let destination = CopyDestination {
        path: next().to_owned(),
        is_folder: flags & 1 != 0,
        exists_as_folder: flags & 2 != 0,
    };
    let root = (flags & 4 != 0).then_some(root);
    let target = resolve_copy_target_path(src, root, flags & 8 != 0, &destination, flags & 16 != 0);
    if let Ok(target) = target {
        let folder = destination.path.trim_end_matches('/');
        assert!(
            target.starts_with(folder),
            "{target:?} is not below {folder:?}"
        );
    }
}
