//! The requests and responses of the Git LFS batch API.

use hf_transport::{Error, ErrorKind, Request, Result};
use hf_types::Sha256;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::context::Context;

pub(super) const MEDIA_TYPE: &str = "application/vnd.git-lfs+json";

/// The number of objects in one batch request, as in Python.
pub(super) const BATCH_OBJECTS: usize = 256;

#[derive(Serialize)]
struct BatchRequest<'a> {
    operation: &'static str,
    transfers: [&'static str; 2],
    objects: &'a [ObjectId],
    hash_algo: &'static str,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<Reference<'a>>,
}

#[derive(Serialize)]
struct Reference<'a> {
    name: &'a str,
}

/// The identity of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub(super) struct ObjectId {
    pub(super) oid: Sha256,
    pub(super) size: u64,
}

#[derive(Deserialize)]
struct BatchResponse {
    objects: Vec<Object>,
}

/// The instructions for one object.
#[derive(Debug, Deserialize)]
pub(super) struct Object {
    pub(super) oid: String,
    actions: Option<Actions>,
    error: Option<ObjectError>,
}

#[derive(Debug, Deserialize)]
struct ObjectError {
    #[serde(default)]
    code: Option<i64>,
    message: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Actions {
    pub(super) upload: Option<Action>,
    pub(super) verify: Option<Action>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Action {
    pub(super) href: String,
    header: Option<Map<String, Value>>,
}

impl Object {
    /// Returns the actions. `None` means that the content already exists.
    pub(super) fn into_actions(self) -> Option<Actions> {
        self.actions.filter(|actions| actions.upload.is_some())
    }
}

/// How the bytes of an object are sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// In one PUT request.
    Basic,
    /// In one PUT request per part, followed by a POST.
    Multipart { part_bytes: u64, urls: Vec<String> },
}

/// Headers that concern the connection and are not for a server to choose.
const NOT_FROM_THE_SERVER: [&str; 4] =
    ["connection", "content-length", "host", "transfer-encoding"];

impl Action {
    /// Returns the headers that a request to this URL must carry.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.header
            .iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .filter(|(name, _)| {
                !NOT_FROM_THE_SERVER
                    .iter()
                    .any(|own| name.eq_ignore_ascii_case(own))
            })
    }

    /// Returns whether the object is sent in parts. If so, the headers contain `chunk_size`, and a URL under
    /// each part number.
    pub(super) fn plan(&self, size: u64) -> Result<Plan> {
        let malformed = |what: String| {
            Error::decode(format!(
                "the response of the LFS batch endpoint is malformed: {what}"
            ))
        };
        let Some((header, chunk_size)) = self
            .header
            .as_ref()
            .and_then(|header| Some((header, header.get("chunk_size")?)))
        else {
            return Ok(Plan::Basic);
        };
        let part_bytes = match chunk_size {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        }
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| {
            malformed(format!(
                "`chunk_size` must be a positive integer, not {chunk_size}"
            ))
        })?;
        let mut parts: Vec<(u64, String)> = header
            .iter()
            .filter(|(name, _)| name.bytes().all(|b| b.is_ascii_digit()))
            .filter_map(|(name, url)| Some((name.parse().ok()?, url.as_str()?.to_owned())))
            .collect();
        parts.sort_unstable();
        // `1` and `01` are the same part.
        parts.dedup_by_key(|(number, _)| *number);
        let wanted = size.div_ceil(part_bytes);
        if parts.len() as u64 != wanted {
            return Err(malformed(format!(
                "{size} bytes in parts of {part_bytes} need {wanted} URLs, not {}",
                parts.len()
            )));
        }
        Ok(Plan::Multipart {
            part_bytes,
            urls: parts.into_iter().map(|(_, url)| url).collect(),
        })
    }
}

