//! Carries out a plan of removal, however old it is.
//!
//! A plan is made from a scan, and other processes may have downloaded files since. So everything is checked
//! again, under locks that keep downloads out: a repository keeps whatever its plan did not know about.
//!
//! The order of the steps leaves no dangling pointer if the process is killed in between: refs are removed
//! before snapshots, and links before blobs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::delete::{DeleteCacheStrategy, DeleteReport};
use super::hard_links::HardLinks;
use super::walk::{below, files_below};
use crate::store::fs;
use crate::store::lock::{Attempt, FileLock, Mode};
use crate::store::shared_blobs;

impl DeleteCacheStrategy {
    /// Executes the plan. Files that another process is downloading or has locked, and files needed by
    /// something downloaded since the plan was made, are skipped and listed in the report.
    pub fn execute(&self) -> DeleteReport {
        let mut report = DeleteReport::default();
        let shared = self.shared_contents();
        // Held to the end, so that no process starts to use what is being removed.
        let mut claims = Claims::default();
        let mut free = |path: &Path, report: &mut DeleteReport| {
            let busy = claims.check(&self.cache_dir, path);
            if let Some(why) = busy.clone() {
                report.skipped.push((path.to_path_buf(), why));
            }
            busy.is_none()
        };
        for path in &self.files {
            if free(path, &mut report) {
                remove(path, &mut report);
            }
        }
        for path in &self.refs {
            // A branch that has moved since the plan was made points to a revision that is kept.
            if free(path, &mut report) && self.is_planned(commit_of_ref(path)) {
                remove(path, &mut report);
            }
        }
        for path in &self.snapshots {
            if !free(path, &mut report) {
                continue;
            }
            if let Some(name) = ref_to(path) {
                let why = format!("`{name}` points to it since the plan was made");
                report.skipped.push((path.clone(), why));
            } else {
                remove(path, &mut report);
            }
        }
        for path in &self.repos {
            if !free(path, &mut report) {
                continue;
            }
            if let Some(new) = self.new_snapshot(path) {
                let why = format!("`{}` was downloaded since the plan was made", new.display());
                report.skipped.push((path.clone(), why));
            } else {
                remove_repo(path, &mut report);
            }
        }
        remove_blobs(&self.cache_dir, &self.blobs, &mut claims, &mut report);
        for content in &shared {
            shared_blobs::sweep(&self.cache_dir, content);
        }
        report
    }

    /// Returns the shared blobs that are linked by what is to be removed.
    fn shared_contents(&self) -> BTreeSet<PathBuf> {
        if !shared_blobs::is_store(&self.cache_dir) {
            return BTreeSet::new();
        }
        let inside = self
            .repos
            .iter()
            .flat_map(|repo| entries(&repo.join("blobs")));
        self.blobs
            .iter()
            .cloned()
            .chain(inside)
            .filter_map(|blob| shared_blobs::link_target(&self.cache_dir, &blob))
            .collect()
    }

    fn is_planned(&self, commit: Option<String>) -> bool {
        commit.is_some_and(|commit| {
            let named = |path: &PathBuf| path.file_name().is_some_and(|name| *name == *commit);
            self.snapshots.iter().any(named)
        })
    }

    /// Returns a snapshot of a repository that the plan does not know about, if there is one.
    fn new_snapshot(&self, repo: &Path) -> Option<PathBuf> {
        entries(&repo.join("snapshots")).find(|path| !self.known_snapshots.contains(path))
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|e| e.path())
}

fn commit_of_ref(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned())
}

/// Returns the name of a ref that points to a snapshot.
fn ref_to(snapshot: &Path) -> Option<String> {
    let commit = snapshot.file_name()?.to_str()?;
    let refs = snapshot.parent()?.parent()?.join("refs");
    let path = files_below(&refs)
        .ok()?
        .into_iter()
        .find(|path| commit_of_ref(path).is_some_and(|c| c == commit))?;
    Some(path.strip_prefix(&refs).ok()?.display().to_string())
}

