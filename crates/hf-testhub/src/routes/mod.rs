//! Which handler a request goes to.
mod access;
mod account;
mod ask;
mod commit;
mod discussions;
mod info;
mod lfs;
mod listing;
mod page;
mod preupload;
mod refs;
mod repos;
mod resolve;
mod storage;
mod tree;

use http::StatusCode;

use crate::hub::Hub;
use crate::names::{RepoName, RepoType};
use crate::reply::{Fail, HubError, Reply};

use access::{open, own, see};
pub(crate) use ask::Ask;
use ask::{decode, encode, encode_path, pairs};
pub(crate) use commit::{legal_path, note_large_files};
pub(crate) use lfs::store as store_object;
use page::page;
pub(crate) use storage::{answer as storage, object_url};

pub(crate) type Answer = Result<Reply, Fail>;

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
            Reply::redirect(StatusCode::TEMPORARY_REDIRECT, &location)
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
