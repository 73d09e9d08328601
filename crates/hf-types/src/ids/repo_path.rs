use crate::ValidationError;

/// The path of a file or folder in a repository: relative, with `/` between its parts.
///
/// It cannot leave the folder that it is joined to: no leading `/`, no part that is empty, `.` or `..`, no backslash
/// (so no UNC path), no drive such as `C:`, no control character.
///
/// ```
/// use hf_types::RepoPath;
/// let path: RepoPath = "onnx/model.onnx".parse()?;
/// assert_eq!(path.file_name(), "model.onnx");
/// assert_eq!(path.segments().collect::<Vec<_>>(), ["onnx", "model.onnx"]);
/// for bad in ["/etc/passwd", "a/../../b", r"..\b", "C:/x", "", "a//b", "a\0b"] {
///     assert!(bad.parse::<RepoPath>().is_err());
/// }
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Box<str>);

const WHAT: &str = "path in repo";

super::string_value!(RepoPath, check);

impl RepoPath {
    /// Its parts, from the outside in.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The folder that holds it; `None` at the root.
    pub fn parent(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(parent, _)| parent)
    }

    /// The path with `child` below it, as `folder/child`.
    pub fn join(&self, child: &str) -> Result<Self, ValidationError> {
        format!("{}/{child}", self.0).try_into()
    }

    /// Refuses names that Windows would not store as plain files: devices (`NUL`, `com1.txt`), a trailing dot or
    /// space, and characters such as `:` and `?`. To be called where the file is written to a Windows disk.
    ///
    /// ```
    /// # use hf_types::RepoPath;
    /// let path: RepoPath = "data/aux.json".parse()?;
    /// assert!(path.local_safe().unwrap_err().to_string().contains("device"));
    /// # Ok::<(), hf_types::ValidationError>(())
    /// ```
    pub fn local_safe(&self) -> Result<(), ValidationError> {
        crate::validation::check_windows_safe(WHAT, &self.0)
    }
}

fn check(text: &str) -> Result<&str, ValidationError> {
    crate::validation::check_segments(WHAT, text)?;
    let bytes = text.as_bytes();
    if bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' {
        return Err(ValidationError::new(
            WHAT,
            text,
            "it must be relative; remove the drive",
        ));
    }
    Ok(text)
}
