//! Multipart uploads: the parts wait in a temporary file for the end of the upload.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use hf_api::transport::spawn_blocking;
use hf_api::{Error, ErrorKind};
use object_store::path::Path;
use object_store::{MultipartUpload, PutPayload, PutResult, Result, UploadPart};
use tempfile::NamedTempFile;

use crate::change::Condition;
use crate::content::Content;
use crate::error::generic;
use crate::inner::Inner;

/// The parts that have arrived.
#[derive(Debug)]
struct Parts {
    file: Option<NamedTempFile>,
    written: u64,
    folder: Option<PathBuf>,
}

impl Parts {
    fn write(&mut self, at: u64, payload: &PutPayload) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(match &self.folder {
                Some(folder) => NamedTempFile::new_in(folder)?,
                None => NamedTempFile::new()?,
            }),
        };
        file.seek(SeekFrom::Start(at))?;
        for chunk in payload {
            file.write_all(chunk)?;
        }
        self.written += payload.content_length() as u64;
        Ok(())
    }
}

/// A multipart upload. If it is dropped or aborted, nothing is left of it.
#[derive(Debug)]
pub(crate) struct Upload {
    inner: Arc<Inner>,
    location: Path,
    parts: Arc<Mutex<Parts>>,
    /// Where the next part begins.
    at: u64,
    ended: bool,
}

impl Upload {
    pub(crate) fn new(inner: Arc<Inner>, location: Path) -> Self {
        let folder = inner.settings.temp_dir.clone();
        Self {
            inner,
            location,
            parts: Arc::new(Mutex::new(Parts {
                file: None,
                written: 0,
                folder,
            })),
            at: 0,
            ended: false,
        }
    }

    fn end(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.ended, true) {
            return Err(generic(Error::validation(format!(
                "the upload of `{}` has ended already",
                self.location
            ))));
        }
        Ok(())
    }

    fn take(&self) -> (Option<NamedTempFile>, u64) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        (parts.file.take(), parts.written)
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let at = self.at;
        self.at += data.content_length() as u64;
        let parts = self.parts.clone();
        async move {
            let written = spawn_blocking(move || {
                let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
                parts.write(at, &data).map_err(|error| {
                    Error::io("cannot keep a part of an upload on disk", error)
                        .with_hint("set `temp_dir` to a folder with enough room")
                })
            });
            written.await.map_err(generic)
        }
        .boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.end()?;
        let (file, written) = self.take();
        if written != self.at {
            return Err(generic(Error::new(
                ErrorKind::Upload,
                format!(
                    "the upload of `{}` is incomplete: {written} bytes of {} were written",
                    self.location, self.at
                ),
            )));
        }
        let content = match file {
            Some(file) => Content::File(Arc::new(file.into_temp_path()), written),
            None => Content::Bytes(bytes::Bytes::new()),
        };
        let inner = self.inner.clone();
        inner.put(&self.location, content, Condition::Always).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.end()?;
        drop(self.take());
        Ok(())
    }
}
