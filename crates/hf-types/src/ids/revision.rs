//! Git revisions.

use crate::ValidationError;

/// A git revision on the Hub: a branch, a tag, a reference such as `refs/pr/1`, or a commit hash.
///
/// Anything is legal that can be quoted into a URL and be the name of a file below `refs/` of a cache: not empty, no
/// control character, no backslash, and no part that is empty, `.` or `..`.
///
/// ```
/// use hf_types::Revision;
/// let revision: Revision = "refs/pr/3".parse()?;
/// assert_eq!(revision.pr_number(), Some(3));
/// assert!(Revision::default() == "main");
/// assert!("../../escape".parse::<Revision>().is_err());
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(Box<str>);

const WHAT: &str = "revision";

super::string_value!(Revision, check);

impl Revision {
    /// The branch of every new repository.
    pub const MAIN: &'static str = "main";

    /// Returns the reference of a pull request: `refs/pr/<num>`.
    pub fn pull_request(num: u64) -> Self {
        Self(format!("refs/pr/{num}").into())
    }

    /// Returns whether this is a full commit hash (40 or 64 hex digits in lower case), which never moves.
    pub fn is_commit_hash(&self) -> bool {
        self.commit_hash().is_some()
    }

    /// Returns the commit that this names by its full hash; `None` for a branch, a tag, or another reference.
    pub fn commit_hash(&self) -> Option<super::CommitHash> {
        let commit: super::CommitHash = self.0.parse().ok()?;
        commit.is_hash().then_some(commit)
    }

    /// Returns the number of the pull request that this is the reference of.
    pub fn pr_number(&self) -> Option<u64> {
        let num = self.0.strip_prefix("refs/pr/")?;
        if num.starts_with('+') {
            return None;
        }
        num.parse().ok()
    }

    /// Returns whether this is one of the references that have slashes by nature: `refs/pr/N` and `refs/convert/NAME`.
    ///
    /// The Hub's web pages and `hf://` URIs take these as they are, where a branch `feature/x` must be quoted.
    pub fn is_special_ref(&self) -> bool {
        special_ref_len(&self.0) == Some(self.0.len())
    }

    /// Refuses names that Windows would not store as plain files; to be called before a file is named after it.
    ///
    /// ```
    /// # use hf_types::Revision;
    /// assert!("nul".parse::<Revision>()?.local_safe().is_err());
    /// # Ok::<(), hf_types::ValidationError>(())
    /// ```
    pub fn local_safe(&self) -> Result<(), ValidationError> {
        crate::validation::check_windows_safe(WHAT, &self.0)
    }
}

impl Default for Revision {
    fn default() -> Self {
        Self(Self::MAIN.into())
    }
}

impl From<super::CommitHash> for Revision {
    fn from(hash: super::CommitHash) -> Self {
        Self(hash.as_str().into())
    }
}

/// The length of the `refs/pr/N` or `refs/convert/NAME` that `text` starts with.
pub(crate) fn special_ref_len(text: &str) -> Option<usize> {
    let (prefix, legal): (&str, fn(char) -> bool) = if text.starts_with("refs/convert/") {
        ("refs/convert/", |c| {
            c.is_alphanumeric() || matches!(c, '_' | '.' | '-')
        })
    } else if text.starts_with("refs/pr/") {
        ("refs/pr/", char::is_numeric)
    } else {
        return None;
    };
    let rest = &text[prefix.len()..];
    let end = rest.find(|c| !legal(c)).unwrap_or(rest.len());
    (end > 0).then_some(prefix.len() + end)
}

fn check(text: &str) -> Result<&str, ValidationError> {
    crate::validation::check_printable(WHAT, text)?;
    crate::validation::check_segments(WHAT, text)?;
    Ok(text)
}