/// Sends `POST .../info/lfs/objects/batch`, which returns the upload URLs of `objects`.
pub(super) async fn batch(
    cx: &Context,
    objects: &[ObjectId],
    revision: Option<&str>,
) -> Result<Vec<Object>> {
    let request = cx
        .request(Request::post(format!(
            "{}.git/info/lfs/objects/batch",
            cx.target.page()
        )))
        .operation("lfs_batch")
        .idempotent(true)
        .json(&BatchRequest {
            operation: "upload",
            transfers: ["basic", "multipart"],
            objects,
            hash_algo: "sha256",
            reference: revision.map(|name| Reference { name }),
        })
        .header("accept", MEDIA_TYPE)
        .header("content-type", MEDIA_TYPE);
    let response: BatchResponse = cx.client.fetch(request).await?.json()?;
    let refused: Vec<String> = response
        .objects
        .iter()
        .filter_map(|object| {
            let error = object.error.as_ref()?;
            let code = error
                .code
                .map_or(String::new(), |code| format!(" ({code})"));
            Some(format!("{}: {}{code}", object.oid, error.message))
        })
        .collect();
    if !refused.is_empty() {
        return Err(Error::new(
            ErrorKind::Upload,
            format!("the Hub refused large files: {}", refused.join("; ")),
        ));
    }
    Ok(response.objects)
}

/// Reads any bytes as the response of the batch endpoint: parts are as many as the size needs, and no header of the
/// connection is taken over.
#[cfg(feature = "fuzzing")]
pub(crate) fn fuzz_response(data: &[u8]) {
    let Ok(response) = serde_json::from_slice::<BatchResponse>(data) else {
        return;
    };
    for (at, object) in response.objects.into_iter().enumerate() {
        let Some(upload) = object.into_actions().and_then(|actions| actions.upload) else {
            continue;
        };
        for (name, _) in upload.headers() {
            assert!(!name.eq_ignore_ascii_case("content-length"));
        }
        let size = 1_u64 << (at % 64);
        if let Ok(Plan::Multipart { part_bytes, urls }) = upload.plan(size) {
            assert_eq!(urls.len() as u64, size.div_ceil(part_bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(header: &Value, size: u64) -> Result<Plan> {
        let action: Action =
            serde_json::from_value(json!({"href": "https://h/x", "header": header})).unwrap();
        action.plan(size)
    }

    #[test]
    fn plans() {
        assert_eq!(plan(&Value::Null, 9).unwrap(), Plan::Basic);
        assert_eq!(plan(&json!({"X-Of-Server": "1"}), 9).unwrap(), Plan::Basic);
        let action: Action = serde_json::from_value(json!({
            "href": "/x",
            "header": {"X-Of-Server": "1", "Transfer-Encoding": "chunked", "host": "h", "n": 1},
        }))
        .unwrap();
        assert_eq!(action.headers().collect::<Vec<_>>(), [("X-Of-Server", "1")]);
        let header = json!({"chunk_size": "4", "10": "https://h/10", "2": "https://h/2", "00001": "https://h/1", "x": "y"});
        let Plan::Multipart { part_bytes, urls } = plan(&header, 9).unwrap() else {
            panic!("multipart");
        };
        assert_eq!(
            (part_bytes, urls.join(" ")),
            (4, "https://h/1 https://h/2 https://h/10".into())
        );
    }

    #[test]
    fn malformed_plans_are_errors() {
        for (header, wanted) in [
            (json!({"chunk_size": "many"}), "chunk_size"),
            (json!({"chunk_size": 0}), "chunk_size"),
            (
                json!({"chunk_size": "4", "1": "u", "2": "u"}),
                "need 3 URLs, not 2",
            ),
            (
                json!({"chunk_size": 4, "1": "u", "2": "u", "3": "u", "4": "u"}),
                "not 4",
            ),
            (
                json!({"chunk_size": 4, "1": "u", "01": "u", "2": "u"}),
                "need 3 URLs, not 2",
            ),
        ] {
            let error = plan(&header, 9).unwrap_err();
            assert!(error.to_string().contains(wanted), "{header}: {error}");
        }
    }
}
