//! What `hf-types` refuses is a call that is wrong.

use hf_types::ValidationError;

use super::Error;

impl From<ValidationError> for Error {
    fn from(error: ValidationError) -> Self {
        Self::validation(error.to_string())
    }
}