/// Removes a repository; each pointer is removed before its target.
fn remove_repo(repo: &Path, report: &mut DeleteReport) {
    for first in ["refs", "snapshots"] {
        let _ = fs::remove_dir_all(repo.join(first));
    }
    remove(repo, report);
}

/// Removes those of `blobs` that no snapshot of their repository points to now.
pub(super) fn remove_blobs<'a>(
    cache_dir: &Path,
    blobs: impl IntoIterator<Item = &'a PathBuf>,
    claims: &mut Claims,
    report: &mut DeleteReport,
) {
    let mut needed: BTreeMap<PathBuf, Option<BTreeSet<PathBuf>>> = BTreeMap::new();
    for blob in blobs {
        if let Some(why) = claims.check(cache_dir, blob) {
            report.skipped.push((blob.clone(), why));
            continue;
        }
        let Some(repo) = blob.parent().and_then(Path::parent) else {
            continue;
        };
        let needed = needed
            .entry(repo.to_path_buf())
            .or_insert_with(|| contents_in_use(repo).ok());
        let why = match needed {
            Some(needed) if !needed.contains(blob) => {
                remove(blob, report);
                continue;
            }
            Some(_) => "a file that was downloaded since the plan was made needs it",
            None => "the files of its repository cannot be read",
        };
        report.skipped.push((blob.clone(), why.to_owned()));
    }
}

/// Returns the blobs that the snapshots of a repository point to, by symbolic or by hard links.
fn contents_in_use(repo: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut hard_links = HardLinks::new(repo.join("blobs"));
    for file in below(&repo.join("snapshots"))?.files {
        let first_hop = file.first_hop;
        found.extend(first_hop.or_else(|| hard_links.content_of(&file.path)));
    }
    Ok(found)
}

/// The repositories that were locked for removal, each once.
#[derive(Default)]
pub(super) struct Claims(BTreeMap<String, Result<FileLock, String>>);

impl Claims {
    /// Locks the repository that contains `path`, unless it is locked already. Returns the reason if it must
    /// not be touched.
    pub(super) fn check(&mut self, cache_dir: &Path, path: &Path) -> Option<String> {
        let Some(repo) = repo_of(cache_dir, path) else {
            return Some("it is not in the folder of a repository".to_owned());
        };
        let claim = self
            .0
            .entry(repo)
            .or_insert_with_key(|repo| claim(cache_dir, repo));
        claim.as_ref().err().cloned()
    }
}

/// Returns the name of the repository folder that contains `path`.
pub(super) fn repo_of(cache_dir: &Path, path: &Path) -> Option<String> {
    let mut parts = path.strip_prefix(cache_dir).ok()?.components();
    let name = parts.next()?.as_os_str().to_str()?;
    crate::store::layout::parse_repo_folder_name(name).ok()?;
    let inside = parts.all(|part| matches!(part, std::path::Component::Normal(_)));
    inside.then(|| name.to_owned())
}

/// Locks a repository for removal, if none of our downloads is in flight and no process (including Python's)
/// holds the lock of a blob; otherwise returns the reason.
fn claim(cache_dir: &Path, repo: &str) -> Result<FileLock, String> {
    let locks = cache_dir.join(".locks").join(repo);
    // If no lock was ever created, there is nothing to wait for and nothing to create.
    let usage = if locks.is_dir() {
        FileLock::try_acquire(&locks.join(".usage.lock"), Mode::Exclusive)
    } else {
        Attempt::Held(FileLock::none())
    };
    let Attempt::Held(usage) = usage else {
        return Err("another process is downloading into this repository".to_owned());
    };
    for path in entries(&locks) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == ".usage.lock" || !name.ends_with(".lock") {
            continue;
        }
        if FileLock::is_held(&path) {
            return Err(format!("another process holds `{}`", path.display()));
        }
    }
    Ok(usage)
}

pub(super) fn remove(path: &Path, report: &mut DeleteReport) {
    let removed = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(e) => Err(e),
    };
    match removed {
        Ok(()) => report.deleted += 1,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => report.skipped.push((path.to_path_buf(), e.to_string())),
    }
}
