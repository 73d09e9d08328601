//! The JSON forms of the parameters that are objects in Python.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hf_commit::{CommitOperation, CommitOperationAdd, LinksOutside};
use hf_types::{
    BucketFile, CollectionItemType, CollectionSort, DailyPapersSort, DatasetSort, DiscussionStatus,
    DiscussionStatusFilter, DiscussionTypeFilter, ExpandDatasetProperty, ExpandModelProperty,
    ExpandSpaceProperty, Gated, InferenceEndpointScalingMetric, InferenceEndpointType, JobHardware,
    JobStage, LFSFileInfo, ModelSort, RepoVisibility, SpaceHardware, SpaceKeyValue, SpaceSdk,
    SpaceSort, Volume, WebhookDomain, WebhookWatchedItem,
};
use serde_json::{Value, json};

use super::{JsonArg, serde_arg};
use crate::calls::bucket_batch::{BucketAdd, BucketCopy};
use crate::calls::bucket_files::BucketDownload;
use crate::calls::datasets::BenchmarkFilter;
use crate::calls::models::EmissionRange;
use crate::calls::uploads::FileSource;

serde_arg!(
    CollectionItemType,
    CollectionSort,
    DailyPapersSort,
    DatasetSort,
    DiscussionStatus,
    DiscussionStatusFilter,
    DiscussionTypeFilter,
    ExpandDatasetProperty,
    ExpandModelProperty,
    ExpandSpaceProperty,
    Gated,
    InferenceEndpointScalingMetric,
    InferenceEndpointType,
    JobHardware,
    JobStage,
    LFSFileInfo,
    ModelSort,
    RepoVisibility,
    SpaceHardware,
    SpaceKeyValue,
    SpaceSdk,
    SpaceSort,
    Volume,
    WebhookDomain,
    WebhookWatchedItem
);

impl JsonArg for BenchmarkFilter {
    fn from_json(value: Value) -> Result<Self, String> {
        match value {
            Value::Bool(official) => Ok(official.into()),
            Value::String(name) => Ok(name.into()),
            other => Err(format!("expected a string or a boolean, found {other}")),
        }
    }

    fn to_json(&self) -> Value {
        self.0.clone().map_or(Value::Bool(false), Value::from)
    }
}

impl JsonArg for EmissionRange {
    fn from_json(value: Value) -> Result<Self, String> {
        serde_json::from_value::<(Option<f64>, Option<f64>)>(value)
            .map(Self::from)
            .map_err(|_| "expected [min, max], two numbers or null".to_owned())
    }

    fn to_json(&self) -> Value {
        json!([self.min, self.max])
    }
}

impl JsonArg for BucketCopy {
    fn from_json(value: Value) -> Result<Self, String> {
        serde_json::from_value::<[String; 4]>(value)
            .map(|[repo_type, repo_id, xet_hash, destination]| {
                Self::new(repo_type, repo_id, xet_hash, destination)
            })
            .map_err(|_| {
                "expected [source_repo_type, source_repo_id, xet_hash, destination]".to_owned()
            })
    }

    fn to_json(&self) -> Value {
        json!([
            self.source_repo_type,
            self.source_repo_id,
            self.xet_hash,
            self.destination
        ])
    }
}

impl JsonArg for BucketAdd {
    fn from_json(value: Value) -> Result<Self, String> {
        let (source, destination): (Value, String) = serde_json::from_value(value)
            .map_err(|_| "expected [source, destination]".to_owned())?;
        Ok(Self::new(FileSource::from_json(source)?, destination))
    }

    fn to_json(&self) -> Value {
        json!([self.source.to_json(), self.destination])
    }
}

impl JsonArg for BucketDownload {
    fn from_json(value: Value) -> Result<Self, String> {
        let wrong = || "expected [remote path or file, local path]".to_owned();
        let (remote, local): (Value, PathBuf) =
            serde_json::from_value(value).map_err(|_| wrong())?;
        match remote {
            Value::String(remote) => Ok(Self::new(remote, local)),
            Value::Object(_) => {
                let file: BucketFile =
                    serde_json::from_value(remote).map_err(|error| error.to_string())?;
                Ok(Self::file(file, local))
            }
            _ => Err(wrong()),
        }
    }

    fn to_json(&self) -> Value {
        json!([self.remote, self.local])
    }
}

impl JsonArg for LinksOutside {
    fn from_json(value: Value) -> Result<Self, String> {
        let name = value
            .as_str()
            .ok_or_else(|| format!("expected \"refuse\" or \"follow\", found {value}"))?;
        name.parse()
            .map_err(|error: crate::Error| error.message().to_owned())
    }

    fn to_json(&self) -> Value {
        self.as_str().into()
    }
}

impl JsonArg for FileSource {
    fn from_json(value: Value) -> Result<Self, String> {
        match value {
            Value::String(path) => return Ok(Self::Path(path.into())),
            Value::Object(mut object) => {
                if let Some(Value::String(text)) = object.remove("content") {
                    return Ok(Self::Bytes(text.into()));
                }
                if let Some(Value::String(text)) = object.remove("base64") {
                    return BASE64
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
        match self {
            Self::Path(path) => json!(path.to_string_lossy()),
            Self::Bytes(bytes) => {
                json!({"base64": BASE64.encode(bytes)})
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
