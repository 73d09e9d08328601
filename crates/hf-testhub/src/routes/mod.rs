//! Dispatches requests to handlers.
mod access;
mod access_requests;
mod bridge;
mod buckets;
mod cas;
mod catalog;
mod collections;
mod commit;
mod discussions;
mod endpoints;
mod info;
mod jobs;
mod lfs;
mod listing;
mod merge;
mod page;
mod papers;
mod people;
mod preupload;
mod refs;
mod repos;
mod request;
mod resolve;
mod safetensors;
mod scheduled_jobs;
mod signed_url;
mod spaces;
mod stats;
mod storage;
mod tree;
mod webhooks;
mod xet;
mod xorbs;

use http::StatusCode;

use crate::hub::Hub;
use crate::names::{RepoName, RepoType, repo_type_of};
use crate::response::{HubError, HubResponse, RouteError};

use access::{open, own, see};
pub(crate) use bridge::answer as bridge;
pub(crate) use buckets::insert as insert_bucket;
pub(crate) use cas::answer as cas;
pub(crate) use commit::{legal_path, note_large_files};
pub(crate) use lfs::store as store_object;
use page::page;
use repos::{check_name, may_own};
pub(crate) use request::Request;
use request::{decode, encode, encode_path, pairs};
pub(crate) use signed_url::object_url;
pub(crate) use storage::respond as storage;
pub(crate) use xet::xet_hash;

pub(crate) type RouteResult = Result<HubResponse, RouteError>;

/// Words that follow a repository id in API paths, by which an id of one part is recognised. A
/// Space always has a namespace, so the words of its own routes are left to repositories, which may
/// be called `logs`.
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
    "ask-access",
    "leaderboard",
    "xet-read-token",
    "xet-write-token",
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

/// Splits a revision from the rest. The slashes in `refs/pr/1` may be unescaped.
fn split_revision(parts: &[String]) -> Option<(String, &[String])> {
    match parts {
        [refs, kind, name, rest @ ..] if refs == "refs" => {
            Some((format!("refs/{kind}/{name}"), rest))
        }
        [revision, rest @ ..] if !revision.is_empty() => Some((revision.clone(), rest)),
        _ => None,
    }
}

/// Handles a request to the endpoint.
pub(crate) fn hub(hub: &Hub, request: &Request) -> HubResponse {
    let plain = request.parts.first().is_none_or(|first| first != "api")
        && !request.path.contains(".git/info/lfs/");
    let plain = plain || request.path.starts_with("/api/resolve-cache/");
    match dispatch(hub, request) {
        Ok(response) => response,
        Err(RouteError::Error(error)) => error.into_response(plain),
        Err(RouteError::Moved(to)) => {
            let query = if request.raw_query.is_empty() {
                String::new()
            } else {
                format!("?{}", request.raw_query)
            };
            let location = format!("{to}{query}");
            HubResponse::redirect(StatusCode::TEMPORARY_REDIRECT, &location)
        }
    }
}

