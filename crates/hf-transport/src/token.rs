//! User access tokens, and where they come from.

use std::fmt;
use std::path::{Path, PathBuf};

use http::HeaderValue;

use crate::config::Env;
use crate::error::{Error, Result};

/// A user access token. It is secret and appears nowhere but in the `Authorization` header.
///
/// ```
/// use hf_transport::Token;
/// let token = Token::new(" hf_example\n")?;
/// assert_eq!(token.expose(), "hf_example");
/// assert_eq!(format!("{token:?}"), "Token([redacted])");
/// assert!(Token::new("hf_\u{1}").is_err());
/// # Ok::<(), hf_transport::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// `Bearer ...`, marked as sensitive. Cloning it is a reference count.
    header: HeaderValue,
}

const SCHEME: &str = "Bearer ";

impl Token {
    /// Creates a token from text. Surrounding white space and line ends are removed.
    ///
    /// # Errors
    /// Returns `Validation` if nothing is left, or if the text contains characters that a header cannot
    /// carry.
    pub fn new(text: impl AsRef<str>) -> Result<Self> {
        let clean = clean(text.as_ref());
        if clean.is_empty() {
            return Err(Error::validation("the token is empty"));
        }
        if !clean.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::validation(
                "the token contains characters that a header cannot carry",
            )
            .with_hint("copy it again from https://huggingface.co/settings/tokens"));
        }
        let mut header = HeaderValue::from_str(&format!("{SCHEME}{clean}"))
            .map_err(|_| Error::validation("the token is not a valid header value"))?;
        header.set_sensitive(true);
        Ok(Self { header })
    }

    /// Returns the secret itself.
    pub fn expose(&self) -> &str {
        self.header
            .to_str()
            .map_or("", |text| &text[SCHEME.len()..])
    }

    /// Returns the value of the `Authorization` header, marked as sensitive.
    pub fn header_value(&self) -> HeaderValue {
        self.header.clone()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([redacted])")
    }
}

fn clean(text: &str) -> String {
    text.trim().replace(['\r', '\n'], "").trim().to_owned()
}

/// The source of a client's token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenSource {
    /// The token was set in code.
    Explicit,
    /// The token came from the environment variable with this name.
    Environment(&'static str),
    /// The token came from this file.
    File(PathBuf),
}

/// Finds the token of the environment: `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, then the token file.
pub(crate) fn find(env: &Env<'_>, token_path: &Path) -> Result<Option<(Token, TokenSource)>> {
    // As in Python, an empty HF_TOKEN falls back to the older name; a blank one does not.
    for name in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
        if let Some(value) = env.text(name)? {
            if clean(&value).is_empty() {
                break;
            }
            let token = Token::new(value).map_err(|e| e.with_context(name))?;
            return Ok(Some((token, TokenSource::Environment(name))));
        }
    }
    match std::fs::read_to_string(token_path) {
        Ok(text) if clean(&text).is_empty() => Ok(None),
        Ok(text) => {
            let token = Token::new(text)
                .map_err(|e| e.with_context(format_args!("token file {}", token_path.display())))?;
            Ok(Some((token, TokenSource::File(token_path.to_owned()))))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(
            format_args!("cannot read the token file {}", token_path.display()),
            error,
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn the_order_of_sources() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("token");
        let none = home.path().join("none");
        std::fs::write(&file, "  hf_file\r\n").unwrap();
        let find = |pairs: &[(&str, &str)], path: &Path| {
            super::find(
                &Env::of(&|name| {
                    let pair = pairs.iter().find(|(known, _)| *known == name);
                    pair.map(|(_, value)| OsString::from(value))
                }),
                path,
            )
        };
        let both = [
            ("HF_TOKEN", " hf_env\n"),
            ("HUGGING_FACE_HUB_TOKEN", "hf_old"),
        ];
        let old = [("HF_TOKEN", ""), ("HUGGING_FACE_HUB_TOKEN", "hf_old")];
        let blank = [("HF_TOKEN", " "), ("HUGGING_FACE_HUB_TOKEN", "hf_old")];
        let (token, source) = find(&both, &file).unwrap().unwrap();
        assert_eq!(
            (token.expose(), source),
            ("hf_env", TokenSource::Environment("HF_TOKEN"))
        );
        let (token, source) = find(&old, &file).unwrap().unwrap();
        assert_eq!(
            (token.expose(), source),
            ("hf_old", TokenSource::Environment("HUGGING_FACE_HUB_TOKEN"))
        );
        let (token, source) = find(&blank, &file).unwrap().unwrap();
        assert_eq!(
            (token.expose(), source),
            ("hf_file", TokenSource::File(file))
        );
        assert_eq!(find(&[], &none).unwrap(), None);
    }

    #[test]
    fn an_illegal_token_is_an_error_and_never_shown() {
        for bad in ["hf_a b", "hf_\u{7f}", "hf_\u{e9}", "hf_\0x"] {
            let error = Token::new(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Validation);
            assert!(!format!("{error} {error:?}").contains("hf_"), "{error:?}");
        }
        let error = find(
            &Env::of(&|_| Some(OsString::from("hf_a b"))),
            Path::new("/none"),
        )
        .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("HF_TOKEN: the token contains")
        );
        assert_eq!(Token::new(" \n").unwrap_err().kind(), ErrorKind::Validation);
    }

    #[test]
    fn debug_and_the_header_hide_it() {
        let token = Token::new("hf_secret").unwrap();
        assert_eq!(
            format!("{token:?} {:?}", token.header_value()),
            "Token([redacted]) Sensitive"
        );
    }
}
