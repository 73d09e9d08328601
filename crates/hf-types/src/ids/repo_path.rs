//! Paths in repositories.

use crate::ValidationError;

/// The path of a file or folder in a repository: relative, with `/` between its parts.
///
/// The path cannot leave the folder that it is joined to: it has no leading `/`, no part that is empty, `.` or `..`, and
/// no NUL. All else is legal, as it is in git: a backslash, a tab or a colon is an ordinary character of a name. Windows
/// reads some of these differently, so a path must pass [`RepoPath::local_safe`] before it names a file there.
///
/// ```
/// use hf_types::RepoPath;
/// let path: RepoPath = "onnx/model.onnx".parse()?;
/// assert_eq!(path.file_name(), "model.onnx");
/// assert_eq!(path.segments().collect::<Vec<_>>(), ["onnx", "model.onnx"]);
/// for bad in ["/etc/passwd", "a/../../b", "", "a//b", "a\0b"] {
///     assert!(bad.parse::<RepoPath>().is_err());
/// }
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Box<str>);

const WHAT: &str = "path in repo";

super::string_value!(RepoPath, check);

impl RepoPath {
    /// Returns the parts of the path, from the outside in.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// Returns the last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the folder that holds the entry; `None` at the root.
    pub fn parent(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(parent, _)| parent)
    }

    /// Returns the path with `child` below it, as `folder/child`.
    pub fn join(&self, child: &str) -> Result<Self, ValidationError> {
        format!("{}/{child}", self.0).try_into()
    }

    /// Refuses names that Windows would not store as plain files: backslashes, drives such as `C:`, devices (`NUL`,
    /// `com1.txt`), control characters, `:` and `?` and their like, a dot or space at the end.
    ///
    /// Call this before a file is written to a Windows disk; elsewhere all paths are safe.
    ///
    /// ```
    /// # use hf_types::RepoPath;
    /// for bad in ["data/aux.json", r"..\escape", "C:/x", "a\tb"] {
    ///     let path: RepoPath = bad.parse()?;
    ///     assert!(path.local_safe().is_err());
    /// }
    /// # Ok::<(), hf_types::ValidationError>(())
    /// ```
    pub fn local_safe(&self) -> Result<(), ValidationError> {
        crate::validation::check_windows_safe(WHAT, &self.0)
    }
}

fn check(text: &str) -> Result<&str, ValidationError> {
    crate::validation::check_segments(WHAT, text)?;
    Ok(text)
}
