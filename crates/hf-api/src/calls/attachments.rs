//! Files that comments and cards show.

use std::path::PathBuf;

use crate::call::{Context, Operation};
use crate::{Call, Error, HfApi, Request, Result};

/// The formats that the Hub shows, by file extension.
const CONTENT_TYPES: [(&str, &str); 10] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
];

/// Uploads an image, a video or a sound, and returns its URL for use in a
/// comment or a card.
///
/// `POST /uploads`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let url = api.upload_attachment("plot.png").await?;
/// let comment = format!("The loss falls: ![plot]({url})");
/// api.comment_discussion("user/name", 1, comment).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` for a format that the Hub does not show; `FileNotFound` or `Io`
/// if the file cannot be read.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = String)]
pub struct UploadAttachmentCall {
    #[call(context)]
    ctx: Context,
    /// The local file.
    #[call(arg)]
    path: PathBuf,
}

impl Operation for UploadAttachmentCall {
    async fn run(self, api: HfApi) -> Result<String> {
        let content_type = content_type(&self.path)?;
        let content = tokio::fs::read(&self.path).await.map_err(|error| {
            Error::io(
                format!("cannot read the attachment {}", self.path.display()),
                error,
            )
        })?;
        let request = Request::post("/uploads")
            .header("content-type", content_type)
            .body(content)
            .operation("upload_attachment");
        Ok(api.fetch(request).await?.text().trim().to_owned())
    }
}

fn content_type(path: &std::path::Path) -> Result<&'static str> {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    CONTENT_TYPES
        .iter()
        .find(|(known, _)| *known == extension)
        .map(|(_, content_type)| *content_type)
        .ok_or_else(|| {
            let known: Vec<&str> = CONTENT_TYPES.iter().map(|(known, _)| *known).collect();
            Error::validation(format!(
                "{} cannot be an attachment: its extension must be one of {}",
                path.display(),
                known.join(", ")
            ))
        })
}

/// # Attachments
impl HfApi {
    upload_attachment!();
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_extension_of_a_file_is_its_format() {
        assert_eq!(content_type(Path::new("a/b.PNG")).unwrap(), "image/png");
        assert_eq!(
            content_type(Path::new("b.tar.mov")).unwrap(),
            "video/quicktime"
        );
        for bad in ["b.svg", "b", ".png", "b.png.zip"] {
            let error = content_type(Path::new(bad)).unwrap_err();
            assert!(error.to_string().contains("webm"), "{bad}: {error}");
        }
    }
}
