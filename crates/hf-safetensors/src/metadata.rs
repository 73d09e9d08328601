//! Metadata of the tensors in a file or repository, as owned values. These are
//! the result types of the Hub client, with its names.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::rule::Rule;
use crate::shards::{SINGLE_FILE, ShardIndex};
use crate::{DtypeName, Header, HeaderReader, Need, Options, TensorEntry};

/// The number of parameters per dtype.
pub type ParameterCount = BTreeMap<DtypeName, u64>;

/// A tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TensorFields")]
#[non_exhaustive]
pub struct TensorInfo {
    /// The dtype of the elements.
    pub dtype: DtypeName,
    /// The number of elements in each dimension; empty for a scalar.
    pub shape: Vec<u64>,
    /// The beginning and end of the data, in bytes from the end of the header.
    pub data_offsets: (u64, u64),
    /// The number of elements.
    pub parameter_count: u64,
}

/// The serialized fields; the parameter count is derived from them.
#[derive(Deserialize)]
struct TensorFields {
    dtype: DtypeName,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

impl TensorInfo {
    /// Creates the description of a tensor and counts its parameters.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::CountOverflow`].
    pub fn new(
        dtype: impl Into<DtypeName>,
        shape: Vec<u64>,
        data_offsets: (u64, u64),
    ) -> Result<Self> {
        let count = shape
            .iter()
            .try_fold(1u64, |count, dim| count.checked_mul(*dim));
        Ok(TensorInfo {
            dtype: dtype.into(),
            shape,
            data_offsets,
            parameter_count: count.ok_or_else(|| Error::new(Rule::CountOverflow))?,
        })
    }
}

impl TryFrom<TensorFields> for TensorInfo {
    type Error = Error;

    fn try_from(fields: TensorFields) -> Result<Self> {
        TensorInfo::new(fields.dtype, fields.shape, fields.data_offsets)
    }
}

impl From<TensorEntry<'_>> for TensorInfo {
    fn from(entry: TensorEntry<'_>) -> Self {
        TensorInfo {
            dtype: entry.dtype_name().into(),
            shape: entry.shape().iter().map(|dim| *dim as u64).collect(),
            data_offsets: entry.data_offsets(),
            parameter_count: entry.parameter_count(),
        }
    }
}

/// The header of a file.
///
/// ```
/// use hf_safetensors::metadata::{Prefix, SafetensorsFileMetadata};
/// use hf_safetensors::{Dtype, Options};
///
/// # let json = br#"{"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}}"#;
/// # let mut file = (json.len() as u64).to_le_bytes().to_vec();
/// # file.extend(json);
/// # file.extend([0; 12]);
/// // The first bytes of a remote file; too few, at first.
/// let options = Options::metadata();
/// let Prefix::Needs(bytes) = SafetensorsFileMetadata::from_prefix(&file[..20], options)? else {
///     panic!("complete")
/// };
/// let Prefix::Complete(metadata) =
///     SafetensorsFileMetadata::from_prefix(&file[..bytes as usize], options)?
/// else {
///     panic!("incomplete")
/// };
/// assert_eq!(metadata.parameter_count[&Dtype::BF16.into()], 6);
/// # Ok::<(), hf_safetensors::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FileFields")]
#[non_exhaustive]
pub struct SafetensorsFileMetadata {
    /// The `__metadata__` of the header; empty if it has none.
    pub metadata: BTreeMap<String, String>,
    /// The tensors by name.
    pub tensors: BTreeMap<String, TensorInfo>,
    /// The number of parameters per dtype.
    pub parameter_count: ParameterCount,
}

#[derive(Deserialize)]
struct FileFields {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, TensorInfo>,
}

/// The result of reading the first bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// The header is complete.
    Complete(SafetensorsFileMetadata),
    /// The header needs this many bytes, counted from the beginning of the
    /// file.
    Needs(u64),
}

impl SafetensorsFileMetadata {
    /// Creates the metadata from `__metadata__` and tensors, and counts their
    /// parameters.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::CountOverflow`].
    pub fn new(
        metadata: BTreeMap<String, String>,
        tensors: BTreeMap<String, TensorInfo>,
    ) -> Result<Self> {
        let counts = tensors
            .values()
            .map(|tensor| (&tensor.dtype, tensor.parameter_count));
        let parameter_count = sum(counts)?;
        Ok(SafetensorsFileMetadata {
            metadata,
            tensors,
            parameter_count,
        })
    }

    /// Reads the metadata from the first bytes of a file, or returns how many
    /// bytes are needed. The data need not be included. Use
    /// [`Options::metadata`] for files of unknown origin.
    ///
    /// # Errors
    ///
    /// Returns the broken [`Rule`].
    pub fn from_prefix(prefix: &[u8], options: Options) -> Result<Prefix> {
        // Checks the length without copying the header.
        let mut length = HeaderReader::new(options);
        length.feed(prefix.get(..8).unwrap_or(prefix))?;
        let Some(needed) = length.data_start() else {
            // Eight bytes are needed to learn the length.
            return Ok(Prefix::Needs(8));
        };
        if length.need() != Need::Nothing && needed > prefix.len() as u64 {
            return Ok(Prefix::Needs(needed));
        }
        let header = options.parse(prefix)?;
        Self::try_from(&header).map(Prefix::Complete)
    }
}

