//! A response whose body is in memory, and the decoding of that body.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::Response;
use crate::error::{Error, Result, Retryability};
use crate::json;

/// A response whose body is in memory and decompressed.
pub type BufferedResponse = Response<Bytes>;

impl Response<Bytes> {
    /// Returns the body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Decodes the body as JSON.
    ///
    /// A byte order mark is skipped, and half a surrogate pair (`"\ud83d"`, as sent by a server that
    /// truncates text) is decoded as U+FFFD.
    ///
    /// # Errors
    /// Returns `Decode`, with the path of the field that could not be decoded.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        json::decode(&self.body, json::from_str).map_err(|error| self.describe::<T>(error))
    }

    /// Decodes one member of a JSON object and skips the others.
    ///
    /// # Errors
    /// The same as [`json`](Self::json), and `Decode` if there is no such member.
    pub fn json_member<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        match json::decode(&self.body, |text| json::member(text, name)) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(self.locate(
                Error::decode(format!("the response has no `{name}`"))
                    .with_status(self.status)
                    .with_retryability(Retryability::Never),
            )),
            Err(error) => {
                let text = error.to_string();
                Err(self.undecodable(&format!("field `{name}`: {text}"), error))
            }
        }
    }

    /// Appends the items of a JSON array to `items`. If there is an error, `items` is unchanged.
    ///
    /// # Errors
    /// The same as [`json`](Self::json).
    pub fn json_into<T: DeserializeOwned>(&self, items: &mut Vec<T>) -> Result<()> {
        let before = items.len();
        json::decode(&self.body, |text| {
            items.truncate(before);
            json::append(text, items)
        })
        .map_err(|error| {
            items.truncate(before);
            self.describe::<Vec<T>>(error)
        })
    }

    /// Returns the body as text, with invalid UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[cold]
    fn describe<T: DeserializeOwned>(&self, plain: serde_json::Error) -> Error {
        let text = json::explain::<T>(&self.body, &plain);
        self.undecodable(&text, plain)
    }

    #[cold]
    fn undecodable(&self, text: &str, plain: serde_json::Error) -> Error {
        let body = self.body.trim_ascii_start();
        let (message, hint) = if body.is_empty() {
            (
                "the response is empty where JSON was expected".to_owned(),
                "",
            )
        } else if body.starts_with(b"<") {
            (
                "the response is an HTML page where JSON was expected".to_owned(),
                "check that the endpoint (HF_ENDPOINT) is a Hub, and that no login page or proxy is in between",
            )
        } else if plain.is_eof() {
            (
                format!(
                    "the JSON of the response ends too early, after {} bytes",
                    self.body.len()
                ),
                "try again; if it persists, something between the Hub and here cuts responses",
            )
        } else {
            (
                format!("the response does not have the expected form: {text}"),
                "",
            )
        };
        let error = self.locate(
            Error::decode(message)
                .with_status(self.status)
                .with_retryability(Retryability::Never)
                .with_source(plain),
        );
        if hint.is_empty() {
            error
        } else {
            error.with_hint(hint)
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method, StatusCode};

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

    fn response(body: impl AsRef<[u8]>) -> BufferedResponse {
        Response {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            url: "https://h/api/models/x?token=secret".parse().unwrap(),
            body: Bytes::copy_from_slice(body.as_ref()),
            method: Method::GET,
            attempts: 1,
            started: tokio::time::Instant::now(),
        }
    }

    #[test]
    fn a_list_goes_on_or_stays_as_it_was() {
        let mut items = vec![0_u8];
        response("[1, 2]").json_into(&mut items).unwrap();
        assert_eq!(items, [0, 1, 2]);
        for body in ["[3, 999]", "[3] 4", "[3", "{}", r#"[3, "\ud800"]"#] {
            let error = response(body).json_into(&mut items).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
            assert_eq!(items, [0, 1, 2], "{body}");
        }
        let error = response("[3, 999]").json_into(&mut items).unwrap_err();
        assert!(error.to_string().contains("[1]"), "{error}");
    }

    #[test]
    fn invalid_utf8_is_an_error() {
        let error = response(b"{\"siblings\": [], \"x\": \"\xff\"}")
            .json::<serde_json::Value>()
            .unwrap_err();
        assert!(error.to_string().contains("field `x`"), "{error}");
        let error = response(b"\xff").json::<serde_json::Value>().unwrap_err();
        assert!(error.to_string().contains("byte 0"), "{error}");
    }

    #[test]
    fn half_a_surrogate_pair_does_not_lose_the_rest() {
        let body = r#"[{"id":"u/a","description":"cut \ud83d"},{"id":"u/b","description":"\ud83d\ude00"}]"#;
        let mut items: Vec<serde_json::Value> = Vec::new();
        response(body).json_into(&mut items).unwrap();
        assert_eq!(items[0]["description"], "cut \u{fffd}");
        assert_eq!(items[1]["description"], "\u{1f600}");
        assert_eq!(
            response(body).json::<Vec<serde_json::Value>>().unwrap(),
            items
        );
        let member = response(r#"{"a":1,"b":"\ude00!"}"#).json_member::<String>("b");
        assert_eq!(member.unwrap(), "\u{fffd}!");
    }

    #[test]
    fn a_member_is_read_and_its_absence_named() {
        let body = response(r#"{"other":[1,{"a":2}],"items":[1,2]}"#);
        assert_eq!(body.json_member::<Vec<u8>>("items").unwrap(), [1, 2]);
        let error = body.json_member::<u8>("item").unwrap_err();
        assert!(error.to_string().contains("no `item`"), "{error}");
        let error = body.json_member::<u8>("items").unwrap_err();
        assert!(error.to_string().contains("`items`"), "{error}");
        assert_eq!(
            response("[]").json_member::<u8>("a").unwrap_err().kind(),
            ErrorKind::Decode
        );
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(response("\u{feff}[1]").json::<Vec<u8>>().unwrap(), [1]);
        let mut items = vec![0_u8];
        response("\u{feff}[1]").json_into(&mut items).unwrap();
        assert_eq!(items, [0, 1]);
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
            ("[]", "does not have the expected form"),
            ("{}", "missing field `siblings`"),
            ("<html>Sign in</html>", "HTML page"),
            ("", "empty"),
            (
                r#"{"siblings":[{"size":1"#,
                "ends too early, after 22 bytes",
            ),
        ] {
            let error = response(body).json::<Info>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            let text = error.to_string();
            assert!(text.contains(words), "{text}");
            assert!(text.contains("GET https://h/api/models/x") && !text.contains("secret"));
        }
        assert!(
            response(r#"{"siblings":[{"size":1,"new":2}],"new":[]}"#)
                .json::<Info>()
                .is_ok()
        );
    }
}
