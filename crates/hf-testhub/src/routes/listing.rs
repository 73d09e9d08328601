//! `GET /api/models`, `/api/datasets`, `/api/spaces`
use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::Value;

use super::info::{Siblings, describe, expanded, members};
use super::page::{limit, link, start};
use super::{Request, RouteResult};
use crate::hub::Hub;
use crate::names::{RepoName, RepoType};
use crate::response::{HubError, HubResponse};
use crate::store::{Gated, RepoState, SortKey, State};

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
    let filter = Filter::new(request)?;
    let expand = expanded(request, repo_type)?;
    let wanted = expand.unwrap_or_else(|| default_members(request, repo_type));
    let mut state = hub.state();
    let limit = limit(request, state.settings.page_size)?;
    let start = start(request)?;
    let (names, next) = chosen(&mut state, request, repo_type, &filter, start, limit)?;
    let mut items = Vec::with_capacity(names.len());
    for name in &names {
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
    let next = next.map(|position| link(hub, request, position));
    Ok(HubResponse::json(&Value::Array(items)).link(next))
}

/// Returns the members shown without `expand`.
fn default_members(request: &Request, repo_type: RepoType) -> Vec<&str> {
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
}

/// Returns a page of matching repositories, and the position at which the next page starts.
///
/// Repositories beyond the page are not examined: the state maintains the order of creation, and
/// other orders are cached until something changes.
fn chosen(
    state: &mut State,
    request: &Request,
    repo_type: RepoType,
    filter: &Filter<'_>,
    start: u64,
    limit: usize,
) -> Result<(Vec<RepoName>, Option<u64>), HubError> {
    let ascending = request.get("direction") == Some("1");
    let sort = match request.get("sort") {
        None | Some("trendingScore" | "trending_score") if !ascending => None,
        sort => Some(sort_key(sort)?),
    };
    let mut names = Vec::with_capacity(limit.min(1000));
    let fits = |repo: &RepoState| state.can_see(&request.viewer, repo) && filter.fits(repo);
    let Some(key) = sort else {
        for (position, repo) in state
            .repos_of(repo_type, start)
            .filter(|(_, repo)| fits(repo))
        {
            if names.len() == limit {
                return Ok((names, Some(position)));
            }
            names.push(repo.name.clone());
        }
        return Ok((names, None));
    };
    let sorted = sorted(state, repo_type, key, ascending);
    let from = usize::try_from(start).unwrap_or(usize::MAX);
    for (position, name) in sorted.iter().enumerate().skip(from) {
        let fits = state
            .repos
            .get(name)
            .is_some_and(|repo| state.can_see(&request.viewer, repo) && filter.fits(repo));
        if fits && names.len() == limit {
            return Ok((names, Some(position as u64)));
        }
        if fits {
            names.push(name.clone());
        }
    }
    Ok((names, None))
}

fn sort_key(name: Option<&str>) -> Result<SortKey, HubError> {
    Ok(match name {
        None | Some("trendingScore" | "trending_score" | "createdAt" | "created_at") => {
            SortKey::Created
        }
        Some("downloads") => SortKey::Downloads,
        Some("likes") => SortKey::Likes,
        Some("lastModified" | "last_modified") => SortKey::Modified,
        Some(other) => {
            return Err(HubError::bad_request(format!(
                "✖ Invalid option: {other:?}\n  → at sort"
            )));
        }
    })
}

