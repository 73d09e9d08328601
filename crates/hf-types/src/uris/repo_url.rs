//! URLs of repositories.

use std::fmt;

use hf_macros::Dataclass;
use serde_core::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_core::ser::{Serialize, SerializeMap, Serializer};

use super::{HfUri, HfUriType};
use crate::{DEFAULT_ENDPOINT, RepoId, RepoType, ValidationError, WithEndpoint};

/// The URL of a repository, and what it says.
///
/// ```
/// use hf_types::{RepoType, RepoUrl};
/// let url = RepoUrl::parse("https://huggingface.co/datasets/user/data", None)?;
/// assert_eq!(url.repo_type(), RepoType::Dataset);
/// assert_eq!(*url.repo_id(), "user/data");
/// assert_eq!(url.to_string(), "https://huggingface.co/datasets/user/data");
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RepoUrl {
    url: String,
    endpoint: String,
    repo_id: RepoId,
    repo_type: RepoType,
}

/// The endpoints of the public Hub; a Hub behind a proxy still sends these.
const CANONICAL: [&str; 2] = [DEFAULT_ENDPOINT, "https://hub-ci.huggingface.co"];

impl RepoUrl {
    /// Reads the URL of a repository, an `hf://` URI, or an id such as `datasets/user/data`.
    ///
    /// With another `endpoint`, a URL of the public Hub is moved to it, as the responses of a proxy carry the public one.
    pub fn parse(url: &str, endpoint: Option<&str>) -> Result<Self, ValidationError> {
        let endpoint = endpoint.unwrap_or(DEFAULT_ENDPOINT);
        let base = endpoint.trim_end_matches('/');
        let mut moved = url.to_owned();
        if !CANONICAL.contains(&base) {
            for canonical in CANONICAL {
                moved = moved.replace(canonical, base);
            }
        }
        let parsed = match HfUri::parse(&moved, Some(endpoint)) {
            Ok(parsed) => parsed,
            Err(err) if moved.contains("://") => return Err(err),
            Err(_) => HfUri::parse(&format!("hf://{moved}"), None)?,
        };
        let Some(repo_type) = parsed.r#type().repo_type() else {
            return Err(ValidationError::new(
                "repo URL",
                url,
                "it points to a bucket",
            ));
        };
        Ok(Self {
            url: moved,
            endpoint: endpoint.to_owned(),
            repo_id: parsed.id().parse()?,
            repo_type,
        })
    }

    /// Parses the URL of a response, whose Hub is not known here: if it is none of the public ones, all before
    /// `[<TYPE>/]<namespace>/<name>` is taken for its endpoint.
    fn of_any_hub(url: &str) -> Result<Self, ValidationError> {
        let refused = match Self::parse(url, None) {
            Ok(url) => return Ok(url),
            Err(err) => err,
        };
        let mut from_end = url.trim_end_matches('/').rsplitn(4, '/');
        let (Some(name), Some(owner), Some(prefix)) =
            (from_end.next(), from_end.next(), from_end.next())
        else {
            return Err(refused);
        };
        let repo_type = RepoType::from_plural(prefix).unwrap_or_default();
        let tail = format!("/{}{owner}/{name}", repo_type.url_prefix());
        match (
            url.trim_end_matches('/').strip_suffix(&tail),
            format!("{owner}/{name}").parse(),
        ) {
            (Some(endpoint), Ok(repo_id)) if has_host(endpoint) => {
                Ok(Self::new(endpoint, repo_type, &repo_id))
            }
            _ => Err(refused),
        }
    }

    /// Creates the URL of a repository at an endpoint.
    pub fn new(endpoint: &str, repo_type: RepoType, repo_id: &RepoId) -> Self {
        Self {
            url: format!(
                "{}/{}{repo_id}",
                endpoint.trim_end_matches('/'),
                repo_type.url_prefix()
            ),
            endpoint: endpoint.to_owned(),
            repo_id: repo_id.clone(),
            repo_type,
        }
    }

    /// Returns the URL as text.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the endpoint of the Hub.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the user or organization; empty for an id of one part.
    pub fn namespace(&self) -> &str {
        self.repo_id.owner().unwrap_or_default()
    }

    /// Returns the name within the namespace.
    pub fn repo_name(&self) -> &str {
        self.repo_id.name()
    }

    /// Returns the id of the repository.
    pub fn repo_id(&self) -> &RepoId {
        &self.repo_id
    }

    /// Returns the type of the repository.
    pub fn repo_type(&self) -> RepoType {
        self.repo_type
    }

    /// Returns the location as an `hf://` URI.
    pub fn to_hf_uri(&self) -> Result<HfUri, ValidationError> {
        HfUri::new(
            HfUriType::from(self.repo_type),
            self.repo_id.as_str(),
            None,
            "",
        )
    }

    fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("endpoint", &self.endpoint)?;
        map.serialize_entry("namespace", self.namespace())?;
        map.serialize_entry("repo_name", self.repo_name())?;
        map.serialize_entry("repo_id", &self.repo_id)?;
        map.serialize_entry("repo_type", &self.repo_type)?;
        map.serialize_entry("url", &self.url)
    }
}

