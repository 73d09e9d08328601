//! A server that keeps what it is asked, and arguments for each call.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use hf_api::by_name::{CallSpec, ParamSpec};
use hf_api::{HfApi, HfApiBuilder, Services};
use serde_json::{Map, Value, json};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Arrived {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(of, _)| of == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The status and the `X-Error-Code` of a refusal.
type Refusal = (u16, Option<&'static str>);

/// A server that keeps each request and refuses it, or sends no response at all.
pub(crate) struct Recorder {
    url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Recorder {
    /// Responds with 403, or not at all.
    pub(crate) fn start(answers: bool) -> Self {
        Self::with(answers.then_some((403, None)))
    }

    pub(crate) fn refusing(status: u16, code: Option<&'static str>) -> Self {
        Self::with(Some((status, code)))
    }

    fn with(refusal: Option<Refusal>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&arrived);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || serve(socket, &kept, refusal));
            }
        });
        Self { url, arrived }
    }

    pub(crate) fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.arrived.lock().unwrap())
    }

    pub(crate) fn api(&self) -> HfApi {
        self.builder().build().unwrap()
    }

    pub(crate) fn builder(&self) -> HfApiBuilder {
        let service = |path: &str| format!("{}{path}", self.url);
        HfApi::builder()
            .endpoint(&self.url)
            .token("hf_walk")
            .services(
                Services::new()
                    .inference_endpoints(service("/-/endpoints"))
                    .inference_catalog(service("/-/catalog"))
                    .datasets_server(service("/-/datasets-server")),
            )
    }
}

fn serve(socket: TcpStream, arrived: &Mutex<Vec<Arrived>>, refusal: Option<Refusal>) {
    let mut reader = BufReader::new(socket.try_clone().unwrap());
    let mut writer = socket;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut headers = Vec::new();
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 {
                return;
            }
            match header.trim_end().split_once(": ") {
                Some((name, value)) => {
                    headers.push((name.to_ascii_lowercase(), value.to_owned()));
                }
                None => break,
            }
        }
        let request = Arrived { line, headers };
        let length = request.header("content-length").unwrap_or("0");
        let mut body = vec![0; length.parse().unwrap()];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let head = request.line.starts_with("HEAD");
        arrived.lock().unwrap().push(request);
        let Some((status, code)) = refusal else {
            // Until the client gives up.
            let _ = reader.read(&mut [0]);
            return;
        };
        let body = if head { "" } else { "{\"error\":\"walked\"}" };
        let code = code.map_or(String::new(), |code| format!("x-error-code: {code}\r\n"));
        let response = format!(
            "HTTP/1.1 {status} Refused\r\ncontent-type: application/json\r\n{code}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        if writer.write_all(response.as_bytes()).is_err() {
            return;
        }
    }
}

/// An argument that the call accepts.
fn argument(method: &str, param: &ParamSpec, files: &std::path::Path) -> Value {
    let path = || Value::from(files.join("file.txt").display().to_string());
    match (method, param.name) {
        (_, "revision" | "branch" | "tag") => json!("main"),
        ("create_repo" | "delete_repo" | "move_repo", "repo_id") => json!("user/name"),
        ("sync_bucket", _) | ("download_bucket_files", "files") => json!([["a", "b"]]),
        ("upload_folder", "folder_path") => files.display().to_string().into(),
        (_, "path_or_fileobj") => json!({"content": "text"}),
        (_, "operations" | "additions") => {
            json!([{"op": "add", "path_in_repo": "a.txt", "content": "text"}])
        }
        (_, "url") => json!("/user/name/resolve/main/file.txt"),
        (_, "watched") => json!([{"type": "user", "name": "user"}]),
        (_, "source" | "source_path") if method == "copy_files" => {
            json!("hf://datasets/user/data/a.txt")
        }
        (_, "destination") if method == "copy_files" => json!("hf://buckets/user/bucket/a.txt"),
        (_, "item_type") => json!("model"),
        (_, "slug" | "collection_slug") => json!("user/title-0123456789abcdef01234567"),
        (_, "schedule") => json!("@daily"),
        (_, "new_status") => json!("closed"),
        (_, "lfs_files") => json!([{
            "file_oid": "1", "filename": "a", "oid": "b", "pushed_at": "2026-01-01T00:00:00Z",
            "ref": "main", "size": 1,
        }]),
        (_, "volumes") => json!([{"type": "model", "source": "a/b", "mount_path": "/m"}]),
        ("sync_job_volume", "source") | (_, "local_path" | "path") if param.kind == "path" => {
            path()
        }
        _ if param.name.ends_with("_id") && param.name != "discussion_id" => json!("user/name"),
        _ => match param.kind {
            "integer" => json!(1),
            "number" => json!(1.0),
            "boolean" => json!(true),
            "path" => path(),
            "json" | "object" | "{string: string}" => json!({}),
            "[integer]" => json!([1]),
            kind if kind.starts_with('[') => json!(["name"]),
            _ => json!("name"),
        },
    }
}

/// The required arguments of a call, and those it cannot do without.
pub(crate) fn arguments(spec: &CallSpec, files: &std::path::Path) -> Value {
    let required = spec.params.iter().filter(|param| param.required);
    let mut map: Map<String, Value> = required
        .map(|param| (param.name.to_owned(), argument(spec.name, param, files)))
        .collect();
    let more = match spec.name {
        "accept_access_request" | "cancel_access_request" | "reject_access_request" => {
            json!({"user": "somebody"})
        }
        "create_webhook" => json!({"url": "https://example.org/hook"}),
        "update_repo_settings" | "update_bucket_settings" => json!({"private": true}),
        "create_inference_endpoint_from_catalog" => json!({"repo_id": "user/name"}),
        "batch_bucket_files" => json!({"delete": ["a.txt"]}),
        "sync_bucket" => json!({
            "source": "hf://buckets/user/bucket", "dest": files.join("synced"), "dry_run": true,
        }),
        "update_collection_metadata" => json!({"title": "t"}),
        "update_scheduled_job_labels" => json!({"labels": {"a": "b"}}),
        "upload_attachment" => json!({"path": files.join("image.png")}),
        "hf_hub_download" | "snapshot_download" | "resolve_revision" => {
            json!({"cache_dir": files.join("cache")})
        }
        "verify_repo_checksums" => json!({"local_dir": files.join("folder"), "revision": "main"}),
        "create_repo" => json!({"repo_type": "dataset"}),
        _ => json!({}),
    };
    map.extend(more.as_object().unwrap().clone());
    map.into()
}

pub(crate) fn files() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file.txt"), "text").unwrap();
    std::fs::write(dir.path().join("image.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    dir
}
