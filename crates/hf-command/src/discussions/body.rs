//! The text of a discussion or comment, with attached files.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use hf_api::Error;
use serde_json::json;

use crate::failure::Failure;
use crate::hub::Hub;

#[derive(Debug, Args)]
pub(crate) struct BodyArgs {
    /// The text, in Markdown.
    #[arg(long)]
    body: Option<String>,
    /// The file of the text; `-` is stdin.
    #[arg(long, value_name = "FILE", conflicts_with = "body")]
    body_file: Option<PathBuf>,
    /// Attach an image, a video or a sound: `FILE`, or `FILE#description`. `![...](FILE)` in the text becomes the
    /// uploaded file; others are put at the end. May be repeated.
    #[arg(long, value_name = "FILE")]
    attach: Vec<String>,
}

/// A file to attach.
struct Attachment {
    path: PathBuf,
    alt: String,
    url: String,
    is_placed: bool,
}

impl BodyArgs {
    /// Returns the text, after the files were uploaded; `None` if nothing was given.
    pub(super) async fn read(&self, hub: &Hub) -> Result<Option<String>, Failure> {
        let body = match (&self.body, &self.body_file) {
            (Some(body), _) => Some(body.clone()),
            (None, Some(file)) => Some(read_file(file)?),
            (None, None) => None,
        };
        if self.attach.is_empty() {
            return Ok(body);
        }
        let mut attachments: Vec<_> = self.attach.iter().map(|value| attachment(value)).collect();
        for attachment in &mut attachments {
            let path = std::fs::canonicalize(&attachment.path).map_err(|error| {
                Error::io(
                    format_args!("reading `{}`", attachment.path.display()),
                    error,
                )
            })?;
            attachment.path = path;
        }
        for attachment in &mut attachments {
            let arguments = json!({"path": attachment.path});
            let url = hub.call("upload_attachment", arguments).await?;
            url.as_str()
                .unwrap_or_default()
                .clone_into(&mut attachment.url);
        }
        Ok(Some(place(&body.unwrap_or_default(), &mut attachments)))
    }
}

fn read_file(file: &Path) -> Result<String, Failure> {
    if file == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| Error::io("reading the text from stdin", error))?;
        return Ok(text);
    }
    let read = std::fs::read_to_string(file);
    Ok(read.map_err(|error| Error::io(format_args!("reading `{}`", file.display()), error))?)
}

/// Reads `FILE` or `FILE#description`; a file whose own name has a `#` is that file.
fn attachment(value: &str) -> Attachment {
    let (file, alt) = match value.split_once('#') {
        Some((file, alt)) if !Path::new(value).is_file() => (file, alt),
        _ => (value, ""),
    };
    let path = PathBuf::from(file);
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    Attachment {
        alt: if alt.is_empty() {
            stem.unwrap_or_default()
        } else {
            alt.to_owned()
        },
        path,
        url: String::new(),
        is_placed: false,
    }
}

/// Puts the uploaded files where the text refers to them, and the others at its end.
fn place(body: &str, attachments: &mut [Attachment]) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(start) = rest.find("![") {
        text.push_str(&rest[..start]);
        let at = &rest[start..];
        let Some((alt, target, length)) = image(at) else {
            text.push_str("![");
            rest = &at[2..];
            continue;
        };
        let path = std::fs::canonicalize(unquote(target)).ok();
        let mut known = attachments.iter_mut();
        match known.find(|attachment| Some(&attachment.path) == path.as_ref()) {
            Some(attachment) => {
                attachment.is_placed = true;
                text.push_str(&markdown(attachment, alt));
            }
            None => text.push_str(&at[..length]),
        }
        rest = &at[length..];
    }
    text.push_str(rest);
    let mut parts = vec![text.trim().to_owned()];
    let others = attachments
        .iter()
        .filter(|attachment| !attachment.is_placed);
    parts.extend(others.map(|attachment| markdown(attachment, &attachment.alt)));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// Reads `![alt](target)`, `![alt](<target>)` or `![alt](target "title")`: the description, the target, the length.
fn image(text: &str) -> Option<(&str, &str, usize)> {
    let alt_end = text.find(']')?;
    let target = text[alt_end + 1..].strip_prefix('(')?;
    let (mut depth, mut end) = (0_usize, None);
    for (at, c) in target.char_indices() {
        match c {
            '\n' => return None,
            '(' => depth += 1,
            ')' if depth == 0 => {
                end = Some(at);
                break;
            }
            ')' => depth -= 1,
            _ => {}
        }
    }
    let end = end?;
    let inner = target[..end].trim_end();
    let inner = match inner.strip_suffix('"').and_then(|inner| inner.rfind(" \"")) {
        Some(title) => inner[..title].trim_end(),
        None => inner,
    };
    let inner = inner.strip_prefix('<').unwrap_or(inner);
    let inner = inner.strip_suffix('>').unwrap_or(inner);
    (!inner.is_empty()).then_some((&text[2..alt_end], inner, alt_end + 2 + end + 1))
}

/// Decodes `%20` and the like.
fn unquote(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

/// What the Hub's editor writes for a file of that kind.
fn markdown(attachment: &Attachment, alt: &str) -> String {
    let url = &attachment.url;
    let suffix = attachment
        .path
        .extension()
        .and_then(|suffix| suffix.to_str());
    match suffix.unwrap_or_default().to_ascii_lowercase().as_str() {
        "mp4" | "mov" | "webm" | "avi" | "mkv" | "ogv" => url.clone(),
        "mp3" | "wav" | "flac" | "ogg" | "m4a" | "aac" => {
            format!("<audio controls src=\"{url}\"></audio>")
        }
        _ => format!("![{alt}]({url})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_take_the_place_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let named = |name: &str, alt: &str| {
            let path = folder.join(name);
            std::fs::write(&path, "x").unwrap();
            Attachment {
                alt: alt.to_owned(),
                url: format!("https://hub/{}", name.replace(' ', "-")),
                path,
                is_placed: false,
            }
        };
        let mut attachments = [
            named("a b.png", "a"),
            named("c.mp3", "c"),
            named("d.mp4", "d"),
        ];
        let here = folder.display();
        let body = format!(
            "See ![before]({here}/a%20b.png \"title\") and ![x](other.png), ![y](<{here}/c.mp3>)."
        );
        assert_eq!(
            place(&body, &mut attachments),
            "See ![before](https://hub/a-b.png) and ![x](other.png), \
             <audio controls src=\"https://hub/c.mp3\"></audio>.\n\nhttps://hub/d.mp4"
        );
    }

    #[test]
    fn texts_that_are_nearly_images_stay() {
        for body in [
            "![",
            "![]",
            "![a](",
            "![a](b\nc)",
            "![a]()",
            "é![é](é)",
            "%",
            "a ![x](y%zz)",
        ] {
            assert_eq!(place(body, &mut []), body);
        }
    }
}