/// Returns all repositories of a type in this order, computed once per generation of the state.
fn sorted(
    state: &mut State,
    repo_type: RepoType,
    key: SortKey,
    ascending: bool,
) -> Arc<Vec<RepoName>> {
    let generation = state.generation;
    if state.sorted.0 != generation {
        state.sorted = (generation, std::collections::HashMap::new());
    }
    let slot = (repo_type, key, ascending);
    if let Some(known) = state.sorted.1.get(&slot) {
        return Arc::clone(known);
    }
    let mut repos: Vec<&RepoState> = state.repos_of(repo_type, 0).map(|(_, repo)| repo).collect();
    match key {
        SortKey::Created => repos.sort_by_key(|repo| Reverse(repo.created)),
        SortKey::Downloads => repos.sort_by_key(|repo| Reverse(repo.downloads)),
        SortKey::Likes => repos.sort_by_key(|repo| Reverse(repo.likes())),
        SortKey::Modified => repos.sort_by_key(|repo| Reverse(repo.modified)),
    }
    if ascending {
        repos.reverse();
    }
    let names: Arc<Vec<RepoName>> =
        Arc::new(repos.into_iter().map(|repo| repo.name.clone()).collect());
    state.sorted.1.insert(slot, Arc::clone(&names));
    names
}

/// The conditions in a query.
struct Filter<'a> {
    author: Option<&'a str>,
    search: Option<String>,
    tags: Vec<&'a str>,
    gated: Option<bool>,
    apps: Vec<&'a str>,
    warm: bool,
    providers: Vec<&'a str>,
    /// The minimum and maximum number of parameters.
    parameters: Option<(u64, u64)>,
}

impl<'a> Filter<'a> {
    fn new(request: &'a Request) -> Result<Self, HubError> {
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
        let listed = |name| {
            request
                .all(name)
                .flat_map(|value| value.split(','))
                .collect()
        };
        Ok(Self {
            author: request.get("author"),
            search: request.get("search").map(str::to_lowercase),
            tags,
            gated,
            apps: listed("apps"),
            warm: request.get("inference") == Some("warm"),
            providers: listed("inference_provider"),
            parameters: request.get("num_parameters").map(bounds).transpose()?,
        })
    }

    fn fits(&self, repo: &RepoState) -> bool {
        let member = |name: &str| repo.members.get(name);
        let in_list = |name: &str, wanted: &str| {
            let list = member(name).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|value| value == wanted))
        };
        self.author.is_none_or(|author| repo.name.owner() == author)
            && self
                .search
                .as_ref()
                .is_none_or(|text| repo.name.id.to_lowercase().contains(text))
            && self
                .gated
                .is_none_or(|gated| gated == (repo.gated != Gated::No))
            && (self.tags.is_empty() || {
                let own = repo.all_tags();
                self.tags.iter().all(|tag| own.iter().any(|t| t == tag))
            })
            && (self.apps.is_empty() || self.apps.iter().any(|app| in_list("apps", app)))
            && (!self.warm || member("inference").is_some_and(|value| value == "warm"))
            && (self.providers.is_empty() || {
                let own = providers(repo);
                self.providers
                    .iter()
                    .any(|wanted| own.iter().any(|p| p == wanted || *wanted == "all"))
            })
            && self.parameters.is_none_or(|(least, most)| {
                let total = member("safetensors").and_then(|s| s.get("total")?.as_u64());
                total.is_some_and(|total| (least..=most).contains(&total))
            })
    }
}

fn providers(repo: &RepoState) -> Vec<&str> {
    match repo.members.get("inferenceProviderMapping") {
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|p| p.get("provider")?.as_str())
            .collect(),
        Some(Value::Object(map)) => map.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Parses `min:6B,max:128B`; either bound may be missing.
fn bounds(text: &str) -> Result<(u64, u64), HubError> {
    let bad = || HubError::invalid("expected min:<number>,max:<number>", "num_parameters");
    let mut bounds = (0, u64::MAX);
    for part in text.split(',') {
        let (name, number) = part.split_once(':').ok_or_else(bad)?;
        let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match &number[digits.len()..] {
            "" => 1,
            "K" | "k" => 1_000,
            "M" | "m" => 1_000_000,
            "B" | "b" => 1_000_000_000,
            "T" | "t" => 1_000_000_000_000,
            _ => return Err(bad()),
        };
        let whole: u64 = digits.parse().map_err(|_| bad())?;
        let value = whole.saturating_mul(unit);
        match name {
            "min" => bounds.0 = value,
            "max" => bounds.1 = value,
            _ => return Err(bad()),
        }
    }
    Ok(bounds)
}
