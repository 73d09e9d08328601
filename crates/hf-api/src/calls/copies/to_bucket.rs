//! Copies into a bucket.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use hf_commit::{CopyDestination, resolve_copy_target_path};
use hf_types::{BucketTreeEntry, HfUri, RepoFile, RepoTreeEntry};

use super::super::bucket_batch::{BucketAdd, BucketCopy};
use super::repo_type;
use crate::{Error, ErrorKind, HfApi, Result};

/// Files that are downloaded at the same time.
const DOWNLOADS: usize = 8;

/// A source file: its path, and its Xet hash if it is in Xet storage.
struct Source {
    path: String,
    xet_hash: Option<String>,
}

pub(super) async fn copy(
    api: &HfApi,
    source: &HfUri,
    destination: &HfUri,
    merge: bool,
    folder: bool,
) -> Result<()> {
    let to = destination_of(api, destination, folder).await?;
    let (files, single) = if source.is_bucket() {
        bucket_files(api, source).await?
    } else {
        repo_files(api, source).await?
    };
    if files.is_empty() {
        return Err(Error::new(
            ErrorKind::EntryNotFound,
            format!("there is no file at {:?}", source.to_uri()),
        ));
    }
    let root = Some(source.path_in_repo()).filter(|path| !single && !path.is_empty());
    let mut batch = api.batch_bucket_files(destination.id());
    let (mut copies, mut regular) = (Vec::with_capacity(files.len()), Vec::new());
    for file in files {
        let target = resolve_copy_target_path(&file.path, root, single, &to, merge)?;
        match file.xet_hash {
            Some(xet_hash) => copies.push(BucketCopy {
                source_repo_type: source.r#type().as_str().to_owned(),
                source_repo_id: source.id().to_owned(),
                xet_hash,
                destination: target,
            }),
            None => regular.push((file.path, target)),
        }
    }
    batch.copy = Some(copies);
    batch.add = Some(fetched(api, source, regular).await?).filter(|adds| !adds.is_empty());
    batch.await
}

/// Downloads files that are not in Xet storage, to be added from there.
async fn fetched(
    api: &HfApi,
    source: &HfUri,
    files: Vec<(String, String)>,
) -> Result<Vec<BucketAdd>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let kind = repo_type(source)?;
    stream::iter(files)
        .map(|(path, target)| async move {
            let mut download = api.hf_hub_download(source.id(), path).repo_type(kind);
            download.revision = source.revision().into();
            Ok(BucketAdd::new(download.await?, target))
        })
        .buffered(DOWNLOADS)
        .try_collect()
        .await
}

/// Returns whether the destination is a folder that exists already.
async fn destination_of(api: &HfApi, uri: &HfUri, folder: bool) -> Result<CopyDestination> {
    let path = uri.path_in_repo();
    let at = |is_folder, exists_as_folder| {
        let mut destination = CopyDestination::default();
        path.clone_into(&mut destination.path);
        destination.is_folder = is_folder;
        destination.exists_as_folder = exists_as_folder;
        destination
    };
    if path.is_empty() {
        return Ok(at(true, true));
    }
    if !api
        .get_bucket_paths_info(uri.id(), [path])
        .await?
        .is_empty()
    {
        return Ok(at(false, false));
    }
    // The Hub compares prefixes as text: only the folder itself counts.
    let below = format!("{path}/");
    let mut listed = api
        .list_bucket_tree(uri.id())
        .prefix(path)
        .recursive(false)
        .stream();
    let mut exists = false;
    while let Some(entry) = listed.try_next().await? {
        exists |= entry.path() == path || entry.path().starts_with(&below);
    }
    Ok(at(exists || folder, exists))
}

async fn bucket_files(api: &HfApi, uri: &HfUri) -> Result<(Vec<Source>, bool)> {
    let path = uri.path_in_repo();
    let found = api.get_bucket_paths_info(uri.id(), [path]).await?;
    if let Some(file) = found.into_iter().next() {
        let source = Source {
            path: file.path,
            xet_hash: Some(file.xet_hash),
        };
        return Ok((vec![source], true));
    }
    let mut tree = api.list_bucket_tree(uri.id()).recursive(true);
    tree.prefix = Some(path.to_owned()).filter(|path| !path.is_empty());
    let below = format!("{path}/");
    let mut entries = tree.stream();
    let mut files = Vec::new();
    while let Some(entry) = entries.try_next().await? {
        if let BucketTreeEntry::File(file) = entry
            && (path.is_empty() || file.path == path || file.path.starts_with(&below))
        {
            files.push(Source {
                path: file.path,
                xet_hash: Some(file.xet_hash),
            });
        }
    }
    Ok((files, false))
}

async fn repo_files(api: &HfApi, uri: &HfUri) -> Result<(Vec<Source>, bool)> {
    let (path, kind) = (uri.path_in_repo(), repo_type(uri)?);
    let source = |file: RepoFile| Source {
        path: file.path,
        xet_hash: file.xet_hash,
    };
    if !path.is_empty() {
        let mut info = api.get_paths_info(uri.id(), path).repo_type(kind);
        info.revision = uri.revision().into();
        let mut found = info.await?;
        if let [RepoTreeEntry::File(_)] = found.as_slice()
            && let Some(RepoTreeEntry::File(file)) = found.pop()
        {
            return Ok((vec![source(file)], true));
        }
    }
    let mut tree = api.list_repo_tree(uri.id()).recursive(true).repo_type(kind);
    tree.path_in_repo = Some(path.to_owned()).filter(|path| !path.is_empty());
    tree.revision = uri.revision().into();
    let mut entries = tree.stream();
    let mut files = Vec::new();
    while let Some(entry) = entries.try_next().await? {
        // Git's own files have no meaning in a bucket.
        if let RepoTreeEntry::File(file) = entry
            && file.path.rsplit('/').next() != Some(".gitattributes")
        {
            files.push(source(file));
        }
    }
    Ok((files, false))
}
