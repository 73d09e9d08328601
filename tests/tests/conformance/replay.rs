//! One case: its Hub, its client, its folder; the call, and what came of it.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use base64::Engine;
use hf_api::transport::{Config, RetryConfig};
use hf_api::{Error, HfApi, Services};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::case::{Case, Content, Failure, Outcome, Reply, Written};
use crate::compare::{differences, same_text};
use crate::hub::Hub;
use crate::requests::{self, hex};

/// A case that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(45);

/// When the files of a case were last changed: 2023-11-14T22:13:20Z.
const MADE_AT: u64 = 1_700_000_000;

/// The Hub, client and folder of a case.
struct Stage {
    hub: Hub,
    api: HfApi,
    work: PathBuf,
    /// Removed when the case is over.
    _root: tempfile::TempDir,
}

impl Stage {
    async fn new(case: &Case, replies: &[Reply]) -> Result<Self, String> {
        let root = tempfile::tempdir().expect("a temporary folder");
        let root_path = root.path().canonicalize().expect("a real path");
        let (work, home) = (root_path.join("work"), root_path.join("home"));
        std::fs::create_dir_all(&work).expect("a folder");
        std::fs::create_dir_all(&home).expect("a folder");
        make_files(case, &work);
        let folders = vec![
            ("{tmp}", work.display().to_string()),
            ("{home}", home.display().to_string()),
        ];
        let hub = Hub::start(replies, case.one_get, folders).await;
        let api = client(case, &hub, &home).map_err(|error| format!("no client: {error}"))?;
        Ok(Self {
            hub,
            api,
            work,
            _root: root,
        })
    }

    async fn call(&self, case: &Case) -> Result<hf_api::Result<Value>, String> {
        let args = filled(&case.args, &self.hub);
        let call = self.api.call(&case.method, args);
        let outcome = tokio::time::timeout(LONGEST, call).await;
        outcome.map_err(|_| "hangs".to_owned())
    }
}

/// What the call of a case returns when the Hub responds with `replies`.
pub(crate) async fn outcome(case: &Case, replies: &[Reply]) -> Result<Value, String> {
    let stage = Stage::new(case, replies).await?;
    stage.call(case).await?.map_err(|error| error.to_string())
}

/// What is wrong, line by line.
pub(crate) async fn replay(case: &Case) -> Vec<String> {
    if let Err(error) = hf_api::by_name::find(&case.method) {
        return vec![format!("  {error}")];
    }
    let stage = match Stage::new(case, &case.replies).await {
        Ok(stage) => stage,
        Err(problem) => return vec![format!("  {problem}")],
    };
    let outcome = match stage.call(case).await {
        Ok(outcome) => outcome,
        Err(problem) => return vec![format!("  {problem}")],
    };
    let (hub, work) = (&stage.hub, &stage.work);
    let mut problems = requests::compare(case, hub.asked());
    match (case.outcome(), outcome) {
        (Outcome::Result(python), Ok(ours)) => {
            let python = filled(python, hub);
            let found = differences(&python, &ours, case.unordered);
            problems.extend(found.into_iter().map(|line| format!("  {line}")));
        }
        (Outcome::Result(_), Err(error)) => problems.push(format!(
            "  Python has a result, ours is {}: {error}",
            error.kind()
        )),
        (Outcome::Error(python), Err(error)) => {
            problems.extend(compare_errors(python, &error, hub));
        }
        (Outcome::Error(python), Ok(ours)) => {
            problems.push(format!(
                "  Python fails with {}, ours is {ours}",
                python.kind
            ));
        }
    }
    problems.extend(compare_files(case, hub, work));
    problems
}

