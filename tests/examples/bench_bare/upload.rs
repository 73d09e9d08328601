//! A client that does what must be done and nothing else: one connection for each origin, one thing after the other.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use hf_api::transport::digest::Sha256Hasher;
use hf_api::transport::{BoxError, Error, Result};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// The connections, by authority.
#[derive(Default)]
struct Wire {
    connections: HashMap<String, SendRequest<Body>>,
    token: String,
}

fn wrong(error: impl Into<BoxError>) -> Error {
    Error::network("the bare client failed").with_source(error)
}

impl Wire {
    async fn send(
        &mut self,
        method: &str,
        url: &str,
        token: bool,
        len: usize,
        body: Body,
    ) -> Result<Bytes> {
        let rest = url.strip_prefix("http://").unwrap_or(url);
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if !self.connections.contains_key(authority) {
            let socket = tokio::net::TcpStream::connect(authority)
                .await
                .map_err(wrong)?;
            socket.set_nodelay(true).map_err(wrong)?;
            let (sender, connection) = handshake(TokioIo::new(socket)).await.map_err(wrong)?;
            tokio::spawn(connection);
            self.connections.insert(authority.to_owned(), sender);
        }
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", authority)
            .header("content-length", len);
        if token {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if path.contains("/commit/") {
            request = request.header("content-type", "application/x-ndjson");
        } else if method == "POST" {
            request = request.header("content-type", "application/json");
        }
        let sender = self
            .connections
            .get_mut(authority)
            .ok_or_else(|| wrong("gone"))?;
        sender.ready().await.map_err(wrong)?;
        let response = sender
            .send_request(request.body(body).map_err(wrong)?)
            .await
            .map_err(wrong)?;
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(wrong)?
            .to_bytes();
        if !status.is_success() {
            return Err(wrong(format!(
                "{status} for {url}: {}",
                String::from_utf8_lossy(&body)
            )));
        }
        Ok(body)
    }

    async fn post(&mut self, url: &str, body: impl Into<Bytes>) -> Result<Value> {
        let body = body.into();
        let len = body.len();
        let response = self
            .send("POST", url, true, len, Full::new(body).boxed_unsync())
            .await?;
        serde_json::from_slice(&response).or(Ok(Value::Null))
    }

    async fn put(&mut self, url: &str, path: &Path, len: usize) -> Result<()> {
        let file = std::fs::File::open(path).map_err(wrong)?;
        let pieces = stream::unfold(file, |mut file| async move {
            let mut piece = vec![0; 256 * 1024];
            match file.read(&mut piece) {
                Ok(0) | Err(_) => None,
                Ok(n) => {
                    piece.truncate(n);
                    Some((Ok(Frame::data(Bytes::from(piece))), file))
                }
            }
        });
        let body = StreamBody::new(pieces).boxed_unsync();
        self.send("PUT", url, false, len, body).await.map(drop)
    }
}

fn sha256(path: &Path) -> Result<String> {
    let mut file = std::fs::File::open(path).map_err(wrong)?;
    let mut hasher = Sha256Hasher::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer).map_err(wrong)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher.finish().to_string())
}

/// Uploads the files of a folder, one thing after the other.
pub(crate) async fn folder(
    repo: &str,
    folder: &Path,
) -> std::result::Result<usize, crate::Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    upload(repo, &files).await?;
    Ok(files.len())
}

async fn upload(repo: &str, files: &[PathBuf]) -> Result<()> {
    let endpoint = std::env::var("HF_ENDPOINT").map_err(wrong)?;
    let mut wire = Wire {
        token: std::env::var("HF_TOKEN").map_err(wrong)?,
        ..Wire::default()
    };
    let mut lines =
        json!({"key": "header", "value": {"summary": "bare", "description": ""}}).to_string();
    let mut objects = Vec::new();
    let repo_path = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    for batch in files.chunks(256) {
        let mut asked = Vec::new();
        let mut small = Vec::new();
        for path in batch {
            let size = path.metadata().map_err(wrong)?.len();
            let content = if size < 100_000 {
                std::fs::read(path).map_err(wrong)?
            } else {
                let mut sample = vec![0; 512];
                let mut file = std::fs::File::open(path).map_err(wrong)?;
                file.read_exact(&mut sample).map_err(wrong)?;
                sample
            };
            let sample = STANDARD.encode(&content[..content.len().min(512)]);
            asked.push(json!({"path": repo_path(path), "sample": sample, "size": size}));
            small.push((path, size, content));
        }
        let url = format!("{endpoint}/api/models/{repo}/preupload/main");
        let response = wire.post(&url, json!({"files": asked}).to_string()).await?;
        for (it, (path, size, content)) in response["files"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(small)
        {
            if it["uploadMode"] == "lfs" {
                objects.push((path, size, String::new()));
            } else {
                lines.push('\n');
                lines += &json!({"key": "file", "value": {
                    "content": STANDARD.encode(content), "path": repo_path(path), "encoding": "base64",
                }})
                .to_string();
            }
        }
    }
    for (path, _, oid) in &mut objects {
        *oid = sha256(path)?;
    }
    for batch in objects.chunks(256) {
        let asked: Vec<Value> = batch
            .iter()
            .map(|(_, size, oid)| json!({"oid": oid, "size": size}))
            .collect();
        let url = format!("{endpoint}/{repo}.git/info/lfs/objects/batch");
        let body = json!({"operation": "upload", "transfers": ["basic"], "objects": asked, "hash_algo": "sha256"});
        let response = wire.post(&url, body.to_string()).await?;
        for (it, (path, size, oid)) in response["objects"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(batch)
        {
            let actions = &it["actions"];
            if let Some(href) = actions["upload"]["href"].as_str() {
                wire.put(href, path, usize::try_from(*size).map_err(wrong)?)
                    .await?;
            }
            if let Some(href) = actions["verify"]["href"].as_str() {
                wire.post(href, json!({"oid": oid, "size": size}).to_string())
                    .await?;
            }
            lines.push('\n');
            lines += &json!({"key": "lfsFile", "value": {
                "path": repo_path(path), "algo": "sha256", "oid": oid, "size": size,
            }})
            .to_string();
        }
    }
    let url = format!("{endpoint}/api/models/{repo}/commit/main");
    wire.post(&url, lines).await.map(drop)
}
