//! Extracts the server's own error messages from the headers and every common form of error body.

use http::HeaderMap;
use serde_json::{Map, Value};

use crate::json;

/// The maximum length of one message.
const MESSAGE_LIMIT: usize = 2_000;

/// The maximum number of messages.
const MESSAGES: usize = 20;

/// Members that hold a message, in addition to those of the Hub.
const TEXTS: [&str; 7] = [
    "title",
    "message",
    "msg",
    "detail",
    "reason",
    "description",
    "errorMessage",
];

/// The messages of an error response.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// The messages in order, without duplicates.
    pub(super) texts: Vec<String>,
    /// The `<Code>` of a storage service that responds with XML.
    pub(super) storage_code: Option<String>,
}

impl Messages {
    /// Extracts the messages from the `X-Error-Message` header and the body.
    pub(super) fn read(header: Option<String>, headers: &HeaderMap, body: &[u8]) -> Self {
        let mut messages = Self::default();
        if let Some(text) = header {
            messages.add(&text);
        }
        let body = body.trim_ascii();
        if body.is_empty() {
            return messages;
        }
        if let Ok(value) = json::from_slice::<Value>(body) {
            match &value {
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
                Value::Array(all) => all
                    .iter()
                    .filter(|one| one.is_string() || one.is_object())
                    .for_each(|one| messages.add_value(one)),
                Value::String(_) | Value::Object(_) => messages.add_value(&value),
            }
            if messages.texts.is_empty() && is_unknown(&value) {
                // An object of unknown form is still shown as the server's message.
                messages.add(&String::from_utf8_lossy(body));
            }
        } else if body.starts_with(b"<") || is_html(headers) {
            messages.add_markup(&String::from_utf8_lossy(body));
        } else {
            let start = &body[..body.len().min(4 * MESSAGE_LIMIT)];
            messages.add(&String::from_utf8_lossy(start));
        }
        messages
    }

    fn add(&mut self, text: &str) {
        let text = shorten(text.trim());
        if !text.is_empty() && self.texts.len() < MESSAGES && !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }

    fn add_value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Array(all) => all.iter().for_each(|one| self.add_value(one)),
            Value::Object(fields) => self.add_object(fields),
            Value::Bool(_) | Value::Number(_) => self.add(&value.to_string()),
            Value::Null => {}
        }
    }

    /// Extracts messages from an object in the forms of the Hub (`error`, `errors`), OAuth
    /// (`error_description`), FastAPI (`detail`), Express (`message`) and RFC 9457 (`title`, `detail`), in
    /// any combination and nested.
    fn add_object(&mut self, fields: &Map<String, Value>) {
        let present = |name: &str| fields.get(name).filter(|value| !value.is_null());
        let text = |name: &str| present(name).and_then(Value::as_str);
        // A validation error names its location: `{"loc": ["body", "name"], "msg": "field required"}`.
        if let (Some(place), Some(what)) = (
            present("loc").or(present("path")),
            text("msg").or(text("message")),
        ) {
            self.add(&format!("{}: {what}", joined(place)));
            return;
        }
        match (text("error"), text("error_description")) {
            (Some(error), Some(more)) => self.add(&format!("{error}: {more}")),
            _ => {
                for name in ["error", "error_description"] {
                    if let Some(value) = present(name) {
                        let before = self.texts.len();
                        self.add_value(value);
                        let empty = value.as_array().is_some_and(Vec::is_empty);
                        if self.texts.len() == before && !value.is_string() && !empty {
                            self.add(&value.to_string());
                        }
                    }
                }
            }
        }
        for name in TEXTS {
            if let Some(value) = present(name) {
                self.add_value(value);
            }
        }
        match present("errors") {
            // `{"errors": {"name": ["is taken"]}}`.
            Some(Value::Object(by_field)) => {
                for (field, problems) in by_field {
                    self.add(&format!("{field}: {}", joined(problems)));
                }
            }
            Some(all) => self.add_value(all),
            None => {}
        }
    }

    /// Extracts the code and message from a storage service's XML, or the title of an HTML page.
    fn add_markup(&mut self, text: &str) {
        let is_error = text.contains("<Error") && element(text, "Code").is_some();
        if is_error {
            self.storage_code = element(text, "Code").map(|code| shorten(&code));
            for name in ["Message", "Details"] {
                if let Some(message) = element(text, name) {
                    self.add(&message);
                }
            }
        } else if let Some(title) = element(text, "title").or_else(|| element(text, "TITLE")) {
            self.add(&title);
        }
    }
}