fn dispatch(hub: &Hub, request: &Request) -> RouteResult {
    let parts: Vec<&str> = request.parts.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    let rest = |from: usize| &request.parts[from..];
    match (method, parts.as_slice()) {
        ("GET" | "HEAD", ["api", "whoami-v2"]) => people::whoami(hub, request),
        (_, ["api", "users", ..]) => people::route(hub, request, true, rest(2)),
        ("GET", ["api", "organizations", org, "settings", "repositories"]) => {
            people::repositories(hub, request, Some(org))
        }
        (_, ["api", "organizations", ..]) => people::route(hub, request, false, rest(2)),
        ("GET", ["api", "settings", "repositories"]) => people::repositories(hub, request, None),
        (_, ["api", "settings", "webhooks", ..]) => webhooks::route(hub, request, rest(3)),
        (_, ["api", "collections", ..]) => collections::route(hub, request, rest(2)),
        (_, ["api", "buckets", ..]) => buckets::route(hub, request, rest(2)),
        (_, ["api", "jobs", ..]) => jobs::route(hub, request, rest(2)),
        (_, ["api", "scheduled-jobs", ..]) => scheduled_jobs::route(hub, request, rest(2)),
        ("GET", ["api", "daily_papers"]) => papers::daily(hub, request),
        ("GET", ["api", "papers", "search"]) => Ok(papers::search(hub, request)),
        ("GET", ["api", "papers", id]) => papers::info(hub, id),
        ("GET", ["papers", file]) => papers::read(hub, file),
        ("GET", ["api", "spaces", "hardware"]) => Ok(HubResponse::json(&catalog::hardware())),
        ("GET", ["api", "spaces", "templates"]) => Ok(HubResponse::json(&catalog::templates())),
        ("GET", ["api", "spaces", "zero-gpu", "quota"]) => spaces::quota(request),
        ("GET", ["api", "spaces", "semantic-search"]) => Ok(spaces::search(hub, request)),
        ("GET", ["api", "models-tags-by-type"]) => Ok(HubResponse::json(&catalog::model_tags())),
        ("GET", ["api", "datasets-tags-by-type"]) => {
            Ok(HubResponse::json(&catalog::dataset_tags()))
        }
        (_, ["-", "endpoints", "v2", ..]) => endpoints::route(hub, request, rest(3)),
        (_, ["-", "catalog", ..]) => endpoints::catalog(hub, request, rest(2)),
        ("GET", ["-", "datasets-server", "parquet"]) => papers::parquet(hub, request),
        ("GET", ["-", "testhub", "requests"]) => stats::requests(hub, request),
        ("GET", ["-", "testhub", "xet"]) => Ok(stats::xet(hub)),
        ("POST", ["uploads"]) => repos::upload_attachment(hub, request),
        ("GET" | "HEAD", ["buckets", owner, name, "resolve", path @ ..]) => {
            buckets::resolve(hub, request, &format!("{owner}/{name}"), &path.join("/"))
        }
        ("POST", ["api", "validate-yaml"]) => repos::validate_yaml(request),
        ("POST", ["api", "complete_multipart"]) => lfs::complete_multipart(hub, request),
        ("POST", ["api", "repos", "create"]) => repos::create(hub, request),
        ("DELETE", ["api", "repos", "delete"]) => repos::delete(hub, request),
        ("POST", ["api", "repos", "move"]) => repos::move_repo(hub, request),
        ("GET" | "HEAD", ["api", "resolve-cache", ..]) => resolve::cached(hub, request, rest(2)),
        (_, ["api", kind, tail @ ..]) => match repo_type_of(kind) {
            Some(repo_type) if kind.ends_with('s') && tail.is_empty() && method == "GET" => {
                listing::list(hub, request, repo_type)
            }
            Some(repo_type) if kind.ends_with('s') && !tail.is_empty() => {
                repo_route(hub, request, repo_type, rest(2))
            }
            _ => Err(request.not_offered().into()),
        },
        _ => file_route(hub, request),
    }
}

