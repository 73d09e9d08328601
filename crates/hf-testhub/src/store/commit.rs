//! Commits, and the trees that they hold.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Entry, Oid, RepoState, Tree};
use crate::blob::sha1_hex;
use crate::card;

pub(crate) type Undo = Arc<Vec<(Arc<str>, Option<Arc<Entry>>)>>;

/// The files of a commit: the complete tree, or the differences from the commit that was made from
/// it.
///
/// Only the newest of a series of commits holds its complete tree, so that thousands of commits on
/// a large repository stay cheap.
pub(crate) enum Snapshot {
    Full(Arc<Tree>),
    Before { next: Oid, undo: Undo },
}

pub(crate) struct Commit {
    pub(crate) oid: Oid,
    pub(crate) parent: Option<Oid>,
    pub(crate) title: String,
    pub(crate) message: String,
    pub(crate) authors: Vec<String>,
    pub(crate) date: Timestamp,
    pub(crate) snapshot: Snapshot,
}

/// A path and its new state: a file, or nothing.
pub(crate) type Change = (Arc<str>, Option<Entry>);

pub(crate) struct CommitRequest {
    pub(crate) title: String,
    pub(crate) message: String,
    pub(crate) author: String,
    pub(crate) changes: Vec<Change>,
    /// A counter that makes ids unique, the same in every run.
    pub(crate) number: u64,
}

/// Creates a commit on `parent`, and points `reference` to it.
pub(crate) fn apply_changes(
    repo: &mut RepoState,
    reference: &str,
    parent: Option<&Oid>,
    request: CommitRequest,
) -> Oid {
    let oid: Oid = commit_oid(repo, parent, &request).into();
    let mut tree = parent
        .and_then(|parent| repo.tree(parent))
        .unwrap_or_default();
    // The parent gives up its tree if it is only accessible through its refs and history, from
    // which it can be recomputed: this takes one copy of a large tree, not one per commit.
    if let Some(commit) = parent.and_then(|parent| repo.commits.get_mut(parent)) {
        commit.snapshot = Snapshot::Full(Arc::default());
    }
    let files = Arc::make_mut(&mut tree);
    let mut undo = Vec::with_capacity(request.changes.len());
    let mut readme_changed = false;
    for (path, entry) in request.changes {
        readme_changed |= &*path == "README.md";
        let before = match entry {
            Some(mut entry) => {
                entry.last_commit = Arc::clone(&oid);
                files.insert(Arc::clone(&path), Arc::new(entry))
            }
            None => files.remove(&path),
        };
        undo.push((path, before));
    }
    undo.reverse();
    if readme_changed && reference == "refs/heads/main" {
        let text = files
            .get("README.md")
            .and_then(|entry| entry.blob.to_bytes());
        repo.card = text
            .and_then(|text| card::parse(&String::from_utf8_lossy(&text)).ok())
            .unwrap_or_default();
    }
    if let Some(parent) = parent.and_then(|parent| repo.commits.get_mut(parent)) {
        parent.snapshot = Snapshot::Before {
            next: Arc::clone(&oid),
            undo: Arc::new(undo),
        };
    }
    let now = Timestamp::now();
    repo.commits.insert(
        Arc::clone(&oid),
        Commit {
            oid: Arc::clone(&oid),
            parent: parent.cloned(),
            title: request.title,
            message: request.message,
            authors: vec![request.author],
            date: now,
            snapshot: Snapshot::Full(tree),
        },
    );
    repo.refs.insert(reference.to_owned(), Arc::clone(&oid));
    repo.modified = now;
    oid
}

fn commit_oid(repo: &RepoState, parent: Option<&Oid>, request: &CommitRequest) -> String {
    let mut text = format!(
        "commit {} {} {} {}\n{}\n",
        repo.name,
        repo.object_id,
        parent.map_or("", |parent| parent),
        request.number,
        request.title,
    );
    for (path, entry) in &request.changes {
        text.push_str(path);
        text.push(' ');
        text.push_str(entry.as_ref().map_or("-", |entry| &entry.oid));
        text.push('\n');
    }
    let mut oid = sha1_hex(&[text.as_bytes()]);
    if repo.long_ids {
        oid.push_str(&sha1_hex(&[b"more ", text.as_bytes()])[..24]);
    }
    oid
}
