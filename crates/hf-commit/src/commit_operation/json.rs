//! The JSON form of operations, used by calls by name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hf_transport::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::CommitOperation;
use crate::operation::{CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, parse};
use crate::preuploaded::PreuploadedFile;

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Wire {
    Add {
        path_in_repo: String,
        #[serde(flatten)]
        content: AddContent,
    },
    Delete {
        path_in_repo: String,
        is_folder: Option<Value>,
    },
    Copy {
        src_path_in_repo: String,
        path_in_repo: String,
        src_revision: Option<String>,
        src_repo_id: Option<String>,
        src_repo_type: Option<String>,
    },
}

#[derive(Deserialize, Default)]
struct AddContent {
    path_or_fileobj: Option<Value>,
    content: Option<String>,
    base64: Option<String>,
    /// The SHA-256 of a file that is already in storage.
    sha256: Option<String>,
    size: Option<u64>,
    /// Whether the `.gitignore` excludes the file.
    #[serde(default)]
    ignored: bool,
}

impl AddContent {
    fn into_operation(self, path_in_repo: &str) -> Result<CommitOperation> {
        match self {
            Self {
                path_or_fileobj: None,
                content: None,
                base64: None,
                sha256: Some(sha256),
                size: Some(size),
                ignored: false,
            } => {
                let sha256 = parse(&sha256)?;
                PreuploadedFile::stored(path_in_repo, size, sha256)
                    .map(CommitOperation::Preuploaded)
            }
            Self {
                ignored: true,
                size,
                ..
            } => PreuploadedFile::ignored(path_in_repo, size.unwrap_or_default())
                .map(CommitOperation::Preuploaded),
            content => content.into_add(path_in_repo).map(CommitOperation::Add),
        }
    }

    fn into_add(self, path_in_repo: &str) -> Result<CommitOperationAdd> {
        match (self.path_or_fileobj, self.content, self.base64) {
            (Some(Value::String(path)), None, None) => {
                CommitOperationAdd::from_path(path_in_repo, path)
            }
            (Some(object @ Value::Object(_)), None, None) => serde_json::from_value::<Self>(object)
                .map_err(|e| wrong(&e))?
                .into_add(path_in_repo),
            (None, Some(text), None) => CommitOperationAdd::from_bytes(path_in_repo, text),
            (None, None, Some(text)) => {
                let bytes = STANDARD.decode(text).map_err(|e| {
                    Error::validation(format!("`base64` of {path_in_repo} is not base64: {e}"))
                })?;
                CommitOperationAdd::from_bytes(path_in_repo, bytes)
            }
            _ => Err(Error::validation(format!(
                "{path_in_repo} needs exactly one of `path_or_fileobj` (a path), `content` (text) and `base64`"
            ))),
        }
    }
}

fn wrong(error: &serde_json::Error) -> Error {
    Error::validation(format!(
        "not an operation: {error}; expected {{\"op\": \"add\" | \"delete\" | \"copy\", \"path_in_repo\": ...}}"
    ))
}

impl CommitOperation {
    /// Parses an operation from one of these forms:
    /// - `{"op": "add", "path_in_repo", "path_or_fileobj": PATH | "content": TEXT | "base64": B64}`,
    /// - `{"op": "add", "path_in_repo", "sha256", "size"}` for a file that is already in storage,
    /// - `{"op": "delete", "path_in_repo", "is_folder"?}`, or
    /// - `{"op": "copy", "src_path_in_repo", "path_in_repo", "src_revision"?, "src_repo_id"?,
    ///   "src_repo_type"?}`.
    ///
    /// ```
    /// use hf_commit::CommitOperation;
    /// use serde_json::json;
    /// let op = CommitOperation::from_json(&json!({"op": "add", "path_in_repo": "a.txt", "content": "hi"}))?;
    /// assert_eq!(op.to_json()?, json!({"op": "add", "path_in_repo": "a.txt", "base64": "aGk="}));
    /// # Ok::<(), hf_transport::Error>(())
    /// ```
    pub fn from_json(value: &Value) -> Result<Self> {
        match Wire::deserialize(value).map_err(|e| wrong(&e))? {
            Wire::Add {
                path_in_repo,
                content,
            } => content.into_operation(&path_in_repo),
            Wire::Delete {
                path_in_repo,
                is_folder,
            } => {
                let op = CommitOperationDelete::new(&path_in_repo)?;
                Ok(Self::Delete(match is_folder {
                    None | Some(Value::Null) => op,
                    Some(Value::Bool(is_folder)) => op.is_folder(is_folder),
                    Some(Value::String(auto)) if auto == "auto" => op,
                    Some(other) => {
                        return Err(Error::validation(format!(
                            "`is_folder` must be true, false or \"auto\", not {other}"
                        )));
                    }
                }))
            }
            Wire::Copy {
                src_path_in_repo,
                path_in_repo,
                src_revision,
                src_repo_id,
                src_repo_type,
            } => {
                let mut op = CommitOperationCopy::new(&src_path_in_repo, &path_in_repo)?;
                if let Some(revision) = src_revision {
                    op = op.src_revision(parse(&revision)?);
                }
                match (src_repo_id, src_repo_type) {
                    (Some(id), Some(kind)) => op = op.src_repo(parse(&id)?, parse(&kind)?),
                    (None, None) => {}
                    (Some(_), None) => {
                        return Err(Error::validation(
                            "`src_repo_type` is required with `src_repo_id`",
                        ));
                    }
                    (None, Some(_)) => {
                        return Err(Error::validation(
                            "`src_repo_id` is required with `src_repo_type`",
                        ));
                    }
                }
                Ok(Self::Copy(op))
            }
        }
    }

