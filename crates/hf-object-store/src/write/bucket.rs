//! Changes of buckets: each is a batch of its own.

use std::sync::Arc;

use hf_api::ErrorKind;
use hf_api::calls::bucket_batch::{BucketAdd, BucketCopy};
use hf_api::types::BucketId;
use object_store::path::Path;
use object_store::{Error as StoreError, PutResult, Result};

use crate::change::Condition;
use crate::content::Content;
use crate::entry::Entry;
use crate::error::{STORE, convert, exists, not_found, precondition};
use crate::inner::Inner;
use crate::location::HubLocation;
use crate::view::{Snapshot, many};

impl Inner {
    pub(super) async fn put_into_bucket(
        self: &Arc<Self>,
        id: &BucketId,
        location: &Path,
        content: Content,
        condition: Condition,
    ) -> Result<PutResult> {
        let path = location.as_ref();
        let _turn = self.turn(&condition).await;
        self.check_bucket(location, &condition).await?;
        let add = BucketAdd::new(content.source(), path);
        let batch = self.api.batch_bucket_files(id).add([add]).await;
        batch.map_err(|error| convert(error, path))?;
        let snapshot = self.snapshot(path).await?;
        snapshot.entries().remove(path);
        let entry = self.look_up(&snapshot, path).await?;
        Ok(PutResult {
            e_tag: entry.map(|entry| entry.etag.to_string()),
            version: None,
        })
    }

    /// Lets one conditional write after the other of this store look and write.
    async fn turn(&self, condition: &Condition) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        match condition {
            Condition::Always => None,
            _ => Some(self.writer.checking.lock().await),
        }
    }

    /// Looks whether a condition holds, if the store is configured to.
    async fn check_bucket(&self, location: &Path, condition: &Condition) -> Result<()> {
        let (path, place) = (location.as_ref(), self.location.to_string());
        let operation = match condition {
            Condition::Always | Condition::Exists => return Ok(()),
            Condition::Create => "writing a file of a bucket only if there is none",
            Condition::Update(_) => "writing a file of a bucket only if it is unchanged",
        };
        if !self.settings.check_then_write {
            return Err(StoreError::NotImplemented {
                operation: format!("{operation} (see `check_then_write`)"),
                implementer: STORE.to_owned(),
            });
        }
        let snapshot = self.snapshot(path).await?;
        let found = self.look_up(&snapshot, path).await?;
        match (condition, found) {
            (Condition::Create, Some(_)) => Err(exists(path, &place)),
            (Condition::Update(expected), found) => {
                let etag = found.map(|entry| entry.etag.to_string());
                if etag.is_some() && etag == expected.e_tag {
                    return Ok(());
                }
                Err(precondition(
                    path,
                    format!("the file in {place} has the ETag {etag:?}, expected {expected:?}"),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Deletes files with one batch; each has a result of its own.
    pub(crate) async fn delete_from_bucket(&self, paths: Vec<Result<Path>>) -> Vec<Result<Path>> {
        let HubLocation::Bucket(id) = &self.location else {
            return paths;
        };
        let place = self.location.to_string();
        let wanted = paths.iter().flatten().map(Path::to_string).collect();
        let outcome = async {
            let snapshot = self.view.get(&self.api, &self.location).await?;
            let found = many(&self.api, &self.location, &snapshot, wanted).await?;
            if !found.is_empty() {
                let deleted: Vec<String> = found.keys().cloned().collect();
                self.api.batch_bucket_files(id).delete(deleted).await?;
            }
            let mut entries = snapshot.entries();
            for path in found.keys() {
                entries.remove(path);
            }
            drop(entries);
            Ok::<_, hf_api::Error>(found)
        }
        .await;
        let result = |path: Path| match &outcome {
            Ok(found) if found.contains_key(path.as_ref()) => Ok(path),
            Ok(_) => Err(not_found(path.as_ref(), &place)),
            Err(error) => Err(convert(error.clone(), path.as_ref())),
        };
        paths
            .into_iter()
            .map(|path| path.and_then(result))
            .collect()
    }

    /// Copies or moves a file within the bucket; no bytes are moved.
    pub(super) async fn copy_in_bucket(
        self: &Arc<Self>,
        id: &BucketId,
        from: &Path,
        to: &Path,
        condition: &Condition,
        remove: bool,
    ) -> Result<()> {
        let snapshot = self.snapshot(from.as_ref()).await?;
        let source = self.present(&snapshot, from).await?;
        let _turn = self.turn(condition).await;
        self.check_bucket(to, condition).await?;
        let copy = BucketCopy::new("bucket", id.as_str(), &*source.etag, to.as_ref());
        let mut batch = self.api.batch_bucket_files(id).copy([copy]);
        if remove && from != to {
            batch = batch.delete([from.to_string()]);
        }
        batch.await.map_err(|error| match error.kind() {
            ErrorKind::BucketBatch => crate::error::generic(error),
            _ => convert(error, from.as_ref()),
        })?;
        let mut entries = snapshot.entries();
        entries.remove(to.as_ref());
        if remove {
            entries.remove(from.as_ref());
        }
        Ok(())
    }

    async fn present(&self, snapshot: &Snapshot, path: &Path) -> Result<Entry> {
        let found = self.look_up(snapshot, path.as_ref()).await?;
        found.ok_or_else(|| not_found(path.as_ref(), &self.location.to_string()))
    }
}