/// Returns whether a value is an object without any known message member.
fn is_unknown(value: &Value) -> bool {
    let known = |name: &String| {
        ["error", "error_description", "errors"].contains(&name.as_str())
            || TEXTS.contains(&name.as_str())
    };
    value
        .as_object()
        .is_some_and(|fields| !fields.is_empty() && !fields.keys().any(known))
}

fn is_html(headers: &HeaderMap) -> bool {
    headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"))
}

/// Joins the texts of a value: `["body", "name", 0]` becomes `body.name.0`.
fn joined(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(joined).collect::<Vec<_>>().join("."),
        other => other.to_string(),
    }
}

/// Returns the text of the first element of this name.
fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inner, _) = rest.split_once(&format!("</{name}>"))?;
    let plain = inner
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    (!plain.is_empty()).then_some(plain)
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_server_s_words_are_found_in_every_common_form() {
        for (body, expected) in [
            (r#"{"error":"no"}"#, &["no"][..]),
            (r#"{"error":["a","b","a"]}"#, &["a", "b"]),
            (r#"{"error":{"code":5,"message":"quota"}}"#, &["quota"]),
            (
                r#"{"error":"invalid_grant","error_description":"expired"}"#,
                &["invalid_grant: expired"],
            ),
            (
                r#"{"error":"Bad Request","message":"name is taken","statusCode":400}"#,
                &["Bad Request", "name is taken"],
            ),
            (r#"{"message":"m"}"#, &["m"]),
            (r#"{"message":["m","n"]}"#, &["m", "n"]),
            (r#"{"detail":"d"}"#, &["d"]),
            (
                r#"{"detail":[{"loc":["body","name"],"msg":"field required","type":"x"}]}"#,
                &["body.name: field required"],
            ),
            (r#"{"errors":["e","f"]}"#, &["e", "f"]),
            (
                r#"{"errors":[{"message":"e"},{"detail":"f"},{"error":"g"}]}"#,
                &["e", "f", "g"],
            ),
            (
                r#"{"errors":{"name":["is taken"],"size":"too large"}}"#,
                &["name: is taken", "size: too large"],
            ),
            (
                r#"{"type":"about:blank","title":"Gone","status":410,"detail":"since May"}"#,
                &["Gone", "since May"],
            ),
            (
                r#"{"success":false,"code":7}"#,
                &[r#"{"success":false,"code":7}"#],
            ),
            (r#""text""#, &["text"]),
            (r#"{"error":"cut \ud83d"}"#, &["cut \u{fffd}"]),
            (r#"{"error":null,"message":null}"#, &[]),
            ("{}", &[]),
            ("[]", &[]),
            ("", &[]),
            ("plain words\n", &["plain words"]),
            (
                "<html><head><title>413 Request Entity\n Too Large</title></head></html>",
                &["413 Request Entity Too Large"],
            ),
            ("<p>no title</p>", &[]),
        ] {
            let messages = Messages::read(None, &HeaderMap::new(), body.as_bytes());
            assert_eq!(messages.texts, expected, "{body}");
            assert_eq!(messages.storage_code, None);
        }
    }

    #[test]
    fn a_storage_s_xml_is_read() {
        let body = "<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The &quot;signature&quot; does not match.</Message><StringToSign>secret</StringToSign></Error>";
        let messages = Messages::read(None, &HeaderMap::new(), body.as_bytes());
        assert_eq!(
            messages.storage_code.as_deref(),
            Some("SignatureDoesNotMatch")
        );
        assert_eq!(messages.texts, ["The \"signature\" does not match."]);
    }

    #[test]
    fn the_header_comes_first_and_nothing_is_said_twice() {
        let messages = Messages::read(
            Some("no".to_owned()),
            &HeaderMap::new(),
            br#"{"error":"no","message":"more"}"#,
        );
        assert_eq!(messages.texts, ["no", "more"]);
    }

    proptest! {
        #[test]
        fn no_body_panics_it(body in "\\PC{0,80}|[<>/a-zA-Z&;]{0,80}") {
            let _ = Messages::read(None, &HeaderMap::new(), body.as_bytes());
        }
    }
}
