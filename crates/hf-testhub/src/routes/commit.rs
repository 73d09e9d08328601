//! `POST /api/{type}s/{id}/commit/{revision}`: NDJSON with one operation per line.
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value, json};

use super::{Request, RouteResult, discussions, own, see};
use crate::blob::Blob;
use crate::hub::Hub;
use crate::names::RepoName;
use crate::response::{HubError, HubResponse};
use crate::store::{
    Change, CommitRequest, Entry, Oid, RepoState, State, Tree, apply_changes, under,
};
use crate::xet::learn;

/// A commit request.
#[derive(Default)]
struct Parsed {
    summary: String,
    description: String,
    parent: Option<String>,
    operations: Vec<(String, Value)>,
}

pub(super) fn commit(hub: &Hub, request: &Request, name: &RepoName, revision: &str) -> RouteResult {
    let author = request.user()?.to_owned();
    let create_pr = request.flag("create_pr");
    learn(hub, Some(name));
    let mut state = hub.change();
    // Whoever may read may propose a pull request; only owners may push.
    if create_pr {
        see(&mut state, request, name)?;
        request.writer()?;
    } else {
        own(&mut state, request, name)?;
    }
    let parsed = parse(&request.body)?;

    let repo = see(&mut state, request, name)?;
    let reference = match repo.full_ref(revision) {
        Some(reference) => reference,
        // A pull request may start from any commit.
        None if create_pr && repo.resolve(revision).is_some() => revision.to_owned(),
        None if repo.resolve(revision).is_some() => {
            return Err(HubError::bad_request(format!(
                "Cannot commit to {revision}: not a branch"
            ))
            .into());
        }
        None => return Err(HubError::revision_not_found(revision).into()),
    };
    if reference.starts_with("refs/tags/") && !create_pr {
        return Err(
            HubError::bad_request(format!("Cannot commit to {revision}: not a branch")).into(),
        );
    }
    let head = repo
        .resolve(&reference)
        .ok_or_else(|| HubError::revision_not_found(revision))?;
    let mut base = Arc::clone(&head);
    if let Some(parent) = &parsed.parent {
        let known = repo
            .resolve(parent)
            .ok_or_else(|| HubError::bad_request(format!("Invalid parent commit: {parent}")))?;
        if !create_pr && known != head {
            let message = "A commit has happened since. Please refresh and try again.";
            return Err(HubError::new(StatusCode::PRECONDITION_FAILED, message).into());
        }
        base = known;
    }
    let tree = repo.tree(&base).unwrap_or_default();
    let changes = changes(&mut state, name, &tree, &parsed.operations)?;
    // A second reference would make the new commit copy the whole tree.
    drop(tree);

    let number = state.next_number();
    let title = parsed.summary;
    let commit = CommitRequest {
        title: title.clone(),
        message: parsed.description.clone(),
        author: author.clone(),
        changes,
        number,
    };
    let repo = see(&mut state, request, name)?;
    let (reference, pull_request) = if create_pr {
        let num = discussions::open_pull_request(
            repo,
            &title,
            &parsed.description,
            &author,
            "open",
            &base,
        );
        (format!("refs/pr/{num}"), Some(num))
    } else {
        (reference, None)
    };
    note_large_files(repo, &commit.changes, &reference, &author);
    let oid = apply_changes(repo, &reference, Some(&base), commit);
    let url = format!("{}/{name}", hub.endpoint());
    let mut body = json!({
        "success": true,
        "commitOid": &*oid,
        "commitUrl": format!("{url}/commit/{oid}"),
        "hookOutput": "",
    });
    if let Some(num) = pull_request {
        body["pullRequestUrl"] = format!("{url}/discussions/{num}").into();
    }
    if request.flag("hot_reload") {
        body["hotReloaded"] = false.into();
    }
    Ok(HubResponse::json(&body))
}

fn bad(line: usize, what: &str) -> HubError {
    HubError::bad_request(format!("✖ Invalid input: {what}\n  → at line {line}"))
}

fn parse(body: &[u8]) -> Result<Parsed, HubError> {
    let mut parsed = Parsed::default();
    let mut header = false;
    let lines = body
        .split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(i, line)| (i + 1, line));
    for (number, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let mut row: Value = serde_json::from_slice(line)
            .map_err(|error| bad(number, &format!("no JSON ({error})")))?;
        let key = row
            .get("key")
            .and_then(Value::as_str)
            .ok_or_else(|| bad(number, "expected a key"))?
            .to_owned();
        let value = row
            .get_mut("value")
            .map(Value::take)
            .ok_or_else(|| bad(number, "expected a value"))?;
        if key != "header" {
            parsed.operations.push((key, value));
            continue;
        }
        if header {
            return Err(bad(number, "a second header"));
        }
        header = true;
        let text = |name: &str| {
            value
                .get(name)
                .and_then(Value::as_str)
                .map(ToOwned::to_owned)
        };
        parsed.summary = text("summary")
            .filter(|s| !s.is_empty())
            .ok_or_else(|| bad(number, "expected a summary"))?;
        parsed.description = text("description").unwrap_or_default();
        parsed.parent = text("parentCommit");
    }
    if header {
        Ok(parsed)
    } else {
        Err(HubError::bad_request(
            "✖ Invalid input: the commit has no header",
        ))
    }
}

/// Checks that a path is valid in a repository.
pub(crate) fn legal_path(path: &str) -> Result<&str, HubError> {
    let bad = path.is_empty()
        || path.starts_with('/')
        || path
            .split('/')
            .any(|part| matches!(part, "" | "." | ".." | ".git"))
        || path.contains('\0');
    if bad {
        return Err(HubError::bad_request(format!("Invalid path: {path:?}")));
    }
    Ok(path)
}

