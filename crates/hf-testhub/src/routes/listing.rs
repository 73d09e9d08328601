//! `GET /api/models`, `/api/datasets`, `/api/spaces`
use std::cmp::Reverse;

use serde_json::Value;

use super::info::{Siblings, describe, expanded, members};
use super::{Request, RouteResult, page};
use crate::hub::Hub;
use crate::names::{RepoName, RepoType};
use crate::response::{HubError, HubResponse};
use crate::store::{Gated, RepoState, State};

const BASIC: &[&str] = &[
    "likes",
    "trendingScore",
    "private",
    "downloads",
    "tags",
    "pipeline_tag",
    "library_name",
    "createdAt",
    "modelId",
    "sdk",
];
const FULL: &[&str] = &[
    "author",
    "gated",
    "disabled",
    "lastModified",
    "sha",
    "siblings",
    "description",
];

pub(super) fn list(hub: &Hub, request: &Request, repo_type: RepoType) -> RouteResult {
    let mut state = hub.state();
    let names = chosen(&state, request, repo_type)?;
    let page = page(hub, request, names.len(), state.settings.page_size)?;

    let expand = expanded(request, repo_type)?;
    let wanted: Vec<&str> = if let Some(expand) = expand {
        expand
    } else {
        let mut wanted = BASIC.to_vec();
        if request.flag("full") {
            wanted.extend(FULL);
        }
        for (flag, member) in [("cardData", "cardData"), ("config", "config")] {
            if request.flag(flag)
                || (flag == "cardData" && request.flag("full") && repo_type != RepoType::Model)
            {
                wanted.push(member);
            }
        }
        wanted.retain(|member| {
            members(repo_type).contains(member)
                || *member == "trendingScore"
                || (*member == "downloads" && repo_type == RepoType::Model)
        });
        wanted
    };
    let mut items = Vec::with_capacity(page.range.len());
    for name in &names[page.range] {
        if let Some(repo) = state.repos.get_mut(name) {
            let head = repo.resolve("main");
            items.push(Value::Object(describe(
                repo,
                head.as_ref(),
                &wanted,
                Siblings::Names,
            )));
        }
    }
    Ok(HubResponse::json(&Value::Array(items)).link(page.next))
}

/// The repositories that fit the query, in its order.
fn chosen(
    state: &State,
    request: &Request,
    repo_type: RepoType,
) -> Result<Vec<RepoName>, HubError> {
    let author = request.get("author");
    let search = request.get("search").map(str::to_lowercase);
    let mut tags: Vec<&str> = request
        .all("filter")
        .flat_map(|value| value.split(','))
        .collect();
    tags.extend(request.all("pipeline_tag"));
    let gated = match request.get("gated") {
        None => None,
        Some("true" | "True") => Some(true),
        Some("false" | "False") => Some(false),
        Some(other) => {
            return Err(HubError::bad_request(format!(
                "✖ Invalid option: {other:?}\n  → at gated"
            )));
        }
    };
    let mut found: Vec<&RepoState> = state
        .order
        .iter()
        .filter(|name| name.repo_type == repo_type)
        .filter(|name| author.is_none_or(|author| name.owner() == author))
        .filter(|name| {
            search
                .as_ref()
                .is_none_or(|text| name.id.to_lowercase().contains(text))
        })
        .filter_map(|name| state.repos.get(name))
        .filter(|repo| state.can_see(&request.viewer, repo))
        .filter(|repo| gated.is_none_or(|gated| gated == (repo.gated != Gated::No)))
        .filter(|repo| {
            tags.is_empty() || {
                let own = repo.all_tags();
                tags.iter().all(|tag| own.iter().any(|t| t == tag))
            }
        })
        .collect();
    let ascending = request.get("direction") == Some("1");
    match request.get("sort") {
        None | Some("trendingScore" | "trending_score") => {}
        Some("downloads") => found.sort_by_key(|repo| Reverse(repo.downloads)),
        Some("likes") => found.sort_by_key(|repo| Reverse(repo.likes())),
        Some("lastModified" | "last_modified") => found.sort_by_key(|repo| Reverse(repo.modified)),
        Some("createdAt" | "created_at") => found.sort_by_key(|repo| Reverse(repo.created)),
        Some(other) => {
            return Err(HubError::bad_request(format!(
                "✖ Invalid option: {other:?}\n  → at sort"
            )));
        }
    }
    if ascending {
        found.reverse();
    }
    Ok(found.into_iter().map(|repo| repo.name.clone()).collect())
}
