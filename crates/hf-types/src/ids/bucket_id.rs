//! Ids of buckets.

use crate::ValidationError;

/// The id of a bucket: `namespace/name`.
///
/// ```
/// use hf_types::BucketId;
/// let id: BucketId = "user/my-bucket".parse()?;
/// assert_eq!((id.namespace(), id.name()), ("user", "my-bucket"));
/// assert!("my-bucket".parse::<BucketId>().is_err());
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketId(Box<str>);

const WHAT: &str = "bucket id";

super::string_value!(BucketId, check);

impl BucketId {
    /// Returns the user or organization that owns the bucket.
    pub fn namespace(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// Returns the name within the namespace.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

fn check(text: &str) -> Result<&str, ValidationError> {
    super::repo_id::check_as(WHAT, text)?;
    if text.contains('/') {
        Ok(text)
    } else {
        Err(ValidationError::new(
            WHAT,
            text,
            "expected `namespace/name`",
        ))
    }
}
