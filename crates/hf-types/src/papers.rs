//! Papers.

use hf_macros::Dataclass;
use serde_json::{Map, Value};

use crate::common::{some_items, some_object};
use crate::wire::{FromWire, Read};
use crate::{DatasetInfo, Extra, ModelInfo, Organization, SpaceInfo, Timestamp, User};

/// A paper, as `paper_info`, `list_papers` and `list_daily_papers` return it.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[dataclass(after = unwrap_the_paper)]
#[non_exhaustive]
pub struct PaperInfo {
    /// Its arXiv id.
    #[dataclass(default)]
    pub id: String,
    /// Its authors.
    #[dataclass(decode = some_items)]
    pub authors: Option<Vec<PaperAuthor>>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// The title.
    pub title: Option<String>,
    /// Its abstract.
    pub summary: Option<String>,
    /// Number of upvotes.
    pub upvotes: Option<u64>,
    /// The id of its discussion.
    pub discussion_id: Option<String>,
    /// The source.
    pub source: Option<String>,
    /// Number of comments, or the comments where the Hub sent them. See [`PaperInfo::num_comments`].
    #[dataclass(default)]
    pub comments: Value,
    /// The time at which it was submitted to the daily papers.
    #[dataclass(wire = "submittedOnDailyAt")]
    pub submitted_at: Option<Timestamp>,
    /// The user who submitted it.
    #[dataclass(wire = "submittedBy", wire = "submittedOnDailyBy", decode = some_object)]
    pub submitted_by: Option<User>,
    /// A summary written by a model.
    pub ai_summary: Option<String>,
    /// Keywords chosen by a model.
    pub ai_keywords: Option<Vec<String>>,
    /// The organization it belongs to.
    #[dataclass(decode = some_object)]
    pub organization: Option<Organization>,
    /// The URL of its page.
    pub project_page: Option<String>,
    /// Its repository on GitHub.
    pub github_repo: Option<String>,
    /// The number of stars of that repository.
    pub github_stars: Option<u64>,
    /// Models that refer to it; `paper_info` only.
    pub linked_models: Option<Vec<ModelInfo>>,
    /// The total number of models that refer to it.
    pub num_total_models: Option<u64>,
    /// Datasets that refer to it; `paper_info` only.
    pub linked_datasets: Option<Vec<DatasetInfo>>,
    /// The total number of datasets that refer to it.
    pub num_total_datasets: Option<u64>,
    /// Spaces that refer to it; `paper_info` only.
    pub linked_spaces: Option<Vec<SpaceInfo>>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl PaperInfo {
    /// Returns the number of comments.
    pub fn num_comments(&self) -> u64 {
        match &self.comments {
            Value::Array(comments) => comments.len() as u64,
            number => number.as_u64().unwrap_or(0),
        }
    }
}

/// Lists have most of a paper one level down, in `paper`, and use `publishedAt` beside it for another time.
fn unwrap_the_paper(info: &mut PaperInfo) -> Result<(), String> {
    if let Some(Value::Object(paper)) = info.extra.get_mut("paper") {
        if let Some(id) = take::<String>(paper, "id").filter(|_| info.id.is_empty()) {
            info.id = id;
        }
        let authors = take::<Vec<PaperAuthor>>(paper, "authors");
        info.authors = authors
            .filter(|list| !list.is_empty())
            .or(info.authors.take());
        if let Some(published_at) = take(paper, "publishedAt") {
            info.submitted_at = info
                .published_at
                .replace(published_at)
                .or(info.submitted_at);
        }
        let summary = take::<String>(paper, "summary").filter(|text| !text.is_empty());
        info.summary = summary.or(info.summary.take());
        let upvotes = take(paper, "upvotes").filter(|upvotes| *upvotes > 0);
        info.upvotes = upvotes.or(info.upvotes);
        info.discussion_id = take(paper, "discussionId").or(info.discussion_id.take());
    }
    if info.comments.is_null() {
        info.comments = info
            .extra
            .remove("numComments")
            .filter(|count| !count.is_null())
            .unwrap_or_else(|| 0.into());
    }
    // A paper whose id is null is still one; an object without any of its members is not.
    if info.id.is_empty()
        && info.title.is_none()
        && !info
            .extra
            .names()
            .any(|name| matches!(name, "id" | "paper"))
    {
        return Err("missing field `id`".to_owned());
    }
    Ok(())
}

/// Takes a member out; what does not fit stays.
fn take<T: FromWire>(paper: &mut Map<String, Value>, name: &str) -> Option<T> {
    let Read { value, raw } = T::read_value(paper.remove(name)?);
    if let Some(raw) = raw {
        paper.insert(name.to_owned(), raw);
    }
    value
}

/// An author of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct PaperAuthor {
    /// The name.
    #[dataclass(default)]
    pub name: String,
    /// The user, if the author is one.
    #[dataclass(decode = some_object)]
    pub user: Option<User>,
    /// The state of the confirmation that this is the author.
    pub status: Option<String>,
    /// The time at which that state last changed.
    pub status_last_changed_at: Option<Timestamp>,
    /// Whether the author is hidden.
    pub hidden: Option<bool>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}