    /// Converts the operation to the form that [`from_json`](Self::from_json) parses. Bytes in memory become
    /// base64.
    ///
    /// There is no JSON form for bytes from a [`ByteSource`](crate::ByteSource), or for a path that is not
    /// UTF-8.
    pub fn to_json(&self) -> Result<Value> {
        match self {
            Self::Add(op) => op.to_json(),
            Self::Preuploaded(file) => file.to_json(),
            Self::Delete(op) => Ok(json!({
                "op": "delete",
                "path_in_repo": op.path_in_repo(),
                "is_folder": op.deletes_folder(),
            })),
            Self::Copy(op) => {
                let (repo, revision) = op.source();
                let mut value = json!({
                    "op": "copy",
                    "src_path_in_repo": op.src_path_in_repo(),
                    "path_in_repo": op.path_in_repo(),
                });
                if let Some(revision) = revision {
                    value["src_revision"] = revision.as_str().into();
                }
                if let Some((id, kind)) = repo {
                    value["src_repo_id"] = id.as_str().into();
                    value["src_repo_type"] = kind.as_str().into();
                }
                Ok(value)
            }
        }
    }
}

impl CommitOperationAdd {
    /// Parses the `path_or_fileobj` parameter of `upload_file`: a path, `{"content": TEXT}` or `{"base64":
    /// B64}`.
    pub fn from_json_source(path_in_repo: &str, source: &Value) -> Result<Self> {
        let content = match source {
            Value::String(_) => AddContent {
                path_or_fileobj: Some(source.clone()),
                ..AddContent::default()
            },
            _ => AddContent::deserialize(source).map_err(|e| wrong(&e))?,
        };
        content.into_add(path_in_repo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &Value) -> CommitOperation {
        CommitOperation::from_json(value).unwrap_or_else(|e| panic!("{value}: {e}"))
    }

    #[test]
    fn every_form_is_read_and_written_back() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for value in [
            json!({"op": "add", "path_in_repo": "a", "path_or_fileobj": file.path()}),
            json!({"op": "add", "path_in_repo": "a", "base64": "AAE="}),
            json!({"op": "add", "path_in_repo": "a", "sha256": "01".repeat(32), "size": 7}),
            json!({"op": "add", "path_in_repo": "a", "ignored": true, "size": 7}),
            json!({"op": "delete", "path_in_repo": "a/", "is_folder": true}),
            json!({"op": "delete", "path_in_repo": "a/", "is_folder": false}),
            json!({"op": "copy", "src_path_in_repo": "a", "path_in_repo": "b"}),
            json!({"op": "copy", "src_path_in_repo": "a", "path_in_repo": "b", "src_revision": "refs/pr/1",
                   "src_repo_id": "u/r", "src_repo_type": "dataset"}),
        ] {
            assert_eq!(read(&value).to_json().unwrap(), value);
        }
        let folder = read(&json!({"op": "delete", "path_in_repo": "a/", "is_folder": "auto"}));
        assert!(matches!(folder, CommitOperation::Delete(op) if op.deletes_folder()));
        let op = CommitOperationAdd::from_json_source("a", &json!({"content": "é"})).unwrap();
        assert_eq!(op.size(), 2);
    }

    #[test]
    fn bad_forms_say_what_is_wrong() {
        for (value, wanted) in [
            (json!({"op": "move", "path_in_repo": "a"}), "move"),
            (json!({"op": "add", "path_in_repo": "a"}), "exactly one"),
            (
                json!({"op": "add", "path_in_repo": "a", "content": "x", "base64": ""}),
                "exactly one",
            ),
            (
                json!({"op": "add", "path_in_repo": "a", "base64": "*"}),
                "not base64",
            ),
            (
                json!({"op": "add", "path_in_repo": "../a", "content": "x"}),
                "path_in_repo",
            ),
            (
                json!({"op": "add", "path_in_repo": "a", "path_or_fileobj": "/no/such/file"}),
                "no file",
            ),
            (
                json!({"op": "delete", "path_in_repo": "a", "is_folder": 1}),
                "is_folder",
            ),
            (
                json!({"op": "copy", "src_path_in_repo": "a", "path_in_repo": "b", "src_repo_id": "u/r"}),
                "src_repo_type",
            ),
            (json!(3), "expected"),
        ] {
            let error = CommitOperation::from_json(&value).unwrap_err();
            assert!(error.to_string().contains(wanted), "{value}: {error}");
        }
    }
}
