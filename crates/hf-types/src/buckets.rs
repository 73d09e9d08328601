//! Buckets, and what is in them.

use std::fmt;

use hf_macros::Dataclass;
use serde_core::de::{Deserialize, Deserializer, Error};
use serde_core::ser::{Serialize, Serializer};

use crate::{
    DEFAULT_ENDPOINT, Extra, HfUri, HfUriType, RepoPath, Timestamp, ValidationError, WithEndpoint,
    XetFileData,
};

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct BucketInfo {
    /// Its id: `namespace/name`.
    pub id: String,
    /// Whether it is private.
    pub private: Option<bool>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// Size of all that is in it, in bytes.
    pub size: Option<u64>,
    /// Number of files in it.
    pub total_files: Option<u64>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A file in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct BucketFile {
    /// `file`.
    pub r#type: String,
    /// The path in the bucket.
    pub path: String,
    /// The size in bytes.
    pub size: Option<u64>,
    /// The hash in Xet storage.
    pub xet_hash: String,
    /// The time of the last change, as the client that uploaded it reported it.
    pub mtime: Option<Timestamp>,
    /// When it was uploaded.
    pub uploaded_at: Option<Timestamp>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl BucketFile {
    /// Returns the path as a validated [`RepoPath`], which is safe to join to a folder.
    pub fn repo_path(&self) -> Result<RepoPath, ValidationError> {
        self.path.parse()
    }
}

/// A folder in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct BucketFolder {
    /// `directory`.
    pub r#type: String,
    /// The path in the bucket.
    pub path: String,
    /// The time of the last upload to it.
    pub uploaded_at: Option<Timestamp>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// An entry of a bucket's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BucketTreeEntry {
    /// A file.
    File(BucketFile),
    /// A folder.
    Folder(BucketFolder),
}

impl BucketTreeEntry {
    /// Returns the path in the bucket.
    pub fn path(&self) -> &str {
        match self {
            Self::File(file) => &file.path,
            Self::Folder(folder) => &folder.path,
        }
    }

    /// Returns the file, or `None` for a folder.
    pub fn as_file(&self) -> Option<&BucketFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Folder(_) => None,
        }
    }

    /// Returns the file, or `None` for a folder.
    pub fn into_file(self) -> Option<BucketFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Folder(_) => None,
        }
    }
}

impl Serialize for BucketTreeEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::File(file) => file.serialize(serializer),
            Self::Folder(folder) => folder.serialize(serializer),
        }
    }
}

/// Both kinds of entries at once, as the kind is only known when all members were read.
#[derive(Dataclass)]
struct AnyEntry {
    r#type: String,
    path: String,
    size: Option<u64>,
    xet_hash: Option<String>,
    mtime: Option<Timestamp>,
    uploaded_at: Option<Timestamp>,
    #[dataclass(extra)]
    extra: Extra,
}

impl<'de> Deserialize<'de> for BucketTreeEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = AnyEntry::deserialize(deserializer)?;
        // A type that is new to us has at least a path, as folders do.
        if entry.r#type != "file" {
            return Ok(Self::Folder(BucketFolder {
                r#type: entry.r#type,
                path: entry.path,
                uploaded_at: entry.uploaded_at,
                extra: entry.extra,
            }));
        }
        Ok(Self::File(BucketFile {
            r#type: entry.r#type,
            path: entry.path,
            size: entry.size,
            xet_hash: entry.xet_hash.unwrap_or_default(),
            mtime: entry.mtime,
            uploaded_at: entry.uploaded_at,
            extra: entry.extra,
        }))
    }
}

/// The metadata of a file in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(local)]
#[non_exhaustive]
pub struct BucketFileMetadata {
    /// The size in bytes.
    pub size: u64,
    /// The location in Xet storage.
    pub xet_file_data: XetFileData,
}

impl BucketFileMetadata {
    /// Creates the metadata of a file of `size` bytes.
    pub fn new(size: u64, xet_file_data: XetFileData) -> Self {
        Self {
            size,
            xet_file_data,
        }
    }
}

/// The URL of a bucket, and what it says.
///
/// ```
/// use hf_types::BucketUrl;
/// let url = BucketUrl::parse("https://huggingface.co/buckets/user/data", None)?;
/// assert_eq!((url.namespace(), url.bucket_id()), ("user", "user/data"));
/// assert_eq!(url.uri().to_uri(), "hf://buckets/user/data");
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BucketUrl {
    url: String,
    endpoint: String,
    uri: HfUri,
}

impl BucketUrl {
    /// Reads the URL of a bucket at `endpoint` (the public Hub by default), or its id.
    pub fn parse(url: &str, endpoint: Option<&str>) -> Result<Self, ValidationError> {
        let endpoint = endpoint.unwrap_or(DEFAULT_ENDPOINT);
        let path = url.strip_prefix(endpoint).unwrap_or(url).trim_matches('/');
        let path = path.strip_prefix("buckets/").unwrap_or(path);
        let refuse = |rule: &'static str| Err(ValidationError::new("bucket URL", url, rule));
        let uri = if path.contains("://") {
            HfUri::parse(path, Some(endpoint))?
        } else if path.split('/').count() == 2 {
            HfUri::new(HfUriType::Bucket, path, None, "")?
        } else {
            return refuse("expected `<endpoint>/buckets/<namespace>/<name>`");
        };
        if !uri.is_bucket() || !uri.path_in_repo().is_empty() {
            return refuse("it points to something else than a bucket");
        }
        Ok(Self {
            url: url.to_owned(),
            endpoint: endpoint.to_owned(),
            uri,
        })
    }

    /// Returns the URL as text.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the endpoint of the Hub.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the user or organization that owns the bucket.
    pub fn namespace(&self) -> &str {
        self.uri.namespace()
    }

    /// Returns the id of the bucket: `namespace/name`.
    pub fn bucket_id(&self) -> &str {
        self.uri.id()
    }

    /// Returns the location as an `hf://` URI.
    pub fn uri(&self) -> &HfUri {
        &self.uri
    }
}

impl fmt::Display for BucketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.url)
    }
}

#[derive(Dataclass)]
#[dataclass(local)]
struct BucketUrlFields {
    url: String,
    endpoint: Option<String>,
    namespace: Option<String>,
    bucket_id: Option<String>,
    uri: Option<HfUri>,
}

/// As Python's attributes: an object with `url`, `endpoint`, `namespace`, `bucket_id` and `uri`.
impl Serialize for BucketUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        BucketUrlFields {
            url: self.url.clone(),
            endpoint: Some(self.endpoint.clone()),
            namespace: Some(self.namespace().to_owned()),
            bucket_id: Some(self.bucket_id().to_owned()),
            uri: Some(self.uri.clone()),
        }
        .serialize(serializer)
    }
}

/// From an object with a `url`.
impl<'de> Deserialize<'de> for BucketUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = BucketUrlFields::deserialize(deserializer)?;
        match (fields.endpoint, fields.uri) {
            (Some(endpoint), Some(uri)) => Ok(Self {
                url: fields.url,
                endpoint,
                uri,
            }),
            // The Hub that sent it is not known here: its endpoint is what comes before `/buckets/`.
            (endpoint, _) => {
                let before = fields
                    .url
                    .rsplit_once("/buckets/")
                    .map(|(before, _)| before);
                Self::parse(&fields.url, endpoint.as_deref().or(before)).map_err(D::Error::custom)
            }
        }
    }
}

impl WithEndpoint for BucketUrl {
    fn set_endpoint(&mut self, endpoint: &str) {
        endpoint.clone_into(&mut self.endpoint);
    }
}
