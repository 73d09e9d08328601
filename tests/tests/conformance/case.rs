//! The recorded cases as they lie on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) method: String,
    #[serde(rename = "case")]
    pub(crate) name: String,
    /// The ambient token: the usual one when missing, none when null.
    #[serde(default)]
    pub(crate) token: Ambient,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) files: BTreeMap<String, Content>,
    #[serde(default)]
    pub(crate) unordered: bool,
    /// A GET may stand for a HEAD of the same file.
    #[serde(default)]
    pub(crate) one_get: bool,
    pub(crate) args: Value,
    pub(crate) replies: Vec<Reply>,
    #[serde(default)]
    requests: Vec<Asked>,
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    error: Option<Failure>,
    #[serde(default)]
    pub(crate) written: BTreeMap<String, Written>,
    #[serde(default)]
    pub(crate) removed: Vec<String>,
    #[serde(default)]
    ours: Ours,
}

/// Where we differ from Python on purpose.
#[derive(Debug, Default, Deserialize)]
struct Ours {
    requests: Option<Vec<Asked>>,
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    error: Option<Failure>,
}

/// A file to be made before the call.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Text(String),
    Base64 { base64: String },
    Repeat { repeat: String, times: usize },
    Dated { text: String, mtime: u64 },
}

/// A scripted reply.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Reply {
    #[serde(rename = "match")]
    pub(crate) matches: Match,
    pub(crate) response: Response,
    /// How often; 0 is always.
    #[serde(default = "once")]
    pub(crate) times: usize,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Match {
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) host: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, OneOrMore>,
    /// As written: the order of members is kept.
    pub(crate) json: Option<Box<RawValue>>,
    pub(crate) text: Option<String>,
    pub(crate) base64: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(crate) fn each(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

/// A request, as Python sent it or as we did.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// As sent, percent-encoded.
    pub(crate) path: String,
    pub(crate) host: Option<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    pub(crate) content_type: Option<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<Body>,
    /// We may do without it.
    #[serde(default)]
    pub(crate) optional: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub(crate) enum Body {
    Json { json: Value },
    Ndjson { ndjson: Vec<Value> },
    Form { form: Vec<(String, String)> },
    Text { text: String },
    Bytes { sha256: String, size: usize },
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: String,
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) messages: Vec<String>,
}

/// A file that the call is to have made.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Written {
    Text(String),
    Bytes { sha256: String, size: usize },
}

/// What must come of a case.
pub(crate) enum Outcome<'a> {
    Result(&'a Value),
    Error(&'a Failure),
}

impl Case {
    pub(crate) fn title(&self) -> String {
        format!("{}/{}", self.method, self.name)
    }

    pub(crate) fn requests(&self) -> &[Asked] {
        self.ours.requests.as_deref().unwrap_or(&self.requests)
    }

    pub(crate) fn outcome(&self) -> Outcome<'_> {
        let ours = outcome(self.ours.result.as_ref(), self.ours.error.as_ref());
        let python = outcome(self.result.as_ref(), self.error.as_ref());
        ours.or(python)
            .unwrap_or_else(|| panic!("{}: neither result nor error", self.title()))
    }
}

fn outcome<'a>(result: Option<&'a Value>, error: Option<&'a Failure>) -> Option<Outcome<'a>> {
    result
        .map(Outcome::Result)
        .or_else(|| error.map(Outcome::Error))
}

/// The token that the environment of a case holds.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Ambient(pub(crate) Option<String>);

impl Default for Ambient {
    fn default() -> Self {
        Self(Some("hf_ambient".to_owned()))
    }
}

fn once() -> usize {
    1
}

/// Keeps a null that is written apart from nothing.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance")
}

/// The methods that must have a passing case.
pub(crate) fn methods() -> Vec<String> {
    read(&folder().join("methods.json"))
}

/// The changes of fields after which Python fails, by method.
pub(crate) fn field_fuzz<T: serde::de::DeserializeOwned>() -> T {
    read(&folder().join("field_fuzz.json"))
}

/// All cases, by method and name.
pub(crate) fn load_all() -> Vec<Case> {
    let mut cases = Vec::new();
    for method in entries(&folder().join("cases")) {
        cases.extend(entries(&method).iter().map(|file| read::<Case>(file)));
    }
    cases
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    found.sort();
    found
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