fn has_host(endpoint: &str) -> bool {
    endpoint
        .split_once("://")
        .is_some_and(|(_, host)| !host.is_empty())
}

impl fmt::Display for RepoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.url)
    }
}

impl AsRef<str> for RepoUrl {
    fn as_ref(&self) -> &str {
        &self.url
    }
}

/// As Python's attributes: an object with `endpoint`, `namespace`, `repo_name`, `repo_id`, `repo_type` and `url`.
impl Serialize for RepoUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(6))?;
        self.serialize_into(&mut map)?;
        map.end()
    }
}

/// Reads the object that is written, an object of a response with a `url`, or the URL.
impl<'de> Deserialize<'de> for RepoUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrFields;
        impl<'de> Visitor<'de> for TextOrFields {
            type Value = RepoUrl;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a repository's URL or an object with its `url`")
            }
            fn visit_str<E: Error>(self, url: &str) -> Result<RepoUrl, E> {
                RepoUrl::of_any_hub(url).map_err(E::custom)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RepoUrl, A::Error> {
                let fields =
                    Fields::deserialize(serde_core::de::value::MapAccessDeserializer::new(map))?;
                fields.into_url().map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(TextOrFields)
    }
}

#[derive(Dataclass)]
#[dataclass(local)]
struct Fields {
    url: String,
    endpoint: Option<String>,
    repo_id: Option<RepoId>,
    repo_type: Option<RepoType>,
    #[dataclass(default)]
    files_copy_pending: bool,
}

impl Fields {
    fn into_url(self) -> Result<RepoUrl, ValidationError> {
        match (self.endpoint, self.repo_id, self.repo_type) {
            (Some(endpoint), Some(repo_id), Some(repo_type)) => Ok(RepoUrl {
                url: self.url,
                endpoint,
                repo_id,
                repo_type,
            }),
            (Some(endpoint), ..) => RepoUrl::parse(&self.url, Some(&endpoint)),
            (None, ..) => RepoUrl::of_any_hub(&self.url),
        }
    }
}

/// The URL of a repository that was just duplicated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DuplicatedRepoUrl {
    /// The new repository.
    pub repo_url: RepoUrl,
    /// Whether its large files are still being copied: until then they may not be there.
    pub files_copy_pending: bool,
}

impl DuplicatedRepoUrl {
    /// Creates the URL of a copy.
    pub fn new(repo_url: RepoUrl, files_copy_pending: bool) -> Self {
        Self {
            repo_url,
            files_copy_pending,
        }
    }
}

/// As [`RepoUrl`], and `files_copy_pending`.
impl Serialize for DuplicatedRepoUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        self.repo_url.serialize_into(&mut map)?;
        map.serialize_entry("files_copy_pending", &self.files_copy_pending)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for DuplicatedRepoUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        Ok(Self {
            files_copy_pending: fields.files_copy_pending,
            repo_url: fields.into_url().map_err(D::Error::custom)?,
        })
    }
}

impl WithEndpoint for RepoUrl {
    fn set_endpoint(&mut self, endpoint: &str) {
        if let Ok(moved) = Self::parse(&self.url, Some(endpoint)) {
            *self = moved;
        }
    }
}

impl WithEndpoint for DuplicatedRepoUrl {
    fn set_endpoint(&mut self, endpoint: &str) {
        self.repo_url.set_endpoint(endpoint);
    }
}
