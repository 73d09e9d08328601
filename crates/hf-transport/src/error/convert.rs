//! Conversions from other errors.

use hf_types::ValidationError;

use super::{BoxError, Error, ErrorKind, classify};

impl From<ValidationError> for Error {
    fn from(error: ValidationError) -> Self {
        Self::validation(error.to_string())
    }
}

impl From<BoxError> for Error {
    /// Returns the [`Error`] inside, if there is one. A connection error becomes [`ErrorKind::Network`] or
    /// [`ErrorKind::Timeout`], any other error [`ErrorKind::Layer`].
    fn from(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => *error,
            Err(error) => classify::foreign(error),
        }
    }
}

impl From<std::io::Error> for Error {
    /// Converts the error of a local file operation, as [`Error::io`] does where the path is known. An
    /// [`Error`] inside it is returned unchanged.
    fn from(error: std::io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Self::new(io_kind(&error), error.to_string()).with_source(error),
        }
    }
}

pub(super) fn io_kind(error: &std::io::Error) -> ErrorKind {
    match error.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::FileNotFound,
        _ => ErrorKind::Io,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_io_error_keeps_what_is_inside() {
        let missing = Error::from(std::fs::File::open("/nonexistent/x").unwrap_err());
        assert_eq!(missing.kind(), ErrorKind::FileNotFound);
        let wrapped = std::io::Error::other(Error::new(ErrorKind::GatedRepo, "gated"));
        assert_eq!(Error::from(wrapped).kind(), ErrorKind::GatedRepo);
        let other = Error::from(std::io::Error::other("full"));
        assert_eq!((other.kind(), other.message()), (ErrorKind::Io, "full"));
    }
}
