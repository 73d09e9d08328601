//! Papers, leaderboards, and the dataset viewer's list of Parquet files.
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::people::account;
use super::{Request, RouteResult, open, see};
use crate::hub::Hub;
use crate::names::{RepoName, RepoType};
use crate::response::{HubError, HubResponse};
use crate::store::existing;

/// Returns a paper as the daily list shows it, with additional members beside it.
fn listed(paper: &Value) -> Value {
    json!({
        "paper": paper, "publishedAt": paper["publishedAt"], "title": paper["title"],
        "summary": paper["summary"], "numComments": 0,
        "submittedBy": {"_id": account("user")["_id"], "avatarUrl": "/avatars/user.svg", "fullname": "user", "name": "user", "type": "user", "isPro": false, "isHf": false, "isMod": false},
    })
}

/// `GET /api/daily_papers`
pub(super) fn daily(hub: &Hub, request: &Request) -> RouteResult {
    let number = |name: &str, default: usize| match request.get(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| HubError::invalid("expected number", name)),
    };
    let (page, limit) = (number("p", 0)?, number("limit", 50)?.clamp(1, 100));
    let state = hub.state();
    let mut papers: Vec<&Value> = state
        .services
        .papers
        .iter()
        .filter(|paper| {
            request.get("date").is_none_or(|date| {
                paper["publishedAt"]
                    .as_str()
                    .is_some_and(|at| at.starts_with(date))
            })
        })
        .collect();
    if request.get("sort") == Some("trending") {
        papers.sort_by_key(|paper| std::cmp::Reverse(paper["upvotes"].as_u64()));
    }
    let shown: Vec<Value> = papers
        .into_iter()
        .skip(page * limit)
        .take(limit)
        .map(listed)
        .collect();
    Ok(HubResponse::json(&shown.into()))
}

/// `GET /api/papers/search`
pub(super) fn search(hub: &Hub, request: &Request) -> HubResponse {
    let query = request.get("q").unwrap_or_default().to_lowercase();
    let limit = request.get("limit").and_then(|limit| limit.parse().ok());
    let state = hub.state();
    let shown: Vec<Value> = state
        .services
        .papers
        .iter()
        .filter(|paper| {
            ["id", "title", "summary"].iter().any(|key| {
                paper[*key]
                    .as_str()
                    .is_some_and(|text| text.to_lowercase().contains(&query))
            })
        })
        .take(limit.unwrap_or(20))
        .map(listed)
        .collect();
    HubResponse::json(&shown.into())
}

/// `GET /api/papers/{id}`
pub(super) fn info(hub: &Hub, id: &str) -> RouteResult {
    let state = hub.state();
    let paper = state.services.papers.iter().find(|paper| paper["id"] == id);
    match paper {
        Some(paper) => Ok(HubResponse::json(paper)),
        None => Err(HubError::new(StatusCode::NOT_FOUND, "Paper not found").into()),
    }
}

/// `GET /papers/{id}.md`
pub(super) fn read(hub: &Hub, file: &str) -> RouteResult {
    let state = hub.state();
    let id = file.strip_suffix(".md").unwrap_or_default();
    let paper = state.services.papers.iter().find(|paper| paper["id"] == id);
    let paper = paper.ok_or_else(|| HubError::new(StatusCode::NOT_FOUND, "Paper not found"))?;
    let text = |key: &str| paper[key].as_str().unwrap_or_default();
    let body = format!(
        "# {}\n\n## Abstract\n\n{}\n",
        text("title"),
        text("summary")
    );
    Ok(
        HubResponse::text(StatusCode::OK, body)
            .header(CONTENT_TYPE, "text/markdown; charset=utf-8"),
    )
}

/// `GET /api/datasets/{id}/leaderboard`
pub(super) fn leaderboard(hub: &Hub, request: &Request, name: &RepoName) -> RouteResult {
    let mut state = hub.state();
    let repo = see(&mut state, request, name)?;
    if repo.leaderboard.is_empty() {
        return Err(HubError::new(
            StatusCode::NOT_FOUND,
            "No leaderboard found for this dataset",
        )
        .into());
    }
    let base_only = request.flag("base_model");
    let rows: Vec<Value> = repo
        .leaderboard
        .iter()
        .filter(|row| !base_only || row["isBaseModel"] != false)
        .cloned()
        .collect();
    Ok(HubResponse::json(&rows.into()))
}

/// `GET /-/datasets-server/parquet`: the Parquet files of the branch `refs/convert/parquet`
pub(super) fn parquet(hub: &Hub, request: &Request) -> RouteResult {
    let id = request.get("dataset");
    let id = id.ok_or_else(|| HubError::invalid("expected string", "dataset"))?;
    let name = RepoName::new(RepoType::Dataset, id);
    let mut state = hub.state();
    let repo = open(&mut state, request, &name)?;
    let head = repo.resolve("refs/convert/parquet");
    let tree = head.and_then(|head| repo.tree(&head)).unwrap_or_default();
    let wanted = request.get("config");
    let files: Vec<Value> = tree
        .iter()
        .filter_map(|(path, entry)| {
            let mut parts = path.split('/');
            let (config, split, file) = (parts.next()?, parts.next()?, parts.next()?);
            let fits = wanted.is_none_or(|wanted| wanted == config) && file.ends_with(".parquet");
            fits.then(|| {
                json!({
                    "dataset": id, "config": config, "split": split, "filename": file,
                    "url": format!("{}/datasets/{id}/resolve/refs%2Fconvert%2Fparquet/{path}", hub.endpoint()),
                    "size": entry.blob.len(),
                })
            })
        })
        .collect();
    Ok(HubResponse::json(&json!({
        "parquet_files": files, "pending": [], "failed": [], "partial": false,
    })))
}

impl Hub {
    /// Adds a paper with its arXiv id, title and abstract; `more` holds further members in the
    /// Hub's spelling.
    pub fn add_paper(&self, id: &str, title: &str, summary: &str, more: Value) {
        let mut paper = Map::new();
        let authors =
            json!([{"_id": "65f0c1d2e3a4b5c6d7e8f901", "name": "A. Author", "hidden": false}]);
        paper.insert("authors".to_owned(), authors);
        paper.insert("publishedAt".to_owned(), "2026-01-02T00:00:00.000Z".into());
        paper.insert("upvotes".to_owned(), 0.into());
        if let Value::Object(more) = more {
            paper.extend(more);
        }
        paper.insert("id".to_owned(), id.into());
        paper.insert("title".to_owned(), title.into());
        paper.insert("summary".to_owned(), summary.into());
        self.change().services.papers.push(Value::Object(paper));
    }

    /// Sets the leaderboard of a dataset. The rows use the Hub's spelling.
    ///
    /// # Panics
    /// Panics if the repository does not exist.
    pub fn set_leaderboard(&self, repo: impl Into<RepoName>, rows: Vec<Value>) {
        existing(&mut self.change(), &repo.into()).leaderboard = rows;
    }
}
