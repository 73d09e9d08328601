//! Addresses: a repository at a revision, or a bucket.

use std::fmt;

use bytes::Bytes;
use hf_api::commit::CommitOperationAdd;
use hf_api::types::{
    BucketId, HfUri, HfUriType, RepoId, RepoPath, RepoType, Revision, ValidationError,
};
use object_store::Result;
use object_store::path::Path;
use url::Url;

use crate::error::{generic, invalid};

const FORMS: &str = "the forms are `hf://datasets/<owner>/<name>[@<revision>][/<path>]`, the same with `spaces`, \
     `hf://<owner>/<model>[@<revision>][/<path>]` and `hf://buckets/<owner>/<name>[/<path>]`";

/// What a store is of: a repository at a revision, or a bucket.
///
/// ```
/// use hf_object_store::HubLocation;
/// let location: HubLocation = "hf://datasets/org/data@refs/convert/parquet".parse()?;
/// assert_eq!(location.to_string(), "hf://datasets/org/data@refs/convert/parquet");
/// # Ok::<(), object_store::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HubLocation {
    /// A model, dataset or Space at a revision.
    Repo {
        /// The type of the repository.
        repo_type: RepoType,
        /// `owner/name`.
        id: RepoId,
        /// A branch, a tag, a commit, `refs/pr/N` or `refs/convert/parquet`.
        revision: Revision,
    },
    /// A bucket.
    Bucket(BucketId),
}

/// Splits an `hf://` URL into the repository or bucket and the path in it, as stores of other schemes do.
///
/// ```
/// use object_store::path::Path;
/// use url::Url;
/// let url = Url::parse("hf://datasets/org/data@v1/train/0.parquet").unwrap();
/// let (location, path) = hf_object_store::parse_url(&url)?;
/// assert_eq!(location.to_string(), "hf://datasets/org/data@v1");
/// assert_eq!(path, Path::from("train/0.parquet"));
/// # Ok::<(), object_store::Error>(())
/// ```
///
/// # Errors
/// `Generic`, with what is wrong and the forms there are, if the URL is not of one of them.
pub fn parse_url(url: &Url) -> Result<(HubLocation, Path)> {
    if url.scheme() != "hf" {
        return Err(invalid(
            format!("{:?} is not an hf:// URL", url.as_str()),
            FORMS,
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(
            format!(
                "the URL {:?} has a query or a fragment, which hf:// URLs do not have",
                url.as_str()
            ),
            "write `?` as %3F and `#` as %23 if they are part of a name",
        ));
    }
    let (location, path) = split(url.as_str())?;
    let path = Path::from_url_path(path).map_err(|error| {
        invalid(
            format!("the path in {:?} cannot be used: {error}", url.as_str()),
            FORMS,
        )
    })?;
    Ok((location, path))
}

/// Splits a URL whose path is as it is, not percent-encoded.
pub(crate) fn split(url: &str) -> Result<(HubLocation, String)> {
    let wrong = |error: ValidationError| invalid(error.to_string(), FORMS);
    let uri = HfUri::parse(url, None).map_err(wrong)?;
    let path = uri.path_in_repo().to_owned();
    let location = match uri.r#type().repo_type() {
        Some(repo_type) => HubLocation::Repo {
            repo_type,
            id: uri.id().parse().map_err(wrong)?,
            revision: match uri.revision() {
                Some(revision) => revision.parse().map_err(wrong)?,
                None => Revision::default(),
            },
        },
        None => HubLocation::Bucket(uri.id().parse().map_err(wrong)?),
    };
    Ok((location, path))
}

impl HubLocation {
    /// Returns whether nothing can be written here whatever the token: a commit, or a conversion that the Hub makes.
    pub(crate) fn is_fixed(&self) -> bool {
        match self {
            Self::Repo { revision, .. } => {
                revision.is_commit_hash() || revision.as_str().starts_with("refs/convert/")
            }
            Self::Bucket(_) => false,
        }
    }

