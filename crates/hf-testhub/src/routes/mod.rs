//! Which handler a request goes to.
mod account;
mod commit;
mod discussions;
mod info;
mod lfs;
mod listing;
mod preupload;
mod refs;
mod repos;
mod resolve;
mod storage;
mod tree;

use bytes::Bytes;
use http::header::LOCATION;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use crate::hub::Hub;
use crate::names::{RepoName, RepoType};
use crate::reply::{Fail, HubError, Reply};
use crate::store::{RepoState, Role, State, Viewer};

pub(crate) use commit::{legal_path, note_large_files};
pub(crate) use lfs::store as store_object;
pub(crate) use storage::{answer as storage, object_url};

pub(crate) type Answer = Result<Reply, Fail>;

/// What is asked for, read as far as every handler needs it.
pub(crate) struct Ask {
    pub(crate) method: Method,
    /// The path as sent.
    pub(crate) path: String,
    /// Its parts, decoded.
    pub(crate) parts: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) raw_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) viewer: Viewer,
}

impl Ask {
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

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a parameter, named with or without `[]`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .filter(move |(key, _)| key == name || key.strip_suffix("[]") == Some(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether a flag is set: `true`, `True`, `1`, or without a value.
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

    /// The body, sent as JSON or as a form; a name that comes several times is a list.
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

    /// Who asks, by name; 401 for nobody.
    pub(crate) fn user(&self) -> Result<&str, HubError> {
        self.viewer.name().ok_or_else(HubError::unauthorized)
    }

    /// Who asks, if the token may write.
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

fn decode(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

fn pairs(query: &str) -> Vec<(String, String)> {
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

/// Words that follow a repository id in API paths, so that an id of one part can be told.
const SUBROUTES: &[&str] = &[
    "revision",
    "tree",
    "paths-info",
    "refs",
    "branch",
    "tag",
    "commits",
    "super-squash",
    "preupload",
    "commit",
    "lfs-files",
    "auth-check",
    "discussions",
    "duplicate",
    "like",
    "likers",
    "settings",
    "resolve",
    "raw",
    "user-access-request",
    "safetensors-metadata",
];

/// Splits `namespace/name/rest` or `name/rest`.
fn split_id(parts: &[String]) -> (String, &[String]) {
    match parts {
        [owner, name, rest @ ..] if !SUBROUTES.contains(&name.as_str()) => {
            (format!("{owner}/{name}"), rest)
        }
        [name, rest @ ..] => (name.clone(), rest),
        [] => (String::new(), &[]),
    }
}

/// Splits a revision from what follows; `refs/pr/1` may come with its slashes unescaped.
fn split_revision(parts: &[String]) -> Option<(String, &[String])> {
    match parts {
        [refs, kind, name, rest @ ..] if refs == "refs" => {
            Some((format!("refs/{kind}/{name}"), rest))
        }
        [revision, rest @ ..] if !revision.is_empty() => Some((revision.clone(), rest)),
        _ => None,
    }
}

/// Answers a request to the endpoint.
pub(crate) fn hub(hub: &Hub, ask: &Ask) -> Reply {
    let plain = ask.parts.first().is_none_or(|first| first != "api")
        && !ask.path.contains(".git/info/lfs/");
    let plain = plain || ask.path.starts_with("/api/resolve-cache/");
    match dispatch(hub, ask) {
        Ok(reply) => reply,
        Err(Fail::Error(error)) => error.into_reply(plain),
        Err(Fail::Moved(to)) => {
            let query = if ask.raw_query.is_empty() {
                String::new()
            } else {
                format!("?{}", ask.raw_query)
            };
            let location = format!("{to}{query}");
            let reply = Reply::redirect(StatusCode::TEMPORARY_REDIRECT, &location);
            debug_assert!(reply.headers.contains_key(LOCATION));
            reply
        }
    }
}

fn dispatch(hub: &Hub, ask: &Ask) -> Answer {
    let parts: Vec<&str> = ask.parts.iter().map(String::as_str).collect();
    let method = ask.method.as_str();
    match (method, parts.as_slice()) {
        ("GET" | "HEAD", ["api", "whoami-v2"]) => account::whoami(hub, ask),
        ("GET", ["api", "users", name, "overview"]) => account::user_overview(hub, name),
        ("POST", ["api", "validate-yaml"]) => repos::validate_yaml(ask),
        ("POST", ["api", "complete_multipart"]) => lfs::complete_multipart(hub, ask),
        ("POST", ["api", "repos", "create"]) => repos::create(hub, ask),
        ("DELETE", ["api", "repos", "delete"]) => repos::delete(hub, ask),
        ("POST", ["api", "repos", "move"]) => repos::move_repo(hub, ask),
        ("GET" | "HEAD", ["api", "resolve-cache", ..]) => {
            resolve::cached(hub, ask, &ask.parts[2..])
        }
        (_, ["api", kind, rest @ ..]) => match RepoType::parse(kind) {
            Some(repo_type) if kind.ends_with('s') && rest.is_empty() && method == "GET" => {
                listing::list(hub, ask, repo_type)
            }
            Some(repo_type) if kind.ends_with('s') && !rest.is_empty() => {
                repo_route(hub, ask, repo_type, &ask.parts[2..])
            }
            _ => Err(HubError::page_not_found().into()),
        },
        _ => file_route(hub, ask),
    }
}

fn repo_route(hub: &Hub, ask: &Ask, repo_type: RepoType, parts: &[String]) -> Answer {
    let (id, rest) = split_id(parts);
    let name = RepoName::new(repo_type, id);
    let action = rest.first().map_or("", String::as_str);
    let tail = rest.get(1..).unwrap_or_default();
    let revision = || split_revision(tail).ok_or_else(|| Fail::from(HubError::page_not_found()));
    match (ask.method.as_str(), action) {
        ("GET" | "HEAD", "") => info::info(hub, ask, &name, None),
        ("GET" | "HEAD", "revision") => info::info(hub, ask, &name, Some(&revision()?.0)),
        ("GET", "tree") => {
            let (revision, path) = revision()?;
            tree::list(hub, ask, &name, &revision, &path.join("/"))
        }
        ("POST", "paths-info") => tree::paths_info(hub, ask, &name, &revision()?.0),
        ("GET", "refs") => refs::list(hub, ask, &name),
        ("POST", "branch") => refs::create_branch(hub, ask, &name, &tail.join("/")),
        ("DELETE", "branch") => refs::delete_branch(hub, ask, &name, &tail.join("/")),
        ("POST", "tag") => refs::create_tag(hub, ask, &name, &revision()?.0),
        ("DELETE", "tag") => refs::delete_tag(hub, ask, &name, &tail.join("/")),
        ("GET", "commits") => refs::commits(hub, ask, &name, &revision()?.0),
        ("POST", "super-squash") => refs::super_squash(hub, ask, &name, &tail.join("/")),
        ("POST", "preupload") => preupload::preupload(hub, ask, &name, &revision()?.0),
        ("POST", "commit") => commit::commit(hub, ask, &name, &revision()?.0),
        ("GET", "lfs-files") if tail.is_empty() => lfs::list(hub, ask, &name),
        ("POST", "lfs-files") if tail == ["batch"] => lfs::delete_batch(hub, ask, &name),
        ("POST", "lfs-files") if tail == ["duplicate"] => lfs::duplicate(hub, ask, &name),
        ("GET", "auth-check") => repos::auth_check(hub, ask, &name),
        ("PUT", "settings") => repos::settings(hub, ask, &name),
        ("POST", "duplicate") => repos::duplicate(hub, ask, &name),
        ("POST" | "DELETE", "like") => repos::like(hub, ask, &name),
        ("GET", "likers") => repos::likers(hub, ask, &name),
        (_, "discussions") => discussions::route(hub, ask, &name, tail),
        _ => Err(HubError::page_not_found().into()),
    }
}

/// `/user/name/resolve/...` and `/user/name.git/info/lfs/...`, with `datasets/` or `spaces/` before.
fn file_route(hub: &Hub, ask: &Ask) -> Answer {
    let (repo_type, parts) = match ask.parts.as_slice() {
        [first, rest @ ..] if first == "datasets" => (RepoType::Dataset, rest),
        [first, rest @ ..] if first == "spaces" => (RepoType::Space, rest),
        all => (RepoType::Model, all),
    };
    if let Some(at) = parts.iter().take(2).position(|part| part.ends_with(".git")) {
        let id = parts[..=at].join("/");
        let name = RepoName::new(repo_type, id.trim_end_matches(".git"));
        let tail: Vec<&str> = parts[at + 1..].iter().map(String::as_str).collect();
        return match (ask.method.as_str(), tail.as_slice()) {
            ("POST", ["info", "lfs", "objects", "batch"]) => lfs::batch(hub, ask, &name),
            ("POST", ["info", "lfs", "verify"]) => lfs::verify(hub, ask, &name),
            _ => Err(HubError::page_not_found().into()),
        };
    }
    let (id, rest) = split_id(parts);
    let name = RepoName::new(repo_type, id);
    let action = rest.first().map_or("", String::as_str);
    let (Some((revision, path)), "GET" | "HEAD") = (
        split_revision(rest.get(1..).unwrap_or_default()),
        ask.method.as_str(),
    ) else {
        return Err(HubError::page_not_found().into());
    };
    match action {
        "resolve" => resolve::resolve(hub, ask, &name, &revision, &path.join("/")),
        "raw" => resolve::raw(hub, ask, &name, &revision, &path.join("/")),
        _ => Err(HubError::page_not_found().into()),
    }
}

/// The way to another name of a repository, or the Hub's two ways of not knowing it.
fn missing(state: &State, ask: &Ask, name: &RepoName) -> Fail {
    if let Some(to) = state.moved_to(name) {
        return Fail::Moved(ask.path.replacen(&name.id, &to.id, 1));
    }
    hidden(ask).into()
}

/// What a caller is told who shall not learn whether a repository exists.
fn hidden(ask: &Ask) -> HubError {
    match ask.viewer {
        Viewer::Anonymous => HubError::unauthorized(),
        Viewer::User { .. } => HubError::repo_not_found(),
    }
}

/// A repository the viewer can see.
pub(crate) fn see<'a>(
    state: &'a mut State,
    ask: &Ask,
    name: &RepoName,
) -> Result<&'a mut RepoState, Fail> {
    match state.repos.get(name) {
        None => return Err(missing(state, ask, name)),
        Some(repo) if !state.can_see(&ask.viewer, repo) => return Err(hidden(ask).into()),
        Some(_) => {}
    }
    state.repos.get_mut(name).ok_or_else(|| hidden(ask).into())
}

/// A repository whose files the viewer may read.
pub(crate) fn open<'a>(
    state: &'a mut State,
    ask: &Ask,
    name: &RepoName,
) -> Result<&'a mut RepoState, Fail> {
    see(state, ask, name)?;
    let repo = state.repos.get(name).ok_or_else(|| hidden(ask))?;
    if repo.disabled {
        return Err(HubError::forbidden("Access to this resource is disabled.").into());
    }
    if !state.has_access(&ask.viewer, repo) {
        let kind = name.repo_type.as_str();
        let id = &name.id;
        let error = match ask.viewer {
            Viewer::Anonymous => HubError::new(
                StatusCode::UNAUTHORIZED,
                format!(
                    "Access to {kind} {id} is restricted. You must have access to it and be authenticated to access it. Please log in."
                ),
            ),
            Viewer::User { .. } => HubError::forbidden(format!(
                "Access to {kind} {id} is restricted and you are not in the authorized list. Visit https://huggingface.co/{name} to ask for access."
            )),
        };
        return Err(error.code("GatedRepo").into());
    }
    state.repos.get_mut(name).ok_or_else(|| hidden(ask).into())
}

/// A repository the viewer may write to.
pub(crate) fn own<'a>(
    state: &'a mut State,
    ask: &Ask,
    name: &RepoName,
) -> Result<&'a mut RepoState, Fail> {
    see(state, ask, name)?;
    let user = ask.writer()?;
    if !state.owns(user, name.owner()) {
        return Err(HubError::forbidden(
            "You have read access but not the required permissions for this operation",
        )
        .into());
    }
    state.repos.get_mut(name).ok_or_else(|| hidden(ask).into())
}

