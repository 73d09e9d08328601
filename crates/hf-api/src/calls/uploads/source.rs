//! What a file that is uploaded is made of.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use hf_commit::{CommitOperation, CommitOperationAdd};
use serde_json::{Value, json};

use crate::Result;
use crate::call::JsonArg;

/// A file to upload: a path, or bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileSource {
    /// A local file, read while it is sent.
    Path(PathBuf),
    /// Bytes in memory.
    Bytes(Bytes),
}

impl FileSource {
    pub(super) fn into_operation(self, path_in_repo: &str) -> Result<CommitOperationAdd> {
        match self {
            Self::Path(path) => CommitOperationAdd::from_path(path_in_repo, path),
            Self::Bytes(bytes) => CommitOperationAdd::from_bytes(path_in_repo, bytes),
        }
    }
}

impl From<&Path> for FileSource {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<PathBuf> for FileSource {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

/// A local path, as in Python.
impl From<&str> for FileSource {
    fn from(path: &str) -> Self {
        Self::Path(path.into())
    }
}

impl From<Vec<u8>> for FileSource {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Bytes> for FileSource {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl JsonArg for FileSource {
    fn from_json(value: Value) -> Result<Self, String> {
        use base64::Engine as _;

        match value {
            Value::String(path) => return Ok(Self::Path(path.into())),
            Value::Object(mut object) => {
                if let Some(Value::String(text)) = object.remove("content") {
                    return Ok(Self::Bytes(text.into()));
                }
                if let Some(Value::String(text)) = object.remove("base64") {
                    return base64::engine::general_purpose::STANDARD
                        .decode(text)
                        .map(|bytes| Self::Bytes(bytes.into()))
                        .map_err(|error| format!("`base64`: {error}"));
                }
            }
            _ => {}
        }
        Err("expected a path, {\"content\": TEXT} or {\"base64\": BASE64}".to_owned())
    }

    fn to_json(&self) -> Value {
        use base64::Engine as _;

        match self {
            Self::Path(path) => json!(path.to_string_lossy()),
            Self::Bytes(bytes) => {
                json!({"base64": base64::engine::general_purpose::STANDARD.encode(bytes)})
            }
        }
    }
}

impl JsonArg for CommitOperation {
    fn from_json(value: Value) -> Result<Self, String> {
        Self::from_json(&value).map_err(|error| error.message().to_owned())
    }

    fn to_json(&self) -> Value {
        Self::to_json(self).unwrap_or_default()
    }
}

impl JsonArg for CommitOperationAdd {
    fn from_json(value: Value) -> Result<Self, String> {
        match CommitOperation::from_json(&value) {
            Ok(CommitOperation::Add(add)) => Ok(add),
            Ok(_) => Err("expected an operation that adds a file".to_owned()),
            Err(error) => Err(error.message().to_owned()),
        }
    }

    fn to_json(&self) -> Value {
        Self::to_json(self).unwrap_or_default()
    }
}