    /// Refuses paths that no file can have there.
    pub(crate) fn check(&self, path: &Path) -> Result<()> {
        let text = path.as_ref();
        let wrong = |error: &dyn fmt::Display| {
            invalid(
                format!("{self} cannot hold {text:?}: {error}"),
                "choose another path; nothing was sent",
            )
        };
        text.parse::<RepoPath>().map_err(|error| wrong(&error))?;
        CommitOperationAdd::from_bytes(text, Bytes::new()).map_err(|error| wrong(&error))?;
        Ok(())
    }

    fn uri(&self) -> Result<HfUri, ValidationError> {
        match self {
            Self::Repo {
                repo_type,
                id,
                revision,
            } => {
                let default = *revision == Revision::default();
                let revision = (!default).then_some(revision.as_str());
                HfUri::new(HfUriType::from(*repo_type), id.as_str(), revision, "")
            }
            Self::Bucket(id) => HfUri::new(HfUriType::Bucket, id.as_str(), None, ""),
        }
    }
}

impl fmt::Display for HubLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.uri() {
            // The prefix of models can be left out, and usually is.
            Ok(uri) => f.pad(&uri.to_uri().replacen("hf://models/", "hf://", 1)),
            Err(_) => write!(f, "{self:?}"),
        }
    }
}

/// Reads a URL without a path.
impl std::str::FromStr for HubLocation {
    type Err = object_store::Error;

    fn from_str(text: &str) -> Result<Self> {
        let url = Url::parse(text).map_err(|error| {
            generic(
                hf_api::Error::validation(format!("{text:?} is not a URL: {error}"))
                    .with_hint(FORMS),
            )
        })?;
        let (location, path) = parse_url(&url)?;
        if path.is_root() {
            return Ok(location);
        }
        Err(invalid(
            format!("{text:?} has a path where a repository or bucket is expected"),
            "use `parse_url` to split it",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(String, String)> {
        let (location, path) = parse_url(&Url::parse(text).unwrap())?;
        Ok((location.to_string(), path.to_string()))
    }

    #[test]
    fn an_address_is_split_into_repository_revision_and_path() {
        for (text, location, path) in [
            (
                "hf://datasets/Org/data/a/b.parquet",
                "hf://datasets/Org/data",
                "a/b.parquet",
            ),
            ("hf://Org/model", "hf://Org/model", ""),
            ("hf://models/Org/model/", "hf://Org/model", ""),
            (
                "hf://spaces/o/s@refs/pr/3/app.py",
                "hf://spaces/o/s@refs/pr/3",
                "app.py",
            ),
            (
                "hf://datasets/o/d@refs%2Fconvert%2Fparquet/x/0.parquet",
                "hf://datasets/o/d@refs/convert/parquet",
                "x/0.parquet",
            ),
            (
                "hf://datasets/o/d/a%20b/c%25.csv",
                "hf://datasets/o/d",
                "a b/c%.csv",
            ),
            ("hf://buckets/o/b/logs/x", "hf://buckets/o/b", "logs/x"),
        ] {
            let (found, rest) = parsed(text).unwrap();
            assert_eq!((&*found, &*rest), (location, path), "{text}");
        }
    }

    #[test]
    fn an_address_of_another_form_is_refused_with_the_forms_there_are() {
        for text in [
            "s3://bucket/x",
            "hf://datasets/only-one",
            "hf://gpt2",
            "hf://datasets/a/b/c/../d//e",
            "hf://buckets/o/b@main/x",
            "hf://datasets/o/d@/x",
            "hf://datasets/o/d/x?y",
            "hf://nonsense",
        ] {
            let error = parsed(text).unwrap_err();
            assert!(
                matches!(error, object_store::Error::Generic { .. }),
                "{text}"
            );
            let shown = error.to_string();
            assert!(shown.contains("hf://") || shown.contains("%3F"), "{shown}");
        }
    }
}
