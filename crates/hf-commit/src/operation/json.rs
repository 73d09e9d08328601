//! The JSON form of a file that is added, used by calls by name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hf_transport::{Error, Result};
use serde_json::{Value, json};

use super::CommitOperationAdd;
use crate::content::Content;
use crate::source::Source;

impl CommitOperationAdd {
    /// Converts the operation to JSON; see [`CommitOperation::to_json`](crate::CommitOperation::to_json).
    pub fn to_json(&self) -> Result<Value> {
        add_to_json(self.path_in_repo(), self.content())
    }
}

/// Returns the JSON form of a file whose bytes are available.
pub(crate) fn add_to_json(path_in_repo: &str, content: &Content) -> Result<Value> {
    let mut value = json!({"op": "add", "path_in_repo": path_in_repo});
    match &content.source {
        Source::File { path, limit: None } => {
            let path = path
                .to_str()
                .ok_or_else(|| Error::validation(format!("{} is not UTF-8", path.display())))?;
            value["path_or_fileobj"] = path.into();
        }
        Source::Bytes(bytes) => value["base64"] = STANDARD.encode(bytes).into(),
        Source::File { .. } | Source::Custom(_) => {
            return Err(Error::validation(format!(
                "`{path_in_repo}` has no JSON form: its bytes are neither a whole file nor in memory"
            )));
        }
    }
    Ok(value)
}
