//! Ids of repositories.

use crate::ValidationError;

/// The id of a repository: `namespace/name`, or `name` alone for the oldest ones.
///
/// The rules are those of the Hub: each part has 1 to 96 of `A-Z a-z 0-9 _ - .`, does not start or end with `-` or
/// `.`, and nowhere stands `--` or `..`, nor `.git` at the end.
///
/// ```
/// use hf_types::RepoId;
/// let id: RepoId = "openai-community/gpt2".parse()?;
/// assert_eq!(id.owner(), Some("openai-community"));
/// assert_eq!(id.name(), "gpt2");
/// assert!("../../etc/passwd".parse::<RepoId>().is_err());
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoId(Box<str>);

const WHAT: &str = "repo id";
/// Longest part of an id, in characters (all are ASCII).
const MAX_PART: usize = 96;

super::string_value!(RepoId, check);

impl RepoId {
    /// Returns the user or organization, if the id has one.
    pub fn owner(&self) -> Option<&str> {
        self.0.split_once('/').map(|(owner, _)| owner)
    }

    /// Returns the name within the namespace.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(_, name)| name)
    }
}

fn check(text: &str) -> Result<&str, ValidationError> {
    check_as(WHAT, text)?;
    Ok(text)
}

/// The rules, for ids of another name that share them.
pub(super) fn check_as(what: &'static str, text: &str) -> Result<(), ValidationError> {
    let refuse = |rule: &'static str| Err(ValidationError::new(what, text, rule));
    if text.is_empty() {
        return refuse("it must not be empty; expected `namespace/name`");
    }
    let mut parts = text.split('/');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    if parts.next().is_some() {
        return refuse(
            "expected `namespace/name` or `name`; the kind of repo goes into `repo_type`",
        );
    }
    for part in [Some(first), second].into_iter().flatten() {
        if part.is_empty() || part.len() > MAX_PART {
            return refuse("each part must have 1 to 96 characters");
        }
        if !part
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        {
            return refuse("only letters, digits, `-`, `_` and `.` are allowed");
        }
        if part.starts_with(['-', '.']) || part.ends_with(['-', '.']) {
            return refuse("no part may start or end with `-` or `.`");
        }
    }
    if text.contains("--") || text.contains("..") {
        return refuse("`--` and `..` are not allowed");
    }
    if text.as_bytes().ends_with(b".git") {
        return refuse("it must not end with `.git`");
    }
    Ok(())
}
