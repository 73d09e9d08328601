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
    /// The type of the source. By default, a model.
    #[dataclass(default = VolumeType::Model)]
    pub r#type: VolumeType,
    /// The id of the repository or bucket.
    pub source: String,
    /// The absolute path at which it is mounted.
    pub mount_path: String,
    /// The revision of a repository. By default, `main`.
    pub revision: Option<String>,
    /// Whether it is read-only. Repositories always are.
    pub read_only: Option<bool>,
    /// The folder to mount. By default, the root.
    pub path: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

open_enum! {
    /// The type of the source of a [`Volume`].
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
    /// Creates a volume of a whole repository or bucket, at its default revision.
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

    /// Returns the JSON that requests carry: the Hub's names, and only what is set.
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

    /// Returns the volume as the URI of a mount.
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