fn repo_route(hub: &Hub, request: &Request, repo_type: RepoType, parts: &[String]) -> RouteResult {
    let (id, rest) = split_id(parts);
    let name = RepoName::new(repo_type, id);
    let action = rest.first().map_or("", String::as_str);
    let tail = rest.get(1..).unwrap_or_default();
    let revision =
        || split_revision(tail).ok_or_else(|| RouteError::from(HubError::page_not_found()));
    match (request.method.as_str(), action) {
        ("GET" | "HEAD", "") => info::info(hub, request, &name, None),
        ("GET" | "HEAD", "revision") => info::info(hub, request, &name, Some(&revision()?.0)),
        ("GET", "tree") => {
            let (revision, path) = revision()?;
            tree::list(hub, request, &name, &revision, &path.join("/"))
        }
        ("POST", "paths-info") => tree::paths_info(hub, request, &name, &revision()?.0),
        ("GET", "refs") => refs::list(hub, request, &name),
        ("POST", "branch") => refs::create_branch(hub, request, &name, &tail.join("/")),
        ("DELETE", "branch") => refs::delete_branch(hub, request, &name, &tail.join("/")),
        ("POST", "tag") => refs::create_tag(hub, request, &name, &revision()?.0),
        ("DELETE", "tag") => refs::delete_tag(hub, request, &name, &tail.join("/")),
        ("GET", "commits") => refs::commits(hub, request, &name, &revision()?.0),
        ("POST", "super-squash") => refs::super_squash(hub, request, &name, &tail.join("/")),
        ("POST", "preupload") => preupload::preupload(hub, request, &name, &revision()?.0),
        ("POST", "commit") => commit::commit(hub, request, &name, &revision()?.0),
        ("GET", "lfs-files") if tail.is_empty() => lfs::list(hub, request, &name),
        ("POST", "lfs-files") if tail == ["batch"] => lfs::delete_batch(hub, request, &name),
        ("POST", "lfs-files") if tail == ["duplicate"] => lfs::duplicate(hub, request, &name),
        ("GET", "auth-check") => repos::auth_check(hub, request, &name),
        ("PUT", "settings") => repos::settings(hub, request, &name),
        ("POST", "duplicate") => repos::duplicate(hub, request, &name),
        ("POST" | "DELETE", "like") => repos::like(hub, request, &name),
        ("GET", "likers") => repos::likers(hub, request, &name),
        (_, "discussions") => discussions::route(hub, request, &name, tail),
        (_, "user-access-request") => access_requests::route(hub, request, &name, tail),
        ("GET", "leaderboard") if repo_type == RepoType::Dataset => {
            papers::leaderboard(hub, request, &name)
        }
        ("GET", "safetensors-metadata") if repo_type == RepoType::Model => {
            safetensors::metadata(hub, request, &name, &tail.join("/"))
        }
        ("GET", "xet-read-token") => xet::repo_token(hub, request, &name, false, &revision()?.0),
        ("GET", "xet-write-token") => xet::repo_token(hub, request, &name, true, &revision()?.0),
        (_, action) => spaces::route(hub, request, &name, action, tail).unwrap_or_else(|| {
            Err(if rest.is_empty() || SUBROUTES.contains(&action) {
                request.not_offered().into()
            } else {
                HubError::page_not_found().into()
            })
        }),
    }
}

/// Handles `/user/name/resolve/...` and `/user/name.git/info/lfs/...`, with an optional prefix
/// `datasets/` or `spaces/`.
fn file_route(hub: &Hub, request: &Request) -> RouteResult {
    let (repo_type, parts) = match request.parts.as_slice() {
        [first, rest @ ..] if first == "datasets" => (RepoType::Dataset, rest),
        [first, rest @ ..] if first == "spaces" => (RepoType::Space, rest),
        [first, rest @ ..] if first == "kernels" => (RepoType::Kernel, rest),
        all => (RepoType::Model, all),
    };
    if let Some(at) = parts.iter().take(2).position(|part| part.ends_with(".git")) {
        let id = parts[..=at].join("/");
        let name = RepoName::new(repo_type, id.trim_end_matches(".git"));
        let tail: Vec<&str> = parts[at + 1..].iter().map(String::as_str).collect();
        return match (request.method.as_str(), tail.as_slice()) {
            ("POST", ["info", "lfs", "objects", "batch"]) => lfs::batch(hub, request, &name),
            ("POST", ["info", "lfs", "verify"]) => lfs::verify(hub, request, &name),
            _ => Err(HubError::page_not_found().into()),
        };
    }
    let (id, rest) = split_id(parts);
    let name = RepoName::new(repo_type, id);
    let action = rest.first().map_or("", String::as_str);
    if request.method == http::Method::POST && action == "ask-access" {
        return access_requests::ask(hub, request, &name);
    }
    let (Some((revision, path)), "GET" | "HEAD") = (
        split_revision(rest.get(1..).unwrap_or_default()),
        request.method.as_str(),
    ) else {
        return Err(HubError::page_not_found().into());
    };
    match action {
        "resolve" => resolve::resolve(hub, request, &name, &revision, &path.join("/")),
        "raw" => resolve::raw(hub, request, &name, &revision, &path.join("/")),
        _ => Err(HubError::page_not_found().into()),
    }
}
