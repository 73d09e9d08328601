//! The error type, which says what is wrong with a file, and where.

use core::fmt;

use alloc::boxed::Box;
use alloc::string::String;

use crate::Rule;

/// A `Result` with this crate's [`Error`] by default.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// The reason why a file, header, index or access was rejected: the broken
/// rule, the tensor, and the position.
pub struct Error(Box<Inner>);

struct Inner {
    rule: Rule,
    tensor: Option<String>,
    position: Option<u64>,
    file: Option<String>,
    #[cfg(feature = "std")]
    io: Option<std::io::Error>,
}

impl Error {
    #[cold]
    pub(crate) fn new(rule: Rule) -> Self {
        Error(Box::new(Inner {
            rule,
            tensor: None,
            position: None,
            file: None,
            #[cfg(feature = "std")]
            io: None,
        }))
    }

    #[cfg(feature = "std")]
    #[cold]
    pub(crate) fn io(error: std::io::Error) -> Self {
        let mut this = Error::new(Rule::Io);
        this.0.io = Some(error);
        this
    }

    pub(crate) fn at(mut self, position: u64) -> Self {
        self.0.position = Some(position);
        self
    }

    pub(crate) fn of(mut self, tensor: &str) -> Self {
        self.0.tensor = Some(tensor.into());
        self
    }

    #[cfg(feature = "std")]
    pub(crate) fn in_file(mut self, file: &std::path::Path) -> Self {
        if self.0.file.is_none() {
            self.0.file = Some(file.display().to_string());
        }
        self
    }

    /// Returns the rule that was broken.
    pub fn rule(&self) -> &Rule {
        &self.0.rule
    }

    /// Returns the name of the tensor, if the error concerns one.
    pub fn tensor(&self) -> Option<&str> {
        self.0.tensor.as_deref()
    }

    /// Returns the position in the file in bytes, if known.
    pub fn position(&self) -> Option<u64> {
        self.0.position
    }

    /// Returns the path of the file, if known.
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = self.file() {
            write!(f, "{file}: ")?;
        }
        if let Some(tensor) = self.tensor() {
            write!(f, "tensor {tensor:?}: ")?;
        }
        #[cfg(feature = "std")]
        if let Some(io) = &self.0.io {
            return write!(f, "{io}");
        }
        write!(f, "{}", self.rule())?;
        if let Some(position) = self.position() {
            write!(f, ", at byte {position} of the file")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("rule", self.rule());
        out.field("tensor", &self.tensor());
        out.field("position", &self.position());
        out.field("file", &self.file());
        #[cfg(feature = "std")]
        out.field("io", &self.0.io);
        out.finish()
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        #[cfg(feature = "std")]
        if let Some(io) = &self.0.io {
            return Some(io);
        }
        None
    }
}

#[cfg(feature = "std")]
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::io(error)
    }
}
