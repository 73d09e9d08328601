//! Merging a pull request.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::response::HubError;
use crate::store::{Change, CommitRequest, Discussion, Oid, RepoState, Tree, apply_changes};

/// Applies the changes of a pull request since its base to the main branch.
pub(super) fn merge(
    repo: &mut RepoState,
    discussion: &Discussion,
    user: &str,
    number: u64,
) -> Result<Oid, HubError> {
    let num = discussion.num;
    let (Some(base), "open" | "draft") = (discussion.base.clone(), discussion.status) else {
        return Err(HubError::bad_request(
            "Only an open pull request can be merged",
        ));
    };
    let title = format!("{} (#{num})", discussion.title);
    let head = repo
        .resolve(&format!("refs/pr/{num}"))
        .unwrap_or_else(|| Arc::clone(&base));
    let before = repo.tree(&base).unwrap_or_default();
    let after = repo.tree(&head).unwrap_or_default();
    let main = repo.resolve("main");
    let message = String::new();
    let author = user.to_owned();
    let changes = difference(&before, &after);
    let request = CommitRequest {
        title,
        message,
        author,
        changes,
        number,
    };
    Ok(apply_changes(
        repo,
        "refs/heads/main",
        main.as_ref(),
        request,
    ))
}

fn difference(before: &Tree, after: &Tree) -> Vec<Change> {
    let mut changes: BTreeMap<_, _> = before
        .keys()
        .filter(|path| !after.contains_key(*path))
        .map(|path| (Arc::clone(path), None))
        .collect();
    for (path, entry) in after {
        if before.get(path).is_none_or(|old| !old.same_content(entry)) {
            changes.insert(Arc::clone(path), Some((**entry).clone()));
        }
    }
    changes.into_iter().collect()
}