/// A page of `items` and the `Link` to the next one.
pub(crate) struct Page {
    pub(crate) range: std::ops::Range<usize>,
    pub(crate) next: Option<String>,
}

/// Cuts a page out of `total` items: `limit` and `cursor` of the query say which.
pub(crate) fn page(hub: &Hub, ask: &Ask, total: usize, most: usize) -> Result<Page, HubError> {
    let limit = match ask.get("limit") {
        None => most,
        Some(text) => match text.parse::<usize>() {
            Ok(0) | Err(_) => {
                return Err(HubError::bad_request(
                    "✖ Too small: expected number to be >=1\n  → at limit",
                ));
            }
            Ok(limit) => limit.min(most),
        },
    };
    let start = match ask.get("cursor") {
        None => 0,
        Some(cursor) => {
            cursor_place(cursor).ok_or_else(|| HubError::bad_request("Invalid cursor"))?
        }
    };
    let start = start.min(total);
    let end = (start + limit).min(total);
    let next = (end < total).then(|| {
        let kept: Vec<&str> = ask
            .raw_query
            .split('&')
            .filter(|p| !p.is_empty() && !p.starts_with("cursor="))
            .collect();
        let mut query = kept.join("&");
        if !query.is_empty() {
            query.push('&');
        }
        format!(
            "<{}{}?{query}cursor={}>; rel=\"next\"",
            hub.endpoint(),
            ask.path,
            encode(&cursor(end))
        )
    });
    Ok(Page {
        range: start..end,
        next,
    })
}

/// Cursors are opaque: base64 of JSON, as the Hub's are.
fn cursor(place: usize) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("{{\"at\":{place}}}"))
}

fn cursor_place(cursor: &str) -> Option<usize> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(cursor)
        .ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    usize::try_from(value.get("at")?.as_u64()?).ok()
}

impl Reply {
    pub(crate) fn link(self, next: Option<String>) -> Self {
        match next {
            Some(next) => self.named("link", next),
            None => self,
        }
    }
}
