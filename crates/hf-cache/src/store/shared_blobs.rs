//! The store that Python's client shares between repositories: `<cache_dir>/blobs/<2 hex>/<xet hash>`.
//!
//! A repository's `blobs/<etag>` may be a relative link into the store. Each shared blob has a manifest
//! (`<xet hash>.refs`) that lists the links to it, but only as a hint: every line is checked, and a blob
//! without a readable manifest is never removed. Only content that was verified by its Xet hash is added
//! ([`publish`]), as it serves all repositories.

mod publish;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use hf_transport::Durability;
use hf_types::{RepoType, Sha256};

use super::disk::{link_text, target_of, temp_path, write_atomic};
use super::fs::{self, File, OpenOptions};

pub(crate) use publish::publish;

const STORE: &str = "blobs";
const MARKER: &str = ".huggingface-shared-blobs";
const LAYOUT: &str = "1\n";

/// Returns the folder of the store, which may not exist or not be a store; see [`is_store`].
pub(crate) fn store_dir(cache_dir: &Path) -> PathBuf {
    cache_dir.join(STORE)
}

/// Returns whether `cache_dir` has a store of a known layout.
pub(crate) fn is_store(cache_dir: &Path) -> bool {
    let dir = store_dir(cache_dir);
    let marker = dir.join(MARKER);
    fs::symlink_metadata(&dir).is_ok_and(|m| m.is_dir())
        && is_file(&marker)
        && fs::read_to_string(&marker).is_ok_and(|text| text == LAYOUT)
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|m| m.is_file())
}

pub(crate) fn store_path(cache_dir: &Path, xet_hash: &Sha256) -> PathBuf {
    let hash = xet_hash.as_str();
    let mut path = store_dir(cache_dir);
    path.push(&hash[..2]);
    path.push(hash);
    path
}

fn beside(store_path: &Path, ending: &str) -> PathBuf {
    let mut name = store_path
        .file_name()
        .map(ToOwned::to_owned)
        .unwrap_or_default();
    name.push(ending);
    store_path.with_file_name(name)
}

/// Returns whether the store has this blob, with the right size and readable.
pub(crate) fn has(cache_dir: &Path, xet_hash: &Sha256, size: u64) -> bool {
    is_store(cache_dir) && usable(&store_path(cache_dir, xet_hash), size)
}

fn usable(store_path: &Path, size: u64) -> bool {
    fs::symlink_metadata(store_path).is_ok_and(|m| m.is_file() && m.len() == size)
        && fs::open_regular(store_path).is_ok()
}

/// Makes `blob` (`<repo>/blobs/<etag>`) a link to the shared blob, if the store has it. Any failure counts as
/// a miss.
pub(crate) fn try_link(cache_dir: &Path, blob: &Path, xet_hash: &Sha256, size: u64) -> bool {
    let Some(relative) = relative_blob(cache_dir, blob) else {
        return false;
    };
    let store_path = store_path(cache_dir, xet_hash);
    if !is_store(cache_dir) || !usable(&store_path, size) || !is_in_place(cache_dir, blob) {
        return false;
    }
    let link = temp_path(blob);
    let linked = with_lock(&store_path, || {
        if !usable(&store_path, size) {
            return Ok(false);
        }
        fs::symlink(&link_to(xet_hash), &link)?;
        append_reference(&beside(&store_path, ".refs"), &relative)?;
        fs::rename(&link, blob)?;
        Ok(true)
    });
    let _ = fs::remove_file(&link);
    linked.unwrap_or_else(|e| {
        tracing::debug!(path = %blob.display(), error = %e, "could not use the shared content");
        false
    })
}

/// Returns the text of a link in `<repo>/blobs` to a shared blob.
fn link_to(xet_hash: &Sha256) -> PathBuf {
    let hash = xet_hash.as_str();
    format!("../../{STORE}/{}/{hash}", &hash[..2]).into()
}

/// Returns whether such a link leads into the store from the place of `blob`. It does not if the user has replaced the
/// folder of the repository, or its `blobs`, with a link.
fn is_in_place(cache_dir: &Path, blob: &Path) -> bool {
    let folder = |path: Option<&Path>| fs::canonicalize(path?).ok();
    let above = blob.parent().map(|blobs| blobs.join("../.."));
    folder(above.as_deref()).is_some_and(|found| Some(found) == folder(Some(cache_dir)))
}

