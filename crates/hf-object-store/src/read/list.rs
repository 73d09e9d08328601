//! Listing, page by page.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use futures_util::stream::{BoxStream, StreamExt as _};
use hf_api::ErrorKind;
use hf_api::types::{BucketTreeEntry, RepoTreeEntry};
use object_store::path::Path;
use object_store::{ListResult, ObjectMeta, Result};

use crate::entry::Entry;
use crate::error::convert;
use crate::inner::Inner;
use crate::location::HubLocation;
use crate::view::Snapshot;

/// A file or a folder, whichever of the two kinds of trees it is in.
enum Listed {
    File(String, Box<Entry>),
    Folder(String),
}

impl Inner {
    /// Lists all files below a prefix.
    pub(crate) async fn list(
        self: &Arc<Self>,
        prefix: Path,
    ) -> Result<BoxStream<'static, Result<ObjectMeta>>> {
        let snapshot = self.snapshot_to_list(&prefix).await?;
        let tree = self.tree(&snapshot, &prefix, true);
        let metas = tree.try_filter_map(move |listed| {
            let meta = match listed {
                Listed::File(path, entry) if below(&path, &prefix) => {
                    remember(&snapshot, &path, *entry).map(Some)
                }
                Listed::File(..) | Listed::Folder(_) => Ok(None),
            };
            std::future::ready(meta)
        });
        Ok(metas.boxed())
    }

    /// Lists the files and the folders in a folder.
    pub(crate) async fn list_folder(self: &Arc<Self>, prefix: Path) -> Result<ListResult> {
        let snapshot = self.snapshot_to_list(&prefix).await?;
        let (mut objects, mut folders) = (Vec::new(), BTreeSet::new());
        let mut only_itself = false;
        // A bucket may be listed by prefixes that are texts: then the folder is in the list, and not what is in it.
        for recursive in [false, true] {
            let mut tree = self.tree(&snapshot, &prefix, recursive);
            while let Some(listed) = tree.try_next().await? {
                let (Listed::File(path, _) | Listed::Folder(path)) = &listed;
                if path == prefix.as_ref() {
                    only_itself = matches!(listed, Listed::Folder(_));
                }
                if !below(path, &prefix) {
                    continue;
                }
                let rest = match prefix.as_ref().len() {
                    0 => 0,
                    length => length + 1,
                };
                match (path[rest..].find('/'), listed) {
                    (Some(slash), Listed::File(path, _) | Listed::Folder(path)) => {
                        folders.insert(path[..rest + slash].to_owned());
                    }
                    (None, Listed::Folder(path)) => {
                        folders.insert(path);
                    }
                    (None, Listed::File(path, entry)) => {
                        objects.push(remember(&snapshot, &path, *entry)?);
                    }
                }
            }
            if !(only_itself && objects.is_empty() && folders.is_empty()) {
                break;
            }
        }
        Ok(ListResult {
            common_prefixes: folders.iter().map(Path::parse).collect::<Result<_, _>>()?,
            objects,
        })
    }

    async fn snapshot_to_list(self: &Arc<Self>, prefix: &Path) -> Result<Arc<Snapshot>> {
        self.flush_before_reading().await?;
        self.snapshot(prefix.as_ref()).await
    }

    /// Streams the pages of the tree below a prefix. A prefix that is no folder has no entries.
    fn tree(
        &self,
        snapshot: &Snapshot,
        prefix: &Path,
        recursive: bool,
    ) -> BoxStream<'static, Result<Listed>> {
        let date = snapshot.date;
        let folder = prefix.as_ref().to_owned();
        let listed = match &self.location {
            HubLocation::Repo { repo_type, id, .. } => {
                let mut call = self
                    .api
                    .list_repo_tree(id)
                    .repo_type(*repo_type)
                    .revision(snapshot.commit)
                    .recursive(recursive);
                if !folder.is_empty() {
                    call = call.path_in_repo(folder.as_str());
                }
                call.stream()
                    .try_filter_map(move |entry| {
                        std::future::ready(Ok(match entry {
                            RepoTreeEntry::File(file) => {
                                let entry = Entry::of_repo(&file, date);
                                Some(Listed::File(file.path, Box::new(entry)))
                            }
                            RepoTreeEntry::Folder(folder) => Some(Listed::Folder(folder.path)),
                            _ => None,
                        }))
                    })
                    .boxed()
            }
            HubLocation::Bucket(id) => {
                let mut call = self.api.list_bucket_tree(id).recursive(recursive);
                if !folder.is_empty() {
                    call = call.prefix(folder.as_str());
                }
                call.stream()
                    .try_filter_map(move |entry| {
                        std::future::ready(Ok(match entry {
                            BucketTreeEntry::File(file) => {
                                let entry = Entry::of_bucket(&file);
                                Some(Listed::File(file.path, Box::new(entry)))
                            }
                            BucketTreeEntry::Folder(folder) => Some(Listed::Folder(folder.path)),
                            _ => None,
                        }))
                    })
                    .boxed()
            }
        };
        let in_folder = !folder.is_empty();
        listed
            .scan((), move |(), item| {
                std::future::ready(match item {
                    Err(error) if in_folder && error.kind() == ErrorKind::EntryNotFound => None,
                    item => Some(item.map_err(|error| convert(error, &*folder))),
                })
            })
            .boxed()
    }
}

/// Keeps what is known of a file, so that it can be read without looking it up.
fn remember(snapshot: &Snapshot, path: &str, entry: Entry) -> Result<ObjectMeta> {
    let meta = entry.meta(Path::parse(path)?, snapshot.version());
    snapshot.entries().renew(path, entry);
    Ok(meta)
}

/// Whether a path is in the folder `prefix`.
fn below(path: &str, prefix: &Path) -> bool {
    let prefix = prefix.as_ref();
    prefix.is_empty()
        || path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}
