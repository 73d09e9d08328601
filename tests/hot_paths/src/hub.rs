//! A Hub that is a function: the responses that the paths need, without a socket.

use std::convert::Infallible;
use std::fmt::Write as _;

use bytes::Bytes;
use hf_transport::{Body, Client, ResponseBody};
use http::{Request, Response};
use serde_json::{Value, json};
use tower::service_fn;

/// The number of models in the list.
pub(crate) const MODELS: usize = 1_000;
const FILES: usize = 500;
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// What all files contain, and its id as git computes it.
const CONTENT: &str = "x";
const OID: &str = "c1b0730e0133447badcfd47fd144e254807b06e1";

/// A client of this Hub.
pub(crate) fn client() -> hf_transport::Result<Client> {
    let models = Bytes::from((0..MODELS).map(model).collect::<Value>().to_string());
    let info = json!({"id": "user/files", "sha": COMMIT, "siblings": siblings()}).to_string();
    let (info, tree) = (Bytes::from(info), Bytes::from(tree()));
    let one = Bytes::from(model(1).to_string());
    let hub = move |request: Request<Body>| {
        let path = request.uri().path();
        let response = Response::builder().header("content-type", "application/json");
        let response = if path == "/api/models" {
            response.body(ResponseBody::from(models.clone()))
        } else if path == "/api/models/user/one" {
            response.body(ResponseBody::from(one.clone()))
        } else if path.contains("/tree/") {
            response.body(ResponseBody::from(tree.clone()))
        } else if path.starts_with("/api/") {
            response.body(ResponseBody::from(info.clone()))
        } else {
            response
                .header("x-repo-commit", COMMIT)
                .header("etag", format!("\"{OID}\""))
                .header("content-length", CONTENT.len())
                .body(ResponseBody::from(CONTENT))
        };
        async { Ok::<_, Infallible>(response.expect("the parts are legal")) }
    };
    Client::builder()
        .no_token()
        .service(service_fn(hub))
        .build()
}

fn model(number: usize) -> Value {
    json!({
        "_id": format!("{number:024x}"), "id": format!("user/model-{number}"), "likes": number, "private": false,
        "trendingScore": number % 7, "downloads": number * 31, "pipeline_tag": "text-generation",
        "library_name": "transformers", "createdAt": "2026-04-22T06:04:45.000Z", "modelId": format!("user/model-{number}"),
        "tags": ["transformers", "safetensors", "gpt2", "text-generation", "license:mit", "region:us"],
    })
}

fn siblings() -> Value {
    (0..FILES)
        .map(|number| json!({"rfilename": format!("data/{number:04}.txt")}))
        .collect()
}

fn tree() -> String {
    let entries = (0..FILES).map(|number| {
        let path = format!("data/{number:04}.txt");
        json!({"type": "file", "oid": OID, "size": CONTENT.len(), "path": path})
    });
    entries.collect::<Value>().to_string()
}

/// A file whose header has 1,000 tensors, without their data.
pub(crate) fn safetensors() -> Vec<u8> {
    let mut header = String::from("{");
    for number in 0..1_000 {
        let (start, end) = (number * 32, number * 32 + 32);
        let _infallible = write!(
            header,
            "\"model.layers.{number}.self_attn.q_proj.weight\":{{\"dtype\":\"BF16\",\"shape\":[4,4],\
             \"data_offsets\":[{start},{end}]}},"
        );
    }
    header.pop();
    header.push('}');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file
}

/// Bytes without a pattern, always the same.
pub(crate) fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let words = (0..bytes / 8).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.collect()
}