/// Runs `work` under the lock of a shared blob. Publication, new links and removal exclude each other,
/// including Python's.
fn with_lock<T>(store_path: &Path, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let path = beside(store_path, ".lock");
    if fs::symlink_metadata(&path).is_ok_and(|m| !m.is_file()) {
        return Err(io::Error::other(
            "the lock of the shared content is not a plain file",
        ));
    }
    let lock = open_shared(
        &path,
        OpenOptions::new().write(true).create(true).truncate(false),
    )?;
    lock.lock()?;
    work()
}

/// Opens a lock or a manifest. It is writable by those who can write to its folder, which users of a shared
/// cache need, and by nobody else, who could make the store forget what is in use.
fn open_shared(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    let mode = {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let folder = path.parent().map_or(Ok(0), |folder| {
            fs::metadata(folder).map(|m| m.permissions().mode())
        })?;
        let mode = 0o644 | (folder & 0o022);
        options.mode(mode);
        mode
    };
    let file = fs::open(options, path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The mode of a new file is limited by the umask; that of another user's file cannot be set.
        let now = file.metadata()?.permissions().mode() & 0o777;
        if now != mode {
            let _ = fs::set_mode(path, mode);
        }
    }
    Ok(file)
}

/// Appends a line to a manifest. It is synced to disk before the link is visible, so that no link is ever
/// without its line.
fn append_reference(manifest: &Path, relative: &str) -> io::Result<()> {
    if fs::symlink_metadata(manifest).is_ok_and(|m| !m.is_file()) {
        return Err(io::Error::other(
            "the manifest of the shared content is not a plain file",
        ));
    }
    let mut file = open_shared(manifest, OpenOptions::new().append(true).create(true))?;
    file.write_all(format!("{relative}\n").as_bytes())?;
    file.sync_all()
}

/// Returns `models--a--b/blobs/<etag>`, if `blob` is such a path in this cache.
fn relative_blob(cache_dir: &Path, blob: &Path) -> Option<String> {
    let relative = blob.strip_prefix(cache_dir).ok()?;
    let parts: Vec<&str> = relative
        .components()
        .map(|c| match c {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let [repo, STORE, etag] = parts[..] else {
        return None;
    };
    let (prefix, rest) = repo.split_once("--")?;
    RepoType::from_plural(prefix)?;
    let ok = !rest.is_empty() && !etag.is_empty() && !relative.to_str()?.contains(['\n', '\r']);
    ok.then(|| format!("{repo}/{STORE}/{etag}"))
}

/// Returns the shared blob that a repository's blob links to, if it does. It need not exist.
pub(crate) fn link_target(cache_dir: &Path, blob: &Path) -> Option<PathBuf> {
    relative_blob(cache_dir, blob)?;
    let path = target_of(blob, &fs::read_link(blob).ok()?);
    let relative = path.strip_prefix(store_dir(cache_dir)).ok()?;
    let mut parts = relative
        .components()
        .map(|c| c.as_os_str().to_str().unwrap_or_default());
    let (prefix, hash) = (parts.next()?, parts.next()?);
    let known = hash
        .parse::<Sha256>()
        .is_ok_and(|h| h.as_str().starts_with(prefix) && prefix.len() == 2);
    (known && parts.next().is_none()).then_some(path)
}

/// Returns the links in the manifest that do lead to this blob, or `None` if the manifest is unreliable.
fn references(cache_dir: &Path, store_path: &Path) -> Option<BTreeSet<PathBuf>> {
    let manifest = beside(store_path, ".refs");
    if !is_file(&manifest) {
        return None;
    }
    let text = fs::read_to_string(&manifest).ok()?;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let blob = cache_dir.join(line);
        if relative_blob(cache_dir, &blob).as_deref() != Some(line) {
            continue;
        }
        match link_text(&blob) {
            Ok(Some(_)) if link_target(cache_dir, &blob).as_deref() == Some(store_path) => {
                found.insert(blob);
            }
            // Gone, or no longer a link: not a reference. Any other error leaves the question open.
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(_) => return None,
        }
    }
    Some(found)
}

/// Returns all links of repositories into the store, by shared blob. Manifests may be incomplete or tampered
/// with, so nothing is removed before the links themselves were examined. Returns `None` if that is not
/// possible.
fn links(cache_dir: &Path) -> Option<BTreeMap<PathBuf, BTreeSet<PathBuf>>> {
    let mut found: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for repo in fs::read_dir(cache_dir).ok()? {
        let blobs = match fs::read_dir(repo.ok()?.path().join(STORE)) {
            Ok(blobs) => blobs,
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                continue;
            }
            Err(_) => return None,
        };
        for blob in blobs {
            let blob = blob.ok()?;
            if !blob.file_type().ok()?.is_symlink() {
                continue;
            }
            if let Some(content) = link_target(cache_dir, &blob.path()) {
                found.entry(content).or_default().insert(blob.path());
            }
        }
    }
    Some(found)
}

