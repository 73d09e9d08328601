//! Hashes files: SHA-256 for large file storage, git blob ids for files stored in git.

use hf_transport::digest::{GitBlobHasher, Sha256Hasher};
use hf_transport::{Error, ErrorKind, Result};
use hf_types::{GitSha1, Sha256};

use crate::content::Content;
use crate::source::short;

/// How many bytes are read at a time: large enough that system calls do not matter, small enough for the
/// cache of a core.
const HASH_BUFFER_BYTES: usize = 256 * 1024;

/// Returns the SHA-256 of a byte slice.
pub(crate) fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256Hasher::digest(bytes)
}

/// Returns the git blob id of a byte slice.
pub(crate) fn git_blob(bytes: &[u8]) -> GitSha1 {
    GitBlobHasher::digest(bytes)
}

/// Called with the number of bytes hashed since the last call. Returning `false` stops the work.
pub(crate) type OnBytes<'a> = &'a mut dyn FnMut(u64) -> bool;

/// Returns the error of a hash that is no longer needed.
fn cancelled() -> Error {
    Error::new(ErrorKind::Upload, "the upload has ended")
}

/// Returns the SHA-256 of the content. Blocking.
pub(crate) fn sha256_of(content: &Content, on_bytes: OnBytes<'_>) -> Result<Sha256> {
    if let Some(bytes) = content.in_memory() {
        on_bytes(bytes.len() as u64);
        return Ok(sha256(bytes));
    }
    let mut hasher = Sha256Hasher::new();
    read_whole(content, |piece| {
        hasher.update(piece);
        on_bytes(piece.len() as u64)
    })?;
    Ok(hasher.finish())
}

/// Returns the git blob id of the content. Blocking.
pub(crate) fn git_blob_of(content: &Content) -> Result<GitSha1> {
    if let Some(bytes) = content.in_memory() {
        return Ok(git_blob(bytes));
    }
    let mut hasher = GitBlobHasher::new(content.size);
    read_whole(content, |piece| {
        hasher.update(piece);
        true
    })?;
    Ok(hasher.finish())
}

/// Reads all bytes, and checks at the end that the file has not changed.
fn read_whole(content: &Content, mut piece: impl FnMut(&[u8]) -> bool) -> Result<()> {
    let (mut reader, len) = (content.open(0)?, content.size);
    let size = usize::try_from(len).unwrap_or(usize::MAX);
    let mut buffer = vec![0; HASH_BUFFER_BYTES.min(size.max(1))];
    let mut left = len;
    while left > 0 {
        let want = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let got = reader.fill(&mut buffer[..want])?;
        if !piece(&buffer[..got]) {
            return Err(cancelled());
        }
        left -= got as u64;
        if got < want {
            reader.check()?;
            return Err(short(&content.source, len, len - left));
        }
    }
    reader.check()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::operation::CommitOperationAdd;

    #[test]
    fn a_file_hashes_like_its_bytes_whatever_its_length() {
        for len in [
            0,
            1,
            HASH_BUFFER_BYTES - 1,
            HASH_BUFFER_BYTES,
            3 * HASH_BUFFER_BYTES + 7,
        ] {
            let bytes: Vec<u8> = (0..251).cycle().take(len).collect();
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            let op = CommitOperationAdd::from_path("x", file.path()).unwrap();
            let mut seen = 0;
            assert_eq!(
                sha256_of(op.content(), &mut |n| {
                    seen += n;
                    true
                })
                .unwrap(),
                sha256(&bytes)
            );
            assert_eq!(seen, len as u64);
            assert_eq!(git_blob_of(op.content()).unwrap(), git_blob(&bytes));
        }
    }

    #[test]
    fn a_prefix_hashes_like_its_bytes_while_the_file_grows() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"one line\n").unwrap();
        let op = CommitOperationAdd::from_path_prefix("x", file.path(), 9).unwrap();
        file.write_all(b"another").unwrap();
        assert_eq!(
            sha256_of(op.content(), &mut |_| true).unwrap(),
            sha256(b"one line\n")
        );
    }

    #[test]
    fn a_file_that_is_not_the_same_any_more() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        for (then, wanted) in [
            (Some("longer than before"), "grew"),
            (Some(""), "shrank"),
            (None, "gone"),
        ] {
            std::fs::write(&path, "before").unwrap();
            let op = CommitOperationAdd::from_path("x", &path).unwrap();
            match then {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            let error = sha256_of(op.content(), &mut |_| true).unwrap_err();
            assert!(error.to_string().contains(wanted), "{error}");
        }
    }
}
