//! `hf://` URIs.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use hf_macros::Dataclass;
use serde_core::de::{Deserialize, Deserializer, Error};

use super::HfUriType;
use super::escape::{quote, unquote};
use super::web;
use crate::ids::{Parsed, special_ref_len};
use crate::{DEFAULT_ENDPOINT, RepoId, ValidationError};

/// A place on the Hub: `hf://[<TYPE>/]<ID>[@<REVISION>][/<PATH>]`.
///
/// ```
/// use hf_types::HfUri;
/// let uri: HfUri = "hf://datasets/user/data@refs/pr/3/train.csv".parse()?;
/// assert_eq!((uri.id(), uri.revision(), uri.path_in_repo()), ("user/data", Some("refs/pr/3"), "train.csv"));
/// let same = HfUri::parse("https://huggingface.co/datasets/user/data/blob/refs%2Fpr%2F3/train.csv", None)?;
/// assert_eq!(uri, same);
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HfUri {
    fields: Fields,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Dataclass)]
#[dataclass(local)]
struct Fields {
    r#type: HfUriType,
    id: String,
    revision: Option<String>,
    #[dataclass(default)]
    path_in_repo: String,
}

const PROTOCOL: &str = "hf://";

impl HfUri {
    /// Creates a URI from its parts, each of which is validated. An empty path is the root.
    pub fn new(
        r#type: HfUriType,
        id: &str,
        revision: Option<&str>,
        path_in_repo: &str,
    ) -> Result<Self, ValidationError> {
        let fields = Fields {
            r#type,
            id: id.to_owned(),
            revision: revision.map(str::to_owned),
            path_in_repo: path_in_repo.to_owned(),
        };
        Self::check(fields, id)
    }

    /// Reads `hf://...`, or the URL of a page of the Hub: of a repository, a bucket, a file or a folder.
    ///
    /// `endpoint` is the Hub in use where it is not the public one, so that its URLs are known too.
    pub fn parse(text: &str, endpoint: Option<&str>) -> Result<Self, ValidationError> {
        let body = if let Some(body) = text.strip_prefix(PROTOCOL) {
            Cow::Borrowed(body)
        } else if web::looks_like_url(text, endpoint) {
            Cow::Owned(web::to_uri_body(text, endpoint)?)
        } else {
            return Err(ValidationError::hf_uri(
                text,
                "expected `hf://[<TYPE>/]<ID>[@<REVISION>][/<PATH>]` or the URL of a page of the Hub",
            ));
        };
        let (r#type, location) =
            split_type(&body).map_err(|rule| ValidationError::hf_uri(text, rule))?;
        let fields = match r#type {
            HfUriType::Bucket => bucket(location),
            repo => self::repo(repo, location),
        }
        .map_err(|rule| ValidationError::hf_uri(text, rule))?;
        Self::check(fields, text)
    }

    fn check(fields: Fields, shown: &str) -> Result<Self, ValidationError> {
        let refuse = |rule: &'static str| Err(ValidationError::hf_uri(shown, rule));
        if fields.id.split('/').count() != 2
            || fields.id.starts_with('/')
            || fields.id.ends_with('/')
        {
            return refuse("the id must be `namespace/name`");
        }
        match (&fields.revision, fields.r#type) {
            (Some(_), HfUriType::Bucket) => return refuse("buckets have no revisions"),
            (Some(revision), _) if revision.is_empty() => {
                return refuse("the revision after `@` is empty");
            }
            _ => {}
        }
        if fields.r#type != HfUriType::Bucket {
            fields.id.parse::<RepoId>().map_err(|err| {
                ValidationError::hf_uri(shown, format!("of its id: {}", err.rule()))
            })?;
        }
        if fields.path_in_repo.starts_with('/') || fields.path_in_repo.contains("//") {
            return refuse("the path must not have empty parts");
        }
        Ok(Self { fields })
    }

    /// Returns the kind of repository, or that it is a bucket.
    pub fn r#type(&self) -> HfUriType {
        self.fields.r#type
    }

    /// Returns the id of the repository or bucket: `namespace/name`.
    pub fn id(&self) -> &str {
        &self.fields.id
    }

    /// Returns the namespace of the id.
    pub fn namespace(&self) -> &str {
        self.fields.id.split('/').next().unwrap_or_default()
    }

    /// Returns the name of the id, without its namespace.
    pub fn name(&self) -> &str {
        self.fields.id.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the revision after `@`, decoded; always `None` for buckets.
    pub fn revision(&self) -> Option<&str> {
        self.fields.revision.as_deref()
    }

    /// Returns the path within the repository or bucket; empty for the root.
    ///
    /// It is as written, `..` included: make it a [`RepoPath`](crate::RepoPath) before it touches a disk.
    pub fn path_in_repo(&self) -> &str {
        &self.fields.path_in_repo
    }

    /// Returns whether the URI points into a bucket.
    pub fn is_bucket(&self) -> bool {
        self.fields.r#type == HfUriType::Bucket
    }

    /// Formats the URI in its full form, with the type.
    pub fn to_uri(&self) -> String {
        let fields = &self.fields;
        let mut uri = format!("{PROTOCOL}{}/{}", fields.r#type.prefix(), fields.id);
        if let Some(revision) = &fields.revision {
            uri.push('@');
            if is_special_ref(revision) {
                uri.push_str(revision);
            } else {
                uri.push_str(&revision.replace('/', "%2F"));
            }
        }
        if !fields.path_in_repo.is_empty() {
            uri.push('/');
            uri.push_str(&fields.path_in_repo);
        }
        uri
    }

    /// Returns the URL of the page that shows it, on the public Hub or at `endpoint`.
    pub fn to_url(&self, endpoint: Option<&str>) -> String {
        let fields = &self.fields;
        let base = endpoint.unwrap_or(DEFAULT_ENDPOINT).trim_end_matches('/');
        let path = quote(&fields.path_in_repo, "/");
        let prefix = match fields.r#type.repo_type() {
            None => "buckets/",
            Some(repo_type) => repo_type.url_prefix(),
        };
        let url = format!("{base}/{prefix}{}", fields.id);
        if self.is_bucket() {
            return if path.is_empty() {
                url
            } else {
                format!("{url}/tree/{path}")
            };
        }
        let revision = fields.revision.as_deref().map(|revision| {
            if is_special_ref(revision) {
                revision.to_owned()
            } else {
                quote(revision, "")
            }
        });
        match (path.is_empty(), revision) {
            (false, revision) => format!(
                "{url}/blob/{}/{path}",
                revision.as_deref().unwrap_or("main")
            ),
            (true, Some(revision)) => format!("{url}/tree/{revision}"),
            (true, None) => url,
        }
    }
}