fn client(case: &Case, hub: &Hub, home: &Path) -> hf_api::Result<HfApi> {
    if let Some(token) = &case.token.0 {
        std::fs::write(home.join("token"), token).expect("a token file");
    }
    let endpoint = hub.names.fill("{endpoint}");
    let config = Config::from_lookup(|name| match name {
        "HF_ENDPOINT" => Some(endpoint.clone()),
        "HF_HOME" => Some(home.display().to_string()),
        "HF_HUB_DISABLE_XET" | "HF_HUB_DISABLE_PROGRESS_BARS" => Some("1".to_owned()),
        other => case.env.get(other).cloned(),
    })?;
    let api = HfApi::builder()
        .client(|builder| builder.config(config).retry(RetryConfig::quick()))
        .build()?;
    let mut services = Services::new()
        .inference_endpoints(format!("{endpoint}/-/endpoints/v2"))
        .inference_catalog(format!("{endpoint}/-/catalog"));
    if case
        .env
        .get("HF_DATASETS_SERVER_ENDPOINT")
        .is_none_or(|url| !url.is_empty())
    {
        services = services.datasets_server(format!("{endpoint}/-/datasets-server"));
    }
    Ok(api.with_services(services))
}

/// A value whose texts have names filled in.
fn filled(value: &Value, hub: &Hub) -> Value {
    match value {
        Value::String(text) => Value::String(hub.names.fill(text)),
        Value::Array(values) => values.iter().map(|v| filled(v, hub)).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(name, v)| (hub.names.fill(name), filled(v, hub)))
            .collect(),
        other => other.clone(),
    }
}

fn make_files(case: &Case, work: &Path) {
    for (name, content) in &case.files {
        let path = work.join(name);
        std::fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
        std::fs::write(&path, content.bytes()).expect("a file");
        let at = match content {
            Content::Dated { mtime, .. } => *mtime,
            _ => MADE_AT,
        };
        std::fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(at)))
            .expect("a time of change");
    }
}

impl Content {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) | Self::Dated { text, .. } => text.clone().into_bytes(),
            Self::Base64 { base64 } => base64::engine::general_purpose::STANDARD
                .decode(base64)
                .expect("base64 in a case"),
            Self::Repeat { repeat, times } => repeat.repeat(*times).into_bytes(),
        }
    }
}

fn compare_errors(python: &Failure, error: &Error, hub: &Hub) -> Vec<String> {
    let mut problems = Vec::new();
    let kind = error.kind().python_kind();
    let same_kind = match python.kind.as_str() {
        "Lfs" => ["Http", "Upload", "Lfs", "LfsUpload"].contains(&kind),
        "FileNotFound" => ["FileNotFound", "Io"].contains(&kind),
        "NotImplemented" => ["NotImplemented", "Validation"].contains(&kind),
        other => other == kind,
    };
    if !same_kind {
        problems.push(format!(
            "  kind: Python {}, ours {kind}: {error}",
            python.kind
        ));
    }
    let status = error.status().map(|status| status.as_u16());
    if status != python.status {
        problems.push(format!(
            "  status: Python {:?}, ours {status:?}",
            python.status
        ));
    }
    let text = error.to_string();
    for message in &python.messages {
        let message = hub.names.fill(message);
        if !text.contains(&message) {
            problems.push(format!("  message: ours does not tell {message:?}: {text}"));
        }
    }
    problems
}

fn compare_files(case: &Case, hub: &Hub, work: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, expected) in &case.written {
        match (std::fs::read(work.join(name)), expected) {
            (Err(error), _) => problems.push(format!("  {name} was not written: {error}")),
            (Ok(bytes), Written::Text(text)) => {
                let found = String::from_utf8_lossy(&bytes);
                if !same_file(&hub.names.fill(text), &found) {
                    problems.push(format!("  {name}: Python {text:?}, ours {found:?}"));
                }
            }
            (Ok(bytes), Written::Bytes { sha256, size }) => {
                if bytes.len() != *size || hex(&Sha256::digest(&bytes)) != *sha256 {
                    problems.push(format!("  {name} has other content, {} bytes", bytes.len()));
                }
            }
        }
    }
    for name in &case.removed {
        if work.join(name).exists() {
            problems.push(format!("  {name} was not removed"));
        }
    }
    problems
}

/// The same text, or the same JSON on each line.
fn same_file(python: &str, ours: &str) -> bool {
    let lines = |text: &str| -> Option<Vec<Value>> {
        text.lines()
            .map(|line| serde_json::from_str(line).ok())
            .collect()
    };
    match (lines(python), lines(ours)) {
        (Some(python), Some(ours)) => {
            differences(&Value::Array(python), &Value::Array(ours), false).is_empty()
        }
        _ => same_text(python, ours),
    }
}
