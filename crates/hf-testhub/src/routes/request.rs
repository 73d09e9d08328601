//! A parsed request, as passed to the handlers.
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use crate::response::HubError;
use crate::store::{Role, Viewer};

/// A request, parsed as far as every handler needs.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path as it was sent.
    pub(crate) path: String,
    /// The parts of the path, decoded.
    pub(crate) parts: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) raw_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) viewer: Viewer,
}

impl Request {
    pub(crate) fn new(parts: &Parts, body: Bytes, viewer: Viewer) -> Self {
        let path = parts.uri.path().to_owned();
        let raw_query = parts.uri.query().unwrap_or_default().to_owned();
        Self {
            method: parts.method.clone(),
            parts: path
                .trim_start_matches('/')
                .split('/')
                .map(decode)
                .collect(),
            path,
            query: pairs(&raw_query),
            raw_query,
            headers: parts.headers.clone(),
            body,
            viewer,
        }
    }

    /// Returns the error for a route of the real Hub that this one does not offer.
    pub(crate) fn not_offered(&self) -> HubError {
        HubError::not_offered(self.method.as_str(), &self.path)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Iterates over all values of a parameter, given with or without `[]`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .filter(move |(key, _)| key == name || key.strip_suffix("[]") == Some(name))
            .map(|(_, value)| value.as_str())
    }

    /// Returns whether a flag is set: `true`, `True`, `1`, or without a value.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|v| matches!(v, "true" | "True" | "1" | ""))
    }

    pub(crate) fn json(&self) -> Result<Value, HubError> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| HubError::bad_request(format!("Invalid JSON body: {error}")))
    }

    /// Returns the body, sent as JSON or as a form. A name that occurs several times becomes a
    /// list.
    pub(crate) fn json_or_form(&self) -> Result<Value, HubError> {
        let form = self
            .headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !form {
            return self.json();
        }
        let mut fields = serde_json::Map::new();
        for (key, value) in pairs(&String::from_utf8_lossy(&self.body)) {
            match fields.entry(key) {
                serde_json::map::Entry::Vacant(free) => {
                    free.insert(value.into());
                }
                serde_json::map::Entry::Occupied(mut taken) => {
                    let taken = taken.get_mut();
                    if let Value::Array(list) = taken {
                        list.push(value.into());
                    } else {
                        *taken = Value::Array(vec![taken.take(), value.into()]);
                    }
                }
            }
        }
        Ok(Value::Object(fields))
    }

    /// Returns the name of the caller, or 401 for an anonymous one.
    pub(crate) fn user(&self) -> Result<&str, HubError> {
        self.viewer.name().ok_or_else(HubError::unauthorized)
    }

    /// Returns the name of the caller, if the token may write.
    pub(crate) fn writer(&self) -> Result<&str, HubError> {
        match &self.viewer {
            Viewer::Anonymous => Err(HubError::unauthorized()),
            Viewer::User {
                name,
                role: Role::Write,
            } => Ok(name),
            Viewer::User { .. } => Err(HubError::forbidden(
                "Forbidden: you must use a write token to upload to a repository.",
            )),
        }
    }
}

pub(super) fn decode(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = |t: &str| decode(&t.replace('+', " "));
            (text(key), text(value))
        })
        .collect()
}

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const PATH: &AsciiSet = &SEGMENT.remove(b'/');

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

pub(crate) fn encode_path(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}