/// Returns all blobs of the store.
pub(crate) fn contents(cache_dir: &Path) -> Vec<PathBuf> {
    if !is_store(cache_dir) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for prefix in fs::read_dir(store_dir(cache_dir))
        .into_iter()
        .flatten()
        .flatten()
    {
        if !prefix.file_type().is_ok_and(|t| t.is_dir()) {
            continue;
        }
        for entry in fs::read_dir(prefix.path()).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let ours = name.to_str().is_some_and(|name| {
                name.parse::<Sha256>().is_ok() && prefix.file_name().to_str() == Some(&name[..2])
            });
            if ours && entry.file_type().is_ok_and(|t| t.is_file()) {
                found.push(entry.path());
            }
        }
    }
    found
}

/// Returns the blobs that no repository links to any more, with their sizes in bytes.
pub(crate) fn unreferenced(cache_dir: &Path) -> Vec<(PathBuf, u64)> {
    let candidates: Vec<PathBuf> = contents(cache_dir)
        .into_iter()
        .filter(|path| references(cache_dir, path).is_some_and(|refs| refs.is_empty()))
        .collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    let Some(links) = links(cache_dir) else {
        return Vec::new();
    };
    candidates
        .into_iter()
        .filter(|path| !links.contains_key(path))
        .filter_map(|path| Some((fs::symlink_metadata(&path).ok()?.len(), path)))
        .map(|(size, path)| (path, size))
        .collect()
}

/// Returns how many bytes are freed with `links`, if these are all the links to this blob.
pub(crate) fn freed_with(cache_dir: &Path, store_path: &Path, links: &BTreeSet<PathBuf>) -> u64 {
    match references(cache_dir, store_path) {
        Some(refs) if !refs.is_empty() && refs.is_subset(links) => {
            fs::symlink_metadata(store_path).map_or(0, |m| m.len())
        }
        _ => 0,
    }
}

/// Removes a blob that no repository links to any more, and returns the number of bytes freed.
pub(crate) fn sweep(cache_dir: &Path, store_path: &Path) -> u64 {
    let swept = with_lock(store_path, || {
        let Some(mut refs) = references(cache_dir, store_path) else {
            return Ok(0);
        };
        if refs.is_empty() {
            let Some(mut links) = links(cache_dir) else {
                return Ok(0);
            };
            refs = links.remove(store_path).unwrap_or_default();
        }
        let manifest = beside(store_path, ".refs");
        if !refs.is_empty() {
            let lines = refs.iter().filter_map(|l| relative_blob(cache_dir, l));
            let text: String = lines.map(|line| line + "\n").collect();
            write_atomic(&manifest, text.as_bytes(), Durability::Fsync)?;
            open_shared(&manifest, OpenOptions::new().append(true))?;
            return Ok(0);
        }
        let size = fs::symlink_metadata(store_path)?.len();
        fs::remove_file(store_path)?;
        fs::remove_file(&manifest)?;
        Ok(size)
    });
    swept.unwrap_or_else(|e| {
        tracing::debug!(path = %store_path.display(), error = %e, "could not remove shared content");
        0
    })
}

#[cfg(all(test, unix))]
mod tests;