fn changes(
    state: &mut State,
    name: &RepoName,
    tree: &Tree,
    operations: &[(String, Value)],
) -> Result<Vec<Change>, HubError> {
    let mut changes: BTreeMap<Arc<str>, Option<Entry>> = BTreeMap::new();
    let no_commit: Oid = Arc::from("");
    for (key, value) in operations {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let path = text("path").ok_or_else(|| {
            HubError::bad_request(format!(
                "✖ Invalid input: expected string\n  → at {key}.path"
            ))
        })?;
        match key.as_str() {
            "file" => {
                let path = legal_path(path)?;
                let content = text("content").unwrap_or_default();
                let content = match text("encoding") {
                    Some("base64") => STANDARD.decode(content).map_err(|error| {
                        HubError::bad_request(format!("Invalid base64 content for {path}: {error}"))
                    })?,
                    None | Some("utf-8") => content.as_bytes().to_vec(),
                    Some(other) => {
                        return Err(HubError::bad_request(format!(
                            "Unknown encoding {other} for {path}"
                        )));
                    }
                };
                if content.len() as u64 > state.settings.lfs_threshold {
                    return Err(HubError::bad_request(format!(
                        "Your push was rejected because it contains files larger than 10 MiB. Offending files: {path}"
                    )));
                }
                let entry = Entry::regular(Blob::from(content), Arc::clone(&no_commit));
                changes.insert(Arc::from(path), Some(entry));
            }
            "lfsFile" => {
                let path = legal_path(path)?;
                let oid = text("oid").unwrap_or_default().to_lowercase();
                let present = state
                    .repos
                    .get(name)
                    .is_some_and(|repo| repo.lfs.contains_key(&oid));
                let blob = state.objects.get(&oid).filter(|_| present);
                let Some(blob) = blob else {
                    return Err(HubError::bad_request(format!(
                        "LFS pointer pointed to a file that does not exist. Offending file: {path}, object {oid}"
                    )));
                };
                if let Some(size) = value.get("size").and_then(Value::as_u64)
                    && size != blob.len()
                {
                    return Err(HubError::bad_request(format!(
                        "LFS object of {path} has {} bytes, not {size}",
                        blob.len()
                    )));
                }
                let entry = Entry::large(blob.clone(), Arc::clone(&no_commit));
                changes.insert(Arc::from(path), Some(entry));
            }
            "deletedFile" | "deletedEntry" => {
                if !tree.contains_key(path) && !changes.get(path).is_some_and(Option::is_some) {
                    // The name of a folder, without the trailing slash.
                    let prefix = format!("{}/", path.trim_end_matches('/'));
                    let inside: Vec<Arc<str>> = under(tree, &prefix)
                        .map(|(path, _)| Arc::clone(path))
                        .collect();
                    if !inside.is_empty() {
                        changes.extend(inside.into_iter().map(|path| (path, None)));
                        continue;
                    }
                    return Err(HubError::entry_not_found(format!(
                        "A file with this name doesn't exist: {path}"
                    )));
                }
                changes.insert(Arc::from(path), None);
            }
            "deletedFolder" => {
                let prefix = format!("{}/", path.trim_end_matches('/'));
                let inside: Vec<Arc<str>> = under(tree, &prefix)
                    .map(|(path, _)| Arc::clone(path))
                    .collect();
                if inside.is_empty() {
                    return Err(HubError::entry_not_found(format!(
                        "A folder with this name doesn't exist: {path}"
                    )));
                }
                changes.retain(|path, _| !path.starts_with(&prefix));
                changes.extend(inside.into_iter().map(|path| (path, None)));
            }
            "copyFile" => {
                let path = legal_path(path)?;
                let source = text("srcPath").unwrap_or_default();
                let entry = match text("srcRev") {
                    None => tree.get(source).cloned(),
                    Some(revision) => state.repos.get_mut(name).and_then(|repo| {
                        let oid = repo.resolve(revision)?;
                        repo.tree(&oid)?.get(source).cloned()
                    }),
                };
                let entry = entry.ok_or_else(|| {
                    HubError::entry_not_found(format!(
                        "A file with this name doesn't exist: {source}"
                    ))
                })?;
                changes.insert(Arc::from(path), Some((*entry).clone()));
            }
            other => {
                return Err(HubError::bad_request(format!(
                    "✖ Invalid option: {other:?}\n  → at key"
                )));
            }
        }
    }
    clash_free(tree, &changes)?;
    Ok(changes.into_iter().collect())
}

/// Rejects changes that make a path both a file and a folder.
fn clash_free(tree: &Tree, changes: &BTreeMap<Arc<str>, Option<Entry>>) -> Result<(), HubError> {
    let there = |path: &str| match changes.get(path) {
        Some(change) => change.is_some(),
        None => tree.contains_key(path),
    };
    for path in changes
        .iter()
        .filter(|(_, entry)| entry.is_some())
        .map(|(path, _)| path)
    {
        for (slash, _) in path.match_indices('/') {
            if there(&path[..slash]) {
                return Err(HubError::bad_request(format!(
                    "{path}: {} is a file",
                    &path[..slash]
                )));
            }
        }
    }
    Ok(())
}

/// Records when large objects were first used, for `lfs-files`.
pub(crate) fn note_large_files(
    repo: &mut RepoState,
    changes: &[Change],
    reference: &str,
    author: &str,
) {
    for (path, entry) in changes {
        if let Some(lfs) = entry.as_ref().and_then(|entry| entry.lfs.as_ref())
            && let Some(record) = repo.lfs.get_mut(&lfs.sha256)
        {
            record.filename = Some(path.to_string());
            reference.clone_into(&mut record.reference);
            author.clone_into(&mut record.pusher);
        }
    }
}
