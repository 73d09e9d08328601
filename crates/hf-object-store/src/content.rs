//! What is written: bytes in memory, or a temporary file.

use std::sync::Arc;

use bytes::Bytes;
use hf_api::calls::uploads::FileSource;
use hf_api::commit::CommitOperationAdd;
use object_store::{Attributes, Error as StoreError, PutPayload, Result};
use tempfile::TempPath;

use crate::error::STORE;

/// The content of a file.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Bytes(Bytes),
    /// A file that is deleted when nobody needs it any more.
    File(Arc<TempPath>, u64),
}

impl Content {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }

    pub(crate) fn operation(&self, path: &str) -> hf_api::Result<CommitOperationAdd> {
        match self {
            Self::Bytes(bytes) => CommitOperationAdd::from_bytes(path, bytes.clone()),
            Self::File(file, _) => CommitOperationAdd::from_path(path, &**file),
        }
    }

    pub(crate) fn source(&self) -> FileSource {
        match self {
            Self::Bytes(bytes) => FileSource::bytes(bytes.clone()),
            Self::File(file, _) => FileSource::path(&**file),
        }
    }

    /// Refuses attributes: the Hub keeps none.
    pub(crate) fn check_attributes(attributes: &Attributes) -> Result<()> {
        if attributes.is_empty() {
            return Ok(());
        }
        Err(StoreError::NotImplemented {
            operation: "attributes of files".to_owned(),
            implementer: STORE.to_owned(),
        })
    }
}

impl From<PutPayload> for Content {
    fn from(payload: PutPayload) -> Self {
        Self::Bytes(payload.into())
    }
}
