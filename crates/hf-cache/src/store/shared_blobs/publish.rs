//! Moving content into the store.

use std::io;
use std::path::Path;

use hf_transport::Durability;
use hf_types::Sha256;

use super::{
    LAYOUT, MARKER, append_reference, beside, is_in_place, is_store, link_to, relative_blob,
    store_dir, store_path, usable, with_lock,
};
use crate::store::disk::{is_temp_name, temp_path, write_atomic};
use crate::store::fs;

/// Moves `blob` (`<repo>/blobs/<etag>`) into the store, which is created if there is none, and leaves a link in its place.
/// Its bytes must have been verified to have this Xet hash, as all repositories rely on them. Returns whether it is shared;
/// if not, it is the file that it was.
///
/// Content that the store has already is used instead, unless `replace` says that it may be damaged.
///
/// # Errors
/// If the blob has been moved and could neither be linked nor brought back. The next download finds it in the store.
pub(crate) fn publish(
    cache_dir: &Path,
    blob: &Path,
    xet_hash: &Sha256,
    size: u64,
    replace: bool,
) -> io::Result<bool> {
    let Some(relative) = relative_blob(cache_dir, blob).filter(|_| is_in_place(cache_dir, blob))
    else {
        return Ok(false);
    };
    let store_path = store_path(cache_dir, xet_hash);
    let link = temp_path(blob);
    let mut moved = false;
    let published = create_folders(cache_dir, &store_path).and_then(|()| {
        with_lock(&store_path, || {
            fs::symlink(&link_to(xet_hash), &link)?;
            // Before the link is visible, so that no link is ever without its line.
            append_reference(&beside(&store_path, ".refs"), &relative)?;
            if replace || !usable(&store_path, size) {
                restrict(cache_dir, blob, &store_path)?;
                fs::rename(blob, &store_path)?;
                moved = true;
            }
            fs::rename(&link, blob).or_else(|error| {
                if moved {
                    // Under the lock, before anybody can find that nothing links to it.
                    fs::hard_link(&store_path, blob)?;
                    moved = false;
                }
                Err(error)
            })
        })
    });
    let _ = fs::remove_file(&link);
    match published {
        Ok(()) => Ok(true),
        Err(error) if moved => Err(error),
        Err(error) => {
            tracing::debug!(path = %blob.display(), %error, "the content is not shared with other repositories");
            Ok(false)
        }
    }
}

/// Creates the folders of the store for this path. A folder of this name that somebody else has filled stays theirs.
fn create_folders(cache_dir: &Path, store_path: &Path) -> io::Result<()> {
    let store = store_dir(cache_dir);
    if !is_store(cache_dir) {
        create_folder(cache_dir, &store)?;
        for entry in fs::read_dir(&store)? {
            let name = entry?.file_name();
            let begun = name
                .to_str()
                .is_some_and(|name| name == MARKER || is_temp_name(name));
            if !begun {
                return Err(io::Error::other(
                    "the folder `blobs` of the cache belongs to something else",
                ));
            }
        }
        let marker = store.join(MARKER);
        if fs::symlink_metadata(&marker).is_err() {
            write_atomic(&marker, LAYOUT.as_bytes(), Durability::default())?;
            fs::set_mode(&marker, content_mode(cache_dir)?)?;
        }
        if !is_store(cache_dir) {
            return Err(io::Error::other("the store has a layout that is not known"));
        }
    }
    match store_path.parent() {
        Some(folder) => create_folder(cache_dir, folder),
        None => Ok(()),
    }
}

/// Creates a folder for those who may use the cache, unless it exists.
fn create_folder(cache_dir: &Path, folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => fs::set_mode(folder, mode_of(cache_dir)? & 0o3777),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let meta = fs::symlink_metadata(folder)?;
            let is_folder = meta.is_dir().then_some(());
            is_folder.ok_or_else(|| io::Error::other("there is no folder at its path"))
        }
        Err(e) => Err(e),
    }
}

/// Makes content read-only, for those who may use the cache.
fn restrict(cache_dir: &Path, blob: &Path, store_path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(blob)?.is_file() {
        return Err(io::Error::other("the content is not a plain file"));
    }
    let mode = content_mode(cache_dir)?;
    fs::set_mode(blob, mode)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let folder = store_path.parent().unwrap_or(store_path);
        let group = fs::metadata(folder)?.gid();
        if fs::symlink_metadata(blob)?.gid() != group {
            let others = mode & 0o004 != 0;
            // Without the group, only its owner could read it.
            chown(blob, None, Some(group)).or_else(|e| if others { Ok(()) } else { Err(e) })?;
        }
    }
    #[cfg(not(unix))]
    let _ = store_path;
    Ok(())
}

/// Returns the mode of content: read-only, for those who can enter the cache.
fn content_mode(cache_dir: &Path) -> io::Result<u32> {
    let mode = mode_of(cache_dir)?;
    Ok(0o400 | (mode & 0o010) << 2 | (mode & 0o001) << 2)
}

#[cfg(unix)]
fn mode_of(cache_dir: &Path) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(cache_dir)?.permissions().mode())
}

/// Elsewhere than on Unix, a read-only file could not be removed.
#[cfg(not(unix))]
fn mode_of(_cache_dir: &Path) -> io::Result<u32> {
    Ok(0o777)
}
