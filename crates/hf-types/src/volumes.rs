//! Volumes: repositories and buckets mounted in Spaces and jobs.

use hf_macros::Dataclass;
use serde_json::{Value, json};

use crate::{Extra, HfMount, HfUri, HfUriType, ValidationError};

/// A repository or bucket to mount in a Space or job.
///
/// ```
/// use hf_types::Volume;
/// let volume: Volume = serde_json::from_str(r#"{"type": "bucket", "source": "user/data", "mount_path": "/data"}"#)?;
/// assert_eq!(volume.to_payload(), serde_json::json!({"type": "bucket", "source": "user/data", "mountPath": "/data"}));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(strict)]
#[non_exhaustive]
pub struct Volume {
    /// What the source is; a model if not said.
    #[dataclass(default = VolumeType::Model)]
    pub r#type: VolumeType,
    /// The id of the repository or bucket.
    pub source: String,
    /// Where it is mounted: an absolute path.
    pub mount_path: String,
    /// The revision of a repository; `main` if not said.
    pub revision: Option<String>,
    /// Whether it may not be written to. Always so for repositories.
    pub read_only: Option<bool>,
    /// The folder in it to mount, instead of all.
    pub path: Option<String>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

open_enum! {
    /// What a [`Volume`] mounts.
    pub enum VolumeType {
        /// A bucket.
        Bucket = "bucket",
        /// A model repository.
        Model = "model",
        /// A dataset repository.
        Dataset = "dataset",
        /// A Space's repository.
        Space = "space",
    }
}

impl Volume {
    /// A volume of a whole repository or bucket, at its default revision.
    pub fn new(
        r#type: VolumeType,
        source: impl Into<String>,
        mount_path: impl Into<String>,
    ) -> Self {
        Self {
            r#type,
            source: source.into(),
            mount_path: mount_path.into(),
            revision: None,
            read_only: None,
            path: None,
            extra: Extra::default(),
        }
    }

    /// The volume as requests carry it: the Hub's names, and only what is set.
    pub fn to_payload(&self) -> Value {
        let mut payload = json!({
            "type": self.r#type.as_str(),
            "source": self.source,
            "mountPath": self.mount_path,
        });
        if let Some(revision) = &self.revision {
            payload["revision"] = revision.as_str().into();
        }
        if let Some(read_only) = self.read_only {
            payload["readOnly"] = read_only.into();
        }
        if let Some(path) = &self.path {
            payload["path"] = path.as_str().into();
        }
        payload
    }

    /// The volume as the URI of a mount.
    pub fn to_mount(&self) -> Result<HfMount, ValidationError> {
        let r#type: HfUriType = self.r#type.as_str().parse()?;
        let source = HfUri::new(
            r#type,
            &self.source,
            self.revision.as_deref(),
            self.path.as_deref().unwrap_or_default(),
        )?;
        HfMount::new(source, &self.mount_path, self.read_only)
    }
}
