//! The description of a repository.
use serde_json::{Map, Value, json};

use super::{Request, RouteResult, see};
use crate::hub::Hub;
use crate::names::{RepoName, RepoType};
use crate::response::{HubError, HubResponse};
use crate::store::{Entry, Oid, RepoState, date};

/// How the files of a repository are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Siblings {
    Names,
    Blobs,
    /// With the hashes of large files hidden, for a viewer without access.
    MaskedBlobs,
}

const MODEL: &[&str] = &[
    "modelId",
    "author",
    "sha",
    "lastModified",
    "private",
    "disabled",
    "gated",
    "pipeline_tag",
    "tags",
    "downloads",
    "library_name",
    "likes",
    "model-index",
    "config",
    "cardData",
    "siblings",
    "spaces",
    "createdAt",
    "usedStorage",
];
const DATASET: &[&str] = &[
    "author",
    "sha",
    "lastModified",
    "private",
    "disabled",
    "gated",
    "tags",
    "description",
    "downloads",
    "likes",
    "cardData",
    "siblings",
    "createdAt",
    "usedStorage",
];
const SPACE: &[&str] = &[
    "author",
    "sha",
    "lastModified",
    "private",
    "disabled",
    "gated",
    "sdk",
    "subdomain",
    "host",
    "region",
    "tags",
    "likes",
    "cardData",
    "siblings",
    "runtime",
    "createdAt",
    "usedStorage",
];
const KERNEL: &[&str] = &[
    "author",
    "sha",
    "lastModified",
    "private",
    "gated",
    "downloads",
    "likes",
    "repoType",
    "supportedDriverFamilies",
    "trustedPublisher",
];
/// Members that are only returned with `expand`.
const ON_REQUEST: &[&str] = &[
    "downloadsAllTime",
    "trendingScore",
    "safetensors",
    "gguf",
    "baseModels",
    "childrenModelCount",
    "inference",
    "inferenceProviderMapping",
    "mask_token",
    "transformersInfo",
    "widgetData",
    "evalResults",
    "resourceGroup",
    "xetEnabled",
    "citation",
    "paperswithcode_id",
    "datasets",
    "models",
    "mainSize",
];

/// Returns the members of the full description.
pub(super) fn members(repo_type: RepoType) -> &'static [&'static str] {
    match repo_type {
        RepoType::Dataset => DATASET,
        RepoType::Space => SPACE,
        RepoType::Kernel => KERNEL,
        _ => MODEL,
    }
}

/// `GET /api/{type}s/{id}` and `/revision/{revision}`
pub(super) fn info(
    hub: &Hub,
    request: &Request,
    name: &RepoName,
    revision: Option<&str>,
) -> RouteResult {
    let mut state = hub.state();
    see(&mut state, request, name)?;
    let masked = state
        .repos
        .get(name)
        .is_some_and(|repo| !state.has_access(&request.viewer, repo));
    let repo = see(&mut state, request, name)?;
    let head = match revision {
        Some(revision) => Some(
            repo.resolve(revision)
                .ok_or_else(|| HubError::revision_not_found(revision))?,
        ),
        None => repo.resolve("main"),
    };
    let siblings = match (request.flag("blobs"), masked) {
        (false, _) => Siblings::Names,
        (true, false) => Siblings::Blobs,
        (true, true) => Siblings::MaskedBlobs,
    };
    let expand = expanded(request, name.repo_type)?;
    let wanted = expand.as_deref().unwrap_or(members(name.repo_type));
    let mut body = describe(repo, head.as_ref(), wanted, siblings);
    if request.flag("securityStatus") {
        body.insert(
            "securityRepoStatus".to_owned(),
            json!({"scansDone": true, "filesWithIssues": []}),
        );
    }
    Ok(HubResponse::json(&Value::Object(body)))
}

/// Returns the members requested with `expand`, or `None` if it is not used.
pub(super) fn expanded(
    request: &Request,
    repo_type: RepoType,
) -> Result<Option<Vec<&str>>, HubError> {
    let wanted: Vec<&str> = request.all("expand").collect();
    for name in &wanted {
        if !members(repo_type).contains(name) && !ON_REQUEST.contains(name) {
            return Err(HubError::bad_request(format!(
                "✖ Invalid option: {name:?}\n  → at expand"
            )));
        }
    }
    Ok((!wanted.is_empty()).then_some(wanted))
}

pub(super) fn describe(
    repo: &mut RepoState,
    head: Option<&Oid>,
    wanted: &[&str],
    siblings: Siblings,
) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("_id".to_owned(), repo.object_id.clone().into());
    body.insert("id".to_owned(), repo.name.id.clone().into());
    for &member in wanted {
        if let Some(value) = value_of(repo, head, member, siblings) {
            body.insert(member.to_owned(), value);
        }
    }
    body
}

fn value_of(
    repo: &mut RepoState,
    head: Option<&Oid>,
    member: &str,
    siblings: Siblings,
) -> Option<Value> {
    if let Some(value) = repo.members.get(member) {
        return Some(value.clone());
    }
    Some(match member {
        "repoType" => repo.name.repo_type.as_str().into(),
        "supportedDriverFamilies" => json!(["cuda"]),
        "modelId" => repo.name.id.clone().into(),
        "author" => repo.name.owner().into(),
        "sha" => (**head?).into(),
        "lastModified" => {
            let at = head
                .and_then(|oid| repo.commits.get(oid))
                .map_or(repo.modified, |commit| commit.date);
            date(at).into()
        }
        "createdAt" => date(repo.created).into(),
        "private" => repo.private.into(),
        "disabled" => repo.disabled.into(),
        "gated" => json!(repo.gated),
        "pipeline_tag" | "library_name" => repo.card.get(member)?.clone(),
        "tags" => repo.all_tags().into(),
        "downloads" => repo.downloads.into(),
        "downloadsAllTime" => (repo.downloads * 10).into(),
        "likes" => repo.likes().into(),
        "trendingScore" => 0.into(),
        "model-index" => Value::Null,
        "config" => json!({}),
        "cardData" if repo.card.is_empty() => return None,
        "cardData" => Value::Object(repo.card.clone()),
        "description" => "".into(),
        "spaces" | "models" | "datasets" => json!([]),
        "usedStorage" => repo.used_storage().into(),
        "sdk" => repo.sdk.clone()?.into(),
        "subdomain" => repo.subdomain().into(),
        "host" => format!("https://{}.hf.space", repo.subdomain()).into(),
        "region" => "us".into(),
        "runtime" => super::spaces::runtime(repo),
        "xetEnabled" | "trustedPublisher" => false.into(),
        "siblings" => {
            let tree = repo.tree(head?)?;
            tree.iter()
                .map(|(path, entry)| sibling(path, entry, siblings))
                .collect()
        }
        _ => return None,
    })
}

fn sibling(path: &str, entry: &Entry, siblings: Siblings) -> Value {
    let mut body = json!({"rfilename": path});
    if siblings != Siblings::Names {
        body["blobId"] = entry.oid.clone().into();
        body["size"] = entry.blob.len().into();
        if let Some(lfs) = &entry.lfs {
            let sha256 = if siblings == Siblings::MaskedBlobs {
                MASK
            } else {
                &lfs.sha256
            };
            body["lfs"] = json!({"sha256": sha256, "size": entry.blob.len(), "pointerSize": lfs.pointer_size});
        }
    }
    body
}

/// Shown instead of hashes to viewers without access.
pub(super) const MASK: &str = "****************************************************************";
