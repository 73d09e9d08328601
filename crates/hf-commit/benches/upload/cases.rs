//! The folders that are uploaded.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use hf_transport::{Error, Result};

use crate::failed;

/// Files of one folder of the uploaded one.
const FILES_PER_FOLDER: usize = 500;

/// A folder, and how far away the Hub is.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    files: usize,
    bytes: usize,
    /// Bytes of one more file, which has no content on disk.
    sparse: u64,
    pub(crate) latency: Duration,
}

pub(crate) const CASES: [Case; 6] = [
    case("small", 2_000, 1_000, 0),
    case("many", 200, 5 << 20, 0),
    case("far", 200, 5 << 20, 40),
    case("large", 1, 2 << 30, 0),
    case("folder", 20_000, 1_000, 0),
    case("huge", 100_000, 1_000, 0),
];

const fn case(name: &'static str, files: usize, bytes: usize, millis: u64) -> Case {
    Case {
        name,
        files,
        bytes,
        sparse: 0,
        latency: Duration::from_millis(millis),
    }
}

impl Case {
    /// One file of `sparse` bytes among `files` of 1 KB.
    pub(crate) fn sparse(sparse: u64, files: usize) -> Self {
        Self {
            sparse,
            ..case("sparse", files, 1_000, 0)
        }
    }

    /// Whether hashing what arrives would take the Hub longer than the upload.
    pub(crate) fn is_trusted(&self) -> bool {
        self.sparse > 0
    }

    pub(crate) fn count(&self) -> usize {
        self.files + usize::from(self.sparse > 0)
    }

    /// The files, no two alike.
    pub(crate) fn fill(&self) -> Result<tempfile::TempDir> {
        let dir = tempfile::tempdir().map_err(failed("no folder"))?;
        let mut content = vec![0; self.bytes];
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        for word in content.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        let end = if self.bytes > 100_000 { "bin" } else { "txt" };
        for i in 0..self.files {
            content[..8].copy_from_slice(&i.to_le_bytes());
            let folder = folder(dir.path(), i / FILES_PER_FOLDER)?;
            std::fs::write(folder.join(format!("f{i:06}.{end}")), &content)
                .map_err(failed("no file"))?;
        }
        if self.sparse > 0 {
            let path = folder(dir.path(), 0)?.join("sparse.bin");
            File::create(path)
                .and_then(|file| file.set_len(self.sparse))
                .map_err(failed("no sparse file"))?;
        }
        Ok(dir)
    }
}

fn folder(root: &Path, number: usize) -> Result<std::path::PathBuf> {
    let folder = root.join(format!("d{number:03}"));
    std::fs::create_dir_all(&folder).map_err(failed("no folder"))?;
    Ok(folder)
}

/// `50GB`, `2GiB`, or bytes.
pub(crate) fn parse_size(text: &str) -> Result<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => 1,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => 0,
    };
    digits
        .parse()
        .ok()
        .and_then(|number: u64| number.checked_mul(unit))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| Error::validation(format!("{text:?} is no size")))
}
