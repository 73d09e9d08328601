//! `POST /api/validate-yaml`: validates the metadata of a README.md before anything is uploaded.

use hf_transport::{Error, ErrorKind, Request, Result};
use serde::Deserialize;

use crate::content::Content;
use crate::context::Context;

#[derive(Deserialize, Default)]
struct YamlResponse {
    #[serde(default)]
    errors: Vec<YamlMessage>,
    #[serde(default)]
    warnings: Vec<YamlMessage>,
}

#[derive(Deserialize)]
struct YamlMessage {
    message: String,
}

/// Validates the README.md among `files`, if there is one.
pub(crate) async fn validate_readme<'a>(
    cx: &Context,
    files: impl IntoIterator<Item = (&'a str, &'a Content)>,
) -> Result<()> {
    match files.into_iter().find(|(path, _)| *path == "README.md") {
        Some((path, readme)) => validate_yaml(cx, readme.read_text(path).await?).await,
        None => Ok(()),
    }
}

/// Validates the metadata in `content`, the text of a README.md.
///
/// # Errors
/// Returns `Validation` with the Hub's message if it is rejected. Warnings are logged.
pub(crate) async fn validate_yaml(cx: &Context, content: String) -> Result<()> {
    let request = cx
        .request(Request::post("/api/validate-yaml"))
        .operation("validate_yaml")
        .idempotent(true)
        .json(&serde_json::json!({
            "content": content,
            "repoType": cx.target.repo_type.as_str(),
        }));
    match cx.client.fetch(request).await {
        Ok(response) => {
            // Warnings only inform; a response of another form has none.
            let response = response.json::<YamlResponse>().unwrap_or_default();
            for warning in response.warnings {
                tracing::warn!("metadata in README.md: {}", warning.message);
            }
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::BadRequest => {
            let response: YamlResponse = serde_json::from_slice(error.body()).unwrap_or_default();
            let errors: Vec<&str> = response.errors.iter().map(|e| e.message.as_str()).collect();
            Err(Error::validation(format!(
                "invalid metadata in README.md: {}",
                errors.join("; ")
            ))
            .with_hint("correct the YAML block at the top of the file")
            .with_source(error))
        }
        Err(error) => Err(error),
    }
}
