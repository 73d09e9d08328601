//! The files of a pull request that do not merge.

use serde_core::de::{Deserialize, Deserializer, Error};
use serde_core::ser::{Serialize, Serializer};
use serde_json::Value;

use crate::wire::{FromWire, Read};

/// The files of a pull request that conflict with its target branch.
///
/// ```
/// use hf_types::ConflictingFiles;
/// let files: ConflictingFiles = serde_json::from_str(r#"["config.json"]"#)?;
/// assert_eq!(files.paths(), ["config.json"]);
/// let some: ConflictingFiles = serde_json::from_str("true")?;
/// assert!(some.any() && some.paths().is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConflictingFiles {
    /// The paths of these files; none conflict if it is empty.
    Files(Vec<String>),
    /// `true` where some files conflict and the Hub did not work out which; `false` where none do.
    Unlisted(bool),
}

impl ConflictingFiles {
    /// Returns whether any file conflicts.
    pub fn any(&self) -> bool {
        match self {
            Self::Files(paths) => !paths.is_empty(),
            Self::Unlisted(any) => *any,
        }
    }

    /// Returns the paths that the Hub listed.
    pub fn paths(&self) -> &[String] {
        match self {
            Self::Files(paths) => paths,
            Self::Unlisted(_) => &[],
        }
    }
}

impl Serialize for ConflictingFiles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Files(paths) => paths.serialize(serializer),
            Self::Unlisted(any) => any.serialize(serializer),
        }
    }
}

impl FromWire for ConflictingFiles {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Read::nothing(),
            Value::Bool(any) => Read::fits(Self::Unlisted(any)),
            list @ Value::Array(_) => Vec::read_value(list).map(Self::Files),
            other => Read::unfit(other),
        })
    }
}

impl<'de> Deserialize<'de> for ConflictingFiles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(deserializer)?
            .value
            .ok_or_else(|| D::Error::custom("expected a list of paths or a boolean"))
    }
}
