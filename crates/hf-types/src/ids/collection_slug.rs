//! Slugs of collections.

use crate::ValidationError;

/// The slug of a collection: `namespace/title-<24 hex digits>`, as in the URL of its page.
///
/// ```
/// use hf_types::CollectionSlug;
/// let slug: CollectionSlug = "user/recent-models-64f9a55bb3115b4f513ec026".parse()?;
/// assert_eq!(slug.namespace(), "user");
/// assert_eq!(slug.object_id(), Some("64f9a55bb3115b4f513ec026"));
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionSlug(Box<str>);

const WHAT: &str = "collection slug";

super::string_value!(CollectionSlug, check);

impl CollectionSlug {
    /// Returns the user or organization that owns the collection.
    pub fn namespace(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// Returns the id at the end of the slug, which stays when the title changes.
    pub fn object_id(&self) -> Option<&str> {
        let id = self.0.rsplit(['-', '/']).next()?;
        (id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit())).then_some(id)
    }
}

fn check(text: &str) -> Result<&str, ValidationError> {
    crate::validation::check_printable(WHAT, text)?;
    crate::validation::check_segments(WHAT, text)?;
    if text.split('/').count() != 2 {
        return Err(ValidationError::new(
            WHAT,
            text,
            "expected `namespace/title-id`, as in the collection's URL",
        ));
    }
    if text
        .chars()
        .any(|c| c.is_whitespace() || matches!(c, '?' | '#' | '%'))
    {
        return Err(ValidationError::new(
            WHAT,
            text,
            "white space, `?`, `#` and `%` are not allowed",
        ));
    }
    Ok(text)
}
