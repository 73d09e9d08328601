//! Discussions and pull requests.
//!
//! [`discussion_changes`](super::discussion_changes) has the calls that change one.

use futures_util::{StreamExt, stream};
use hf_types::{
    Discussion, DiscussionPage, DiscussionStatusFilter, DiscussionTypeFilter,
    DiscussionWithDetails, Param, RepoId, RepoType, WithEndpoint,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::support::{Repo, commit_repo_types, endpoint};
use crate::call::{Arg, Context, Operation, SingleRequest, Streaming};
use crate::{BufferedResponse, Call, Error, HfApi, ItemStream, Request, Result};

/// Lists the discussions and pull requests of a repository, the latest first.
///
/// `GET /api/{repo_type}s/{repo_id}/discussions`, page by page.
///
/// ```no_run
/// # use futures_util::TryStreamExt;
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let mut open = api
///     .get_repo_discussions("user/name")
///     .discussion_type("pull_request")
///     .discussion_status("open")
///     .stream();
/// while let Some(discussion) = open.try_next().await? {
///     println!("{} {}", discussion.num, discussion.title);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Validation` for an unknown type or status.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = Discussion)]
pub struct GetRepoDiscussionsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The user who opened the discussions.
    author: Option<String>,
    /// The kind: `all`, `discussion` or `pull_request`. By default, all.
    discussion_type: Option<DiscussionTypeFilter>,
    /// The status: `all`, `open` or `closed`. By default, all.
    discussion_status: Option<DiscussionStatusFilter>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl GetRepoDiscussionsCall {
    fn first_page(&self) -> Result<Request> {
        let repo = discussed(&self.repo_id, &self.repo_type)?;
        if let Some(DiscussionTypeFilter::Other(unknown)) = &self.discussion_type {
            return Err(unknown_value(
                "discussion_type",
                unknown,
                DiscussionTypeFilter::KNOWN,
            ));
        }
        if let Some(DiscussionStatusFilter::Other(unknown)) = &self.discussion_status {
            return Err(unknown_value(
                "discussion_status",
                unknown,
                DiscussionStatusFilter::KNOWN,
            ));
        }
        Ok(Request::get(format!("{}/discussions", repo.api()))
            .query_some("type", self.discussion_type.as_ref())
            .query_some("status", self.discussion_status.as_ref())
            .query_some("author", self.author.as_deref())
            .operation("get_repo_discussions"))
    }
}

/// Returns whether a page is the last one. An empty page is, whatever the count
/// is, which may be higher than the number of items on all pages.
fn is_last(page: &DiscussionPage) -> bool {
    let listed = page.discussions.len() as u64;
    listed == 0 || page.start.saturating_add(listed) >= page.count
}

impl Streaming for GetRepoDiscussionsCall {
    fn run(self, api: HfApi) -> ItemStream<Discussion> {
        let first = match self.first_page() {
            Ok(first) => first,
            Err(error) => return stream::iter([Err(error)]).boxed(),
        };
        let pages = stream::try_unfold(Some(0_u64), move |number| {
            let (api, request) = (api.clone(), first.clone());
            async move {
                let Some(number) = number else {
                    return Ok::<_, Error>(None);
                };
                let page: DiscussionPage = api.fetch_json(request.query("p", number)).await?;
                let next = (!is_last(&page)).then_some(number + 1);
                let endpoint = endpoint(&api);
                let found: Vec<_> = page
                    .discussions
                    .into_iter()
                    .map(|found| Ok(found.with_endpoint(&endpoint)))
                    .collect();
                Ok(Some((stream::iter(found), next)))
            }
        });
        futures_util::TryStreamExt::try_flatten(pages).boxed()
    }
}

/// Returns a discussion or pull request with all its comments and events.
///
/// `GET /api/{repo_type}s/{repo_id}/discussions/{discussion_num}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let discussion = api.get_discussion_details("user/name", 1).await?;
/// for comment in discussion.events.iter().filter_map(|event| event.as_comment()) {
///     println!("{}: {}", comment.author, comment.content);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Http` (404) if there is no discussion of this number;
/// `Validation` for number 0.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = DiscussionWithDetails)]
pub struct GetDiscussionDetailsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The number of the discussion or pull request.
    #[call(arg)]
    discussion_num: u64,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for GetDiscussionDetailsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = discussion(&self.repo_id, &self.repo_type, self.discussion_num)?;
        Ok(Request::get(target).query("diff", 1))
    }

    fn decode(&self, response: BufferedResponse, api: &HfApi) -> Result<DiscussionWithDetails> {
        let details: DiscussionWithDetails = response.json()?;
        Ok(details.with_endpoint(&endpoint(api)))
    }
}

/// Opens a discussion, or a pull request as a draft.
///
/// `POST /api/{repo_type}s/{repo_id}/discussions`, then the request of
/// [`get_discussion_details`](HfApi::get_discussion_details).
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let opened = api
///     .create_discussion("user/name", "A question")
///     .description("Which licence is it?")
///     .await?;
/// println!("{}", opened.url());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` where discussions are disabled.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = DiscussionWithDetails)]
pub struct CreateDiscussionCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The title.
    #[call(arg)]
    title: String,
    /// The first comment, in Markdown.
    description: Option<String>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
    /// Whether to open a pull request.
    pull_request: bool,
}

