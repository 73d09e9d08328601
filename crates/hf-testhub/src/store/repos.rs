//! Whole repositories: created, copied, found.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::{Change, CommitRequest, DEFAULT_GITATTRIBUTES, Entry, RepoState, State, apply_changes};
use crate::blob::Blob;
use crate::mimic::Mimic;
use crate::names::RepoName;

/// Creates a repository like the real Hub: with one commit that adds `.gitattributes`.
pub(crate) fn new_repo(state: &mut State, name: &RepoName, author: &str) {
    let object_id = state.object_id();
    let number = state.next_number();
    let mut repo = RepoState::new(name.clone(), object_id, Timestamp::now());
    repo.long_ids = state.settings.mimic == Mimic::KohakuHub;
    let attributes = first_file();
    let request = CommitRequest {
        title: "initial commit".to_owned(),
        message: String::new(),
        author: author.to_owned(),
        changes: vec![(Arc::from(".gitattributes"), Some(attributes))],
        number,
    };
    apply_changes(&mut repo, "refs/heads/main", None, request);
    state.insert_repo(repo);
}

/// Returns the `.gitattributes` that every repository starts with, which is hashed and stored once.
fn first_file() -> Entry {
    static ENTRY: OnceLock<Entry> = OnceLock::new();
    ENTRY
        .get_or_init(|| Entry::regular(Blob::from(DEFAULT_GITATTRIBUTES), Arc::from("")))
        .clone()
}

/// Copies the files of one repository to another, in one commit.
pub(crate) fn copy_repo(
    state: &mut State,
    from: &RepoName,
    to: &RepoName,
    author: &str,
    private: bool,
) {
    let object_id = state.object_id();
    let number = state.next_number();
    let Some(source) = state.repos.get_mut(from) else {
        return;
    };
    let head = source.resolve("main");
    let tree = head.and_then(|head| source.tree(&head)).unwrap_or_default();
    let mut repo = RepoState::new(to.clone(), object_id, Timestamp::now());
    repo.private = private;
    repo.sdk.clone_from(&source.sdk);
    repo.lfs.clone_from(&source.lfs);
    let request = CommitRequest {
        title: format!("Duplicate from {}", from.id),
        message: String::new(),
        author: author.to_owned(),
        changes: tree
            .iter()
            .map(|(path, entry)| (Arc::clone(path), Some((**entry).clone())))
            .collect(),
        number,
    };
    apply_changes(&mut repo, "refs/heads/main", None, request);
    state.insert_repo(repo);
}

/// Removes the files with these objects from the main branch.
pub(crate) fn forget_objects(repo: &mut RepoState, oids: &[String], author: &str, number: u64) {
    let Some(head) = repo.resolve("main") else {
        return;
    };
    let tree = repo.tree(&head).unwrap_or_default();
    let changes: Vec<Change> = tree
        .iter()
        .filter(|(_, entry)| {
            entry
                .lfs
                .as_ref()
                .is_some_and(|lfs| oids.contains(&lfs.sha256))
        })
        .map(|(path, _)| (Arc::clone(path), None))
        .collect();
    if !changes.is_empty() {
        let request = CommitRequest {
            title: "Delete LFS files".to_owned(),
            message: String::new(),
            author: author.to_owned(),
            changes,
            number,
        };
        apply_changes(repo, "refs/heads/main", Some(&head), request);
    }
}

/// Returns a repository that must be there.
pub(crate) fn existing<'a>(state: &'a mut State, name: &RepoName) -> &'a mut RepoState {
    state
        .repos
        .get_mut(name)
        .unwrap_or_else(|| panic!("there is no {name}"))
}
