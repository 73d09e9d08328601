//! Finds the snapshot on disk when the Hub could not be reached.

use std::path::{Path, PathBuf};

use hf_transport::{Error, ErrorKind, Result};
use hf_types::RepoPath;
use hf_types::patterns::PatternSet;

use crate::call::destination::CachedSnapshot;
use crate::call::fallback::{not_cached, warn_stale};
use crate::store::layout::join_path;
use crate::store::tree::{Tree, read_tree};

/// How many missing files an error names.
const NAMED: usize = 20;

/// The requested part of a snapshot, and what is on disk.
pub(super) struct Lookup {
    /// The name of the snapshot in messages.
    pub(super) what: String,
    pub(super) patterns: PatternSet,
    pub(super) metadata_dir: PathBuf,
    pub(super) cached: Option<CachedSnapshot>,
}

impl Lookup {
    /// Returns the folder of the snapshot if all requested files exist. Blocks on the disk.
    pub(super) fn run(self, cause: Option<Error>) -> Result<PathBuf> {
        let Some(CachedSnapshot { commit, root }) = self.cached else {
            return Err(not_cached(cause, &self.what));
        };
        // Without a file list there is no way to know what is missing; what exists is what an earlier call
        // requested.
        let missing = commit
            .and_then(|commit| read_tree(&self.metadata_dir, &commit))
            .map_or_else(Vec::new, |tree| missing(&self.patterns, &tree, &root));
        if !missing.is_empty() {
            return Err(incomplete(&self.what, &missing, cause));
        }
        warn_stale(&self.what, cause.as_ref());
        Ok(root)
    }
}

fn missing(patterns: &PatternSet, tree: &Tree, root: &Path) -> Vec<String> {
    let is_there = |path: &str| {
        path.parse::<RepoPath>()
            .is_ok_and(|path| join_path(root.to_path_buf(), &path).is_file())
    };
    tree.files
        .keys()
        .filter(|path| patterns.matches(path) && !is_there(path))
        .map(ToString::to_string)
        .collect()
}

fn incomplete(what: &str, missing: &[String], cause: Option<Error>) -> Error {
    let named: Vec<_> = missing
        .iter()
        .take(NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    let mut names = named.join(", ");
    if missing.len() > NAMED {
        names = format!("{names} and {} more", missing.len() - NAMED);
    }
    let count = missing.len();
    let error = Error::new(
        ErrorKind::IncompleteSnapshot,
        format!("{what} is cached, but {count} of its files are missing: {names}"),
    )
    .with_hint("download it again with network access to complete it");
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}

/// Returns the error of a plan that could not be compared with the Hub.
pub(super) fn plan_needs_hub(cause: Option<Error>) -> Error {
    let error = Error::new(
        ErrorKind::DryRun,
        "a dry run compares the disk with the Hub, which could not be reached",
    );
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}
