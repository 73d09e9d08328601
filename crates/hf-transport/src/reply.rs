use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, SeqAccess, Visitor};

use crate::error::{Error, Result};

/// A whole answer: head and collected body.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The address that answered, after redirects.
    pub url: Uri,
    /// The body, decompressed.
    pub body: Bytes,
    pub(crate) method: Method,
}

impl Reply {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// A header as text; `None` if it is missing or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// `Decode`, naming the field that does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        self.utf8()
            .and_then(serde_json::from_str)
            .map_err(|error| self.describe::<T>(error))
    }

    /// Appends the items of a JSON array; none of them if there is an error.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub fn json_into<T: DeserializeOwned>(&self, items: &mut Vec<T>) -> Result<()> {
        let before = items.len();
        self.utf8()
            .and_then(|text| append(text, items))
            .map_err(|error| {
                items.truncate(before);
                self.describe::<Vec<T>>(error)
            })
    }

    /// The body, checked as a whole: its strings need no check one by one.
    fn utf8(&self) -> serde_json::Result<&str> {
        std::str::from_utf8(&self.body).map_err(|error| {
            serde::de::Error::custom(format_args!(
                "byte {} of the answer is not UTF-8",
                error.valid_up_to()
            ))
        })
    }

    #[cold]
    fn describe<T: DeserializeOwned>(&self, plain: serde_json::Error) -> Error {
        let text = explain::<T>(&self.body, &plain);
        self.undecodable(&text, plain)
    }

    #[cold]
    fn undecodable(&self, text: &str, plain: serde_json::Error) -> Error {
        let body = self.body.trim_ascii_start();
        let (message, hint) = if body.is_empty() {
            ("the answer is empty where JSON was expected".to_owned(), "")
        } else if body.starts_with(b"<") {
            (
                "the answer is an HTML page where JSON was expected".to_owned(),
                "is the endpoint (HF_ENDPOINT) a Hub, and is no login page or proxy in between?",
            )
        } else if plain.is_eof() {
            (
                format!(
                    "the answer's JSON ends too early, after {} bytes",
                    self.body.len()
                ),
                "trying again may help",
            )
        } else {
            (format!("the answer does not fit: {text}"), "")
        };
        let error = Error::decode(message)
            .with_status(self.status)
            .with_repeat(crate::error::Repeat::Never)
            .with_request(&self.method, &self.url.to_string())
            .with_source(plain);
        if hint.is_empty() {
            error
        } else {
            error.with_hint(hint)
        }
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn append<T: DeserializeOwned>(text: &str, items: &mut Vec<T>) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_str(text);
    Append(items).deserialize(&mut json)?;
    json.end()
}

/// Reads an array to the end of a list: an item is moved once, from where it was decoded.
struct Append<'a, T>(&'a mut Vec<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Append<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Append<'_, T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Push(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

struct Push<'a, T>(&'a mut Vec<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Push<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.push(T::deserialize(deserializer)?);
        Ok(())
    }
}

/// What is wrong with JSON that did not become a `T`, with the path of the field.
///
/// It decodes a second time: the path costs time to keep and is wanted on failure only.
#[cold]
pub(crate) fn explain<T: DeserializeOwned>(json: &[u8], plain: &serde_json::Error) -> String {
    let mut json = serde_json::Deserializer::from_slice(json);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(error) if error.path().iter().next().is_some() => {
            format!("field `{}`: {}", error.path(), error.inner())
        }
        _ => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[derive(Debug, serde::Deserialize)]
    struct Info {
        #[allow(dead_code)]
        siblings: Vec<Sibling>,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Sibling {
        #[allow(dead_code)]
        size: u64,
    }

    fn reply(body: &str) -> Reply {
        Reply {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            url: "https://h/api/models/x?token=secret".parse().unwrap(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            method: Method::GET,
        }
    }

    #[test]
    fn a_list_goes_on_or_stays_as_it_was() {
        let mut items = vec![0_u8];
        reply("[1, 2]").json_into(&mut items).unwrap();
        assert_eq!(items, [0, 1, 2]);
        for body in ["[3, 999]", "[3] 4", "[3", "{}"] {
            let error = reply(body).json_into(&mut items).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
            assert_eq!(items, [0, 1, 2], "{body}");
        }
        let error = reply("[3, 999]").json_into(&mut items).unwrap_err();
        assert!(error.to_string().contains("[1]"), "{error}");
    }

    #[test]
    fn what_is_not_utf8_is_an_error() {
        let mut answer = reply("");
        answer.body = Bytes::from_static(b"{\"siblings\": [], \"x\": \"\xff\"}");
        let error = answer.json::<serde_json::Value>().unwrap_err();
        assert!(error.to_string().contains("field `x`"), "{error}");
        answer.body = Bytes::from_static(b"\xff");
        let error = answer.json::<serde_json::Value>().unwrap_err();
        assert!(error.to_string().contains("byte 0"), "{error}");
    }

    #[test]
    fn a_decode_error_says_where_and_what() {
        for (body, words) in [
            (
                r#"{"siblings":[{"size":1},{"size":"x"}]}"#,
                "field `siblings[1].size`: invalid type: string",
            ),
            (
                r#"{"siblings":[{}]}"#,
                "field `siblings[0]`: missing field `size`",
            ),
            ("[]", "does not fit"),
            ("{}", "missing field `siblings`"),
            ("<html>Sign in</html>", "HTML page"),
            ("", "empty"),
            (
                r#"{"siblings":[{"size":1"#,
                "ends too early, after 22 bytes",
            ),
        ] {
            let error = reply(body).json::<Info>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            let text = error.to_string();
            assert!(text.contains(words), "{text}");
            assert!(text.contains("GET https://h/api/models/x") && !text.contains("secret"));
        }
        assert!(
            reply(r#"{"siblings":[{"size":1,"new":2}],"new":[]}"#)
                .json::<Info>()
                .is_ok()
        );
    }
}
