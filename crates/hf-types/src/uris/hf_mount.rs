//! Mounts: a place on the Hub and where it appears.

use std::fmt;
use std::str::FromStr;

use hf_macros::Dataclass;

use super::HfUri;
use crate::ValidationError;

/// A place on the Hub and where it is mounted: `<URI>:<MOUNT_PATH>[:ro|:rw]`.
///
/// ```
/// use hf_types::HfMount;
/// let mount: HfMount = "hf://buckets/user/data/sub:/mnt:rw".parse()?;
/// assert_eq!((mount.source.path_in_repo(), mount.mount_path.as_str(), mount.read_only), ("sub", "/mnt", Some(false)));
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct HfMount {
    /// What is mounted.
    pub source: HfUri,
    /// Where: an absolute path.
    pub mount_path: String,
    /// Whether it may not be written to; `None` leaves it to the Hub.
    pub read_only: Option<bool>,
}

impl HfMount {
    /// Creates a mount of `source`; the path must be absolute and not the root.
    pub fn new(
        source: HfUri,
        mount_path: &str,
        read_only: Option<bool>,
    ) -> Result<Self, ValidationError> {
        if !mount_path.starts_with('/') || mount_path == "/" {
            return Err(ValidationError::hf_uri(
                mount_path,
                "the mount path must be absolute and not the root",
            ));
        }
        Ok(Self {
            source,
            mount_path: mount_path.to_owned(),
            read_only,
        })
    }

    /// Formats the mount in its full form.
    pub fn to_uri(&self) -> String {
        let flag = match self.read_only {
            Some(true) => ":ro",
            Some(false) => ":rw",
            None => "",
        };
        format!("{}:{}{flag}", self.source, self.mount_path)
    }
}

impl FromStr for HfMount {
    type Err = ValidationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with("hf://") {
            return Err(ValidationError::hf_uri(text, "a mount starts with `hf://`"));
        }
        let (body, read_only) = if let Some(body) = text.strip_suffix(":ro") {
            (body, Some(true))
        } else if let Some(body) = text.strip_suffix(":rw") {
            (body, Some(false))
        } else {
            (text, None)
        };
        // Behind the protocol, whose own `:/` is none.
        let Some(colon) = body["hf://".len().min(body.len())..].rfind(":/") else {
            return Err(ValidationError::hf_uri(
                text,
                "the mount path is missing; expected `<URI>:<MOUNT_PATH>[:ro|:rw]`",
            ));
        };
        let (source, mount_path) = body.split_at("hf://".len() + colon);
        let source = source
            .parse()
            .map_err(|err: ValidationError| ValidationError::hf_uri(text, err.rule().to_owned()))?;
        Self::new(source, &mount_path[1..], read_only)
    }
}

impl fmt::Display for HfMount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_uri())
    }
}