impl CreateDiscussionCall {
    fn body(&self) -> Value {
        let kind = if self.pull_request {
            "Pull Request"
        } else {
            "Discussion"
        };
        let description = match self.description.as_deref().map(str::trim) {
            None | Some("") => format!(
                "{kind} opened with the [huggingface_hub Python library]\
                 (https://huggingface.co/docs/huggingface_hub)"
            ),
            Some(text) => text.to_owned(),
        };
        json!({
            "title": self.title.trim(),
            "description": description,
            "pullRequest": self.pull_request,
        })
    }
}

impl Operation for CreateDiscussionCall {
    async fn run(self, api: HfApi) -> Result<DiscussionWithDetails> {
        #[derive(Deserialize)]
        struct Opened {
            num: u64,
        }
        let repo = discussed(&self.repo_id, &self.repo_type)?;
        let request = Request::post(format!("{}/discussions", repo.api()))
            .json(&self.body())
            .operation("create_discussion");
        let opened: Opened = api.fetch_json(request).await?;
        let mut details = api.get_discussion_details(self.repo_id, opened.num);
        details.repo_type = self.repo_type;
        details.await
    }
}

/// Opens a pull request as a draft.
///
/// Commits to its `refs/pr/{num}` fill it.
///
/// `POST /api/{repo_type}s/{repo_id}/discussions`, then the request of
/// [`get_discussion_details`](HfApi::get_discussion_details).
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let pull_request = api.create_pull_request("user/name", "Fix the card").await?;
/// if let Some(revision) = pull_request.git_reference() {
///     api.upload_file("README.md", "README.md", "user/name").revision(revision).await?;
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` where pull requests are disabled.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = DiscussionWithDetails)]
pub struct CreatePullRequestCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The title.
    #[call(arg)]
    title: String,
    /// The first comment, in Markdown.
    description: Option<String>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl Operation for CreatePullRequestCall {
    async fn run(self, api: HfApi) -> Result<DiscussionWithDetails> {
        let mut call = api
            .create_discussion(self.repo_id, self.title)
            .pull_request(true);
        call.description = self.description;
        call.repo_type = self.repo_type;
        call.await
    }
}

/// Returns the repository, if its type has discussions.
fn discussed(repo_id: &Param<RepoId>, repo_type: &Arg<RepoType>) -> Result<Repo> {
    let repo = Repo::new(repo_id, repo_type)?;
    commit_repo_types(repo.kind)?;
    Ok(repo)
}

/// `/api/models/user/name/discussions/1`.
pub(super) fn discussion(
    repo_id: &Param<RepoId>,
    repo_type: &Arg<RepoType>,
    num: u64,
) -> Result<String> {
    let repo = discussed(repo_id, repo_type)?;
    if num == 0 {
        return Err(Error::validation(
            "`discussion_num` must be the number of a discussion, from 1, not 0",
        ));
    }
    Ok(format!("{}/discussions/{num}", repo.api()))
}

fn unknown_value<T: ToString>(name: &str, value: &str, known: &[T]) -> Error {
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    Error::validation(format!(
        "`{name}` must be one of {}, not {value:?}",
        known.join(", ")
    ))
}

/// # Discussions and pull requests
impl HfApi {
    get_repo_discussions!();
    get_discussion_details!();
    create_discussion!();
    create_pull_request!();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(listed: usize, start: u64, count: u64) -> DiscussionPage {
        let one = json!({
            "num": 1, "title": "t", "status": "open", "isPullRequest": false,
            "createdAt": "2026-01-01T00:00:00Z", "author": {"name": "a"},
            "repo": {"name": "u/n", "type": "model"},
        });
        serde_json::from_value(json!({
            "discussions": vec![one; listed], "start": start, "count": count,
        }))
        .unwrap()
    }

    #[test]
    fn pages_end_with_the_count_or_with_an_empty_one() {
        assert!(!is_last(&page(2, 0, 5)));
        assert!(!is_last(&page(2, 2, 5)));
        assert!(is_last(&page(1, 4, 5)));
        // A count that is too high must not lead to endless requests.
        assert!(is_last(&page(0, 2, 183)));
        assert!(is_last(&page(1, u64::MAX, 1)));
    }

    #[test]
    fn what_is_opened() {
        let body = CreateDiscussionCall::new("u/n", "  A title ")
            .description("  why \n")
            .body();
        assert_eq!(
            body,
            json!({"title": "A title", "description": "why", "pullRequest": false})
        );
        let body = CreateDiscussionCall::new("u/n", "t")
            .description("  ")
            .pull_request(true)
            .body();
        let description = body["description"].as_str().unwrap();
        assert!(
            description.starts_with("Pull Request opened"),
            "{description}"
        );
    }

    #[test]
    fn wrong_arguments_are_refused_before_they_are_sent() {
        let call = GetRepoDiscussionsCall::new("u/n").discussion_type("issue");
        assert!(
            call.first_page()
                .unwrap_err()
                .to_string()
                .contains("pull_request")
        );
        let call = GetRepoDiscussionsCall::new("u/n").discussion_status("merged");
        assert!(
            call.first_page()
                .unwrap_err()
                .to_string()
                .contains("closed")
        );
        let call = GetRepoDiscussionsCall::new("u/n").repo_type("kernel");
        assert!(call.first_page().is_err());
        assert!(discussion(&"u/n".into(), &Arg::default(), 0).is_err());
        assert_eq!(
            discussion(&"u/n".into(), &"space".into(), 7).unwrap(),
            "/api/spaces/u/n/discussions/7"
        );
    }
}
