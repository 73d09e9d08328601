//! The error of this crate.

use std::fmt;
use std::path::Path;

/// The result of reading or changing a card.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was wrong with a card, where, and what to do.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: CardErrorKind,
    message: String,
    line: Option<usize>,
    hint: Option<&'static str>,
    source: Option<std::io::Error>,
}

/// The kind of an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CardErrorKind {
    /// The metadata is not YAML.
    Syntax,
    /// The metadata is YAML that a card cannot have: it is not a mapping, has several documents, a tag of its own, a
    /// key that is not a scalar.
    Unsupported,
    /// The metadata is nested too deeply, or too large once its aliases are resolved.
    TooLarge,
    /// The metadata starts with `---` but no second `---` ends it.
    Unterminated,
    /// The metadata could not be changed without changing something else: another entry refers to what was changed by
    /// an alias.
    Entangled,
    /// The `model-index` is not one, or the evaluation results cannot be written as one.
    ModelIndex,
    /// A value would be overwritten, which was not allowed.
    Conflict,
    /// A template is malformed.
    Template,
    /// A file cannot be read or written.
    Io,
}

impl Error {
    pub(crate) fn new(kind: CardErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            line: None,
            hint: None,
            source: None,
        }))
    }

    pub(crate) fn io(what: &str, path: &Path, source: std::io::Error) -> Self {
        let mut error = Self::new(
            CardErrorKind::Io,
            format!("cannot {what} {}", path.display()),
        );
        error.0.source = Some(source);
        error
    }

    pub(crate) fn at_line(mut self, line: usize) -> Self {
        self.0.line = Some(line);
        self
    }

    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.0.hint = Some(hint);
        self
    }

    /// Counts the line from the start of the file rather than from the start of its metadata.
    pub(crate) fn below_lines(mut self, lines: usize) -> Self {
        self.0.line = self.0.line.map(|line| line + lines);
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> CardErrorKind {
        self.0.kind
    }

    /// Returns the line of the card, counted from 1, if the error has one.
    pub fn line(&self) -> Option<usize> {
        self.0.line
    }

    /// Returns what to do about it, if there is something to say.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.0.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source}")?;
        }
        match self.0.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}