impl TryFrom<&Header<'_>> for SafetensorsFileMetadata {
    type Error = Error;

    fn try_from(header: &Header<'_>) -> Result<Self> {
        let own = |(key, value): (&str, &str)| (key.to_string(), value.to_string());
        let tensors = header
            .tensors()
            .map(|tensor| (tensor.name().to_string(), tensor.into()));
        Self::new(header.metadata().map(own).collect(), tensors.collect())
    }
}

impl TryFrom<FileFields> for SafetensorsFileMetadata {
    type Error = Error;

    fn try_from(fields: FileFields) -> Result<Self> {
        Self::new(fields.metadata, fields.tensors)
    }
}

/// The headers of a repository's `model.safetensors`, or of the shards listed
/// in its `model.safetensors.index.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RepoFields")]
#[non_exhaustive]
pub struct SafetensorsRepoMetadata {
    /// The `metadata` of the index, if there is an index.
    pub metadata: Option<Map<String, Value>>,
    /// Whether there is an index.
    pub sharded: bool,
    /// The file that contains each tensor.
    pub weight_map: BTreeMap<String, String>,
    /// The header of each file.
    pub files_metadata: BTreeMap<String, SafetensorsFileMetadata>,
    /// The number of parameters per dtype.
    pub parameter_count: ParameterCount,
}

#[derive(Deserialize)]
struct RepoFields {
    metadata: Option<Map<String, Value>>,
    sharded: bool,
    weight_map: BTreeMap<String, String>,
    files_metadata: BTreeMap<String, SafetensorsFileMetadata>,
}

impl SafetensorsRepoMetadata {
    /// Creates the metadata of a repository with a single file,
    /// `model.safetensors`.
    pub fn single(file: SafetensorsFileMetadata) -> Self {
        let names = file.tensors.keys();
        SafetensorsRepoMetadata {
            metadata: None,
            sharded: false,
            weight_map: names
                .map(|name| (name.clone(), SINGLE_FILE.into()))
                .collect(),
            parameter_count: file.parameter_count.clone(),
            files_metadata: BTreeMap::from([(SINGLE_FILE.into(), file)]),
        }
    }

    /// Creates the metadata of a sharded repository from its index and the
    /// headers of its shards.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::CountOverflow`].
    pub fn sharded(
        index: &ShardIndex,
        files: BTreeMap<String, SafetensorsFileMetadata>,
    ) -> Result<Self> {
        let weights = index.weight_map();
        RepoFields {
            metadata: index.metadata().cloned(),
            sharded: true,
            weight_map: weights
                .map(|(name, shard)| (name.to_string(), shard.to_string()))
                .collect(),
            files_metadata: files,
        }
        .try_into()
    }

    /// Creates the metadata of a sharded repository from the headers of its
    /// shards and the `metadata` of its index. The headers determine which file
    /// contains each tensor.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::CountOverflow`].
    pub fn from_headers(
        metadata: Option<Map<String, Value>>,
        files: BTreeMap<String, SafetensorsFileMetadata>,
    ) -> Result<Self> {
        let mut weight_map = BTreeMap::new();
        for (file, of) in &files {
            weight_map.extend(of.tensors.keys().map(|name| (name.clone(), file.clone())));
        }
        RepoFields {
            metadata,
            sharded: true,
            weight_map,
            files_metadata: files,
        }
        .try_into()
    }
}

impl TryFrom<RepoFields> for SafetensorsRepoMetadata {
    type Error = Error;

    fn try_from(fields: RepoFields) -> Result<Self> {
        let counts = fields
            .files_metadata
            .values()
            .flat_map(|file| &file.parameter_count)
            .map(|(dtype, count)| (dtype, *count));
        Ok(SafetensorsRepoMetadata {
            parameter_count: sum(counts)?,
            metadata: fields.metadata,
            sharded: fields.sharded,
            weight_map: fields.weight_map,
            files_metadata: fields.files_metadata,
        })
    }
}

fn sum<'a>(counts: impl Iterator<Item = (&'a DtypeName, u64)>) -> Result<ParameterCount> {
    let mut sums = ParameterCount::new();
    for (dtype, count) in counts {
        let sum = match sums.get_mut(dtype) {
            Some(sum) => sum,
            None => sums.entry(dtype.clone()).or_default(),
        };
        *sum = sum
            .checked_add(count)
            .ok_or_else(|| Error::new(Rule::CountOverflow))?;
    }
    Ok(sums)
}