impl FromStr for HfUri {
    type Err = ValidationError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, None)
    }
}

impl fmt::Display for HfUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_uri())
    }
}

/// As Python's attributes: an object of `type`, `id`, `revision` and `path_in_repo`.
impl serde_core::Serialize for HfUri {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields.serialize(serializer)
    }
}

/// From the object that is written, or from text.
impl<'de> Deserialize<'de> for HfUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrFields;
        impl<'de> serde_core::de::Visitor<'de> for TextOrFields {
            type Value = HfUri;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an hf:// URI or an object of its parts")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<HfUri, E> {
                Parsed(std::marker::PhantomData).visit_str(text)
            }
            fn visit_map<A: serde_core::de::MapAccess<'de>>(
                self,
                map: A,
            ) -> Result<HfUri, A::Error> {
                let fields =
                    Fields::deserialize(serde_core::de::value::MapAccessDeserializer::new(map))?;
                let id = fields.id.clone();
                HfUri::check(fields, &id).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(TextOrFields)
    }
}

fn is_special_ref(revision: &str) -> bool {
    special_ref_len(revision) == Some(revision.len())
}

/// The type that `body` starts with (models need none), and what follows.
fn split_type(body: &str) -> Result<(HfUriType, &str), Cow<'static, str>> {
    if body.is_empty() {
        return Err("nothing follows `hf://`".into());
    }
    let (first, rest) = match body.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (body, None),
    };
    if let Some(found) = HfUriType::from_prefix(first) {
        return match rest {
            Some(rest) => Ok((found, rest)),
            None => Err(format!("the id after `{first}/` is missing").into()),
        };
    }
    if let Some(singular) = HfUriType::ALL.into_iter().find(|t| t.as_str() == first) {
        return Err(format!(
            "the type is written in plural: `hf://{}/...`",
            singular.prefix()
        )
        .into());
    }
    Ok((HfUriType::Model, body))
}

fn bucket(location: &str) -> Result<Fields, Cow<'static, str>> {
    let mut parts = location.trim_matches('/').splitn(3, '/');
    let (Some(owner), Some(name)) = (parts.next(), parts.next()) else {
        return Err("the id must be `namespace/name`".into());
    };
    if owner.contains('@') || name.contains('@') {
        return Err("buckets have no revisions (`@`)".into());
    }
    Ok(Fields {
        r#type: HfUriType::Bucket,
        id: format!("{owner}/{name}"),
        revision: None,
        path_in_repo: parts.next().unwrap_or_default().to_owned(),
    })
}

fn repo(r#type: HfUriType, location: &str) -> Result<Fields, Cow<'static, str>> {
    let location = location.trim_matches('/');
    // An `@` deeper in the path belongs to the name of a file.
    let marked = location
        .split_once('@')
        .filter(|(before, _)| before.matches('/').count() <= 1);
    let (id, revision, path) = if let Some((id, rest)) = marked {
        let (revision, path) = match special_ref_len(rest) {
            Some(len) => {
                let path = &rest[len..];
                (&rest[..len], path.strip_prefix('/').unwrap_or(path))
            }
            None => rest.split_once('/').unwrap_or((rest, "")),
        };
        (id.to_owned(), Some(unquote(revision)), path)
    } else {
        let mut parts = location.splitn(3, '/');
        match (parts.next(), parts.next()) {
            (Some(owner), Some(name)) => (
                format!("{owner}/{name}"),
                None,
                parts.next().unwrap_or_default(),
            ),
            _ => return Err("the id must be `namespace/name`".into()),
        }
    };
    Ok(Fields {
        r#type,
        id,
        revision,
        path_in_repo: path.to_owned(),
    })
}
