//! Contents of files that are added to a bucket.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use futures_util::stream::{self, StreamExt as _};
use hf_cas::upload::UploadSource;
use hf_commit::BucketUpload;
use hf_transport::progress::ProgressEvent;
use hf_transport::spawn_blocking;
use hf_types::BucketId;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::BucketAdd;
use super::content_type::content_type;
use crate::calls::uploads::FileSource;
use crate::{Error, HfApi, Result};

/// In progress events.
const OPERATION: &str = "batch_bucket_files";
/// Files whose sizes are looked up at the same time.
const LOOKUPS: usize = 8;

/// What the `addFile` operation of a file says beside its hash.
struct Pending {
    path: String,
    mtime: u64,
    content_type: Option<&'static str>,
}

/// Brings the contents of `adds` to storage, and sends the `addFile` operation of each to `added` as soon as the
/// storage has it, with its index.
pub(super) async fn upload(
    api: &HfApi,
    bucket: &BucketId,
    adds: Vec<BucketAdd>,
    added: mpsc::UnboundedSender<(usize, Value)>,
) -> Result<()> {
    let files = adds.len() as u64;
    let pending: Mutex<HashMap<u64, Pending>> = Mutex::default();
    let locked = || pending.lock().unwrap_or_else(PoisonError::into_inner);
    let contents = stream::iter(adds.into_iter().zip(0_u64..))
        .map(|(add, index)| async move { (index, spawn_blocking(move || prepare(add)).await) })
        .buffered(LOOKUPS)
        .map(|(index, prepared)| match prepared {
            Ok((content, file)) => {
                locked().insert(index, file);
                content.with_id(index)
            }
            // The error of the file ends the upload.
            Err(error) => UploadSource::new("", 1, move || Err(error.clone())),
        });
    let mut upload = BucketUpload::new(bucket.clone()).options(api.options().clone());
    let progress = api.options().progress().cloned();
    if let Some(sink) = &progress {
        sink.on_event(&ProgressEvent::Begin {
            operation: OPERATION,
            files: Some(files),
            bytes: None,
        });
        upload = upload.progress(sink.clone());
    }
    upload
        .run(api.client(), contents, |uploaded| {
            let Some(file) = locked().remove(&uploaded.id) else {
                return Ok(());
            };
            let mut operation = json!({
                "type": "addFile",
                "path": file.path,
                "xetHash": uploaded.hash,
                "mtime": file.mtime,
            });
            if let Some(content_type) = file.content_type {
                operation["contentType"] = content_type.into();
            }
            let index = usize::try_from(uploaded.id).unwrap_or(usize::MAX);
            // If nobody receives, the call is over.
            let _ = added.send((index, operation));
            Ok(())
        })
        .await?;
    if let Some(sink) = progress {
        sink.on_event(&ProgressEvent::End {
            operation: OPERATION,
        });
    }
    Ok(())
}

fn prepare(add: BucketAdd) -> Result<(UploadSource, Pending)> {
    let destination = add.destination;
    let (content, mtime, content_type) = match add.source {
        FileSource::Bytes(bytes) => {
            let len = bytes.len() as u64;
            let content = UploadSource::new(destination.as_str(), len, move || {
                Ok(Box::new(std::io::Cursor::new(bytes.clone())))
            });
            (content, SystemTime::now(), content_type(&destination))
        }
        FileSource::Path(path) => {
            let failed = |e| Error::io(format!("cannot read {}", path.display()), e);
            let metadata = std::fs::metadata(&path).map_err(failed)?;
            if !metadata.is_file() {
                return Err(Error::validation(format!(
                    "{} is not a file",
                    path.display()
                )));
            }
            let modified = metadata.modified().map_err(failed)?;
            let name = path.to_string_lossy();
            let kind = content_type(&name).or_else(|| content_type(&destination));
            let content = UploadSource::new(destination.as_str(), metadata.len(), move || {
                let file = std::fs::File::open(&path);
                let file =
                    file.map_err(|e| Error::io(format!("cannot open {}", path.display()), e));
                Ok(Box::new(file?))
            });
            (content, modified, kind)
        }
    };
    let since = mtime.duration_since(SystemTime::UNIX_EPOCH);
    let mtime = since.map_or(0, |since| since.as_millis());
    let pending = Pending {
        path: destination,
        mtime: u64::try_from(mtime).unwrap_or(u64::MAX),
        content_type,
    };
    Ok((content, pending))
}
