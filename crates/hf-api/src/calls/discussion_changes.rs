//! Changing discussions and pull requests.

use hf_transport::path;
use hf_types::{DiscussionEvent, DiscussionStatus, Param, RepoId, RepoType};
use serde_json::{Map, Value, json};

use super::discussions::discussion;
use super::support::member;
use crate::call::{Arg, Context, SingleRequest};
use crate::{BufferedResponse, Call, Error, HfApi, Request, Result};

/// Comments on a discussion or pull request.
///
/// `POST /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/comment`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let event = api.comment_discussion("user/name", 1, "Thank you!").await?;
/// println!("comment {}", event.id());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` where the discussion is locked.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = DiscussionEvent)]
pub struct CommentDiscussionCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The number of the discussion or pull request.
    #[call(arg)]
    discussion_num: u64,
    /// The comment, in Markdown.
    #[call(arg)]
    comment: String,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for CommentDiscussionCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = discussion(&self.repo_id, &self.repo_type, self.discussion_num)?;
        Ok(Request::post(format!("{target}/comment")).json(&json!({"comment": self.comment})))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<DiscussionEvent> {
        member(response.body(), "newMessage")
    }
}

/// Replaces the text of a comment.
///
/// Its history keeps the old text.
///
/// `POST
/// /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/comment/{comment_id}/edit`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let event = api.comment_discussion("user/name", 1, "Thank yuo!").await?;
/// api.edit_discussion_comment("user/name", 1, event.id(), "Thank you!").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` for the comment of somebody else.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = DiscussionEvent)]
pub struct EditDiscussionCommentCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The number of the discussion or pull request.
    #[call(arg)]
    discussion_num: u64,
    /// The id of the comment: that of its event.
    #[call(arg)]
    comment_id: String,
    /// The new text, in Markdown.
    #[call(arg)]
    new_content: String,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for EditDiscussionCommentCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = discussion(&self.repo_id, &self.repo_type, self.discussion_num)?;
        let id = comment(&self.comment_id)?;
        Ok(Request::post(format!("{target}/comment/{id}/edit"))
            .json(&json!({"content": self.new_content})))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<DiscussionEvent> {
        member(response.body(), "updatedComment")
    }
}

/// Hides a comment for good.
///
/// Its text cannot be restored.
///
/// `POST
/// /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/comment/{comment_id}/hide`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.hide_discussion_comment("user/name", 1, "62f4a5d2c1b0e3f4a5d2c1b0").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` for the comment of somebody else in a
/// repository without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = DiscussionEvent)]
pub struct HideDiscussionCommentCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The number of the discussion or pull request.
    #[call(arg)]
    discussion_num: u64,
    /// The id of the comment: that of its event.
    #[call(arg)]
    comment_id: String,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for HideDiscussionCommentCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        tracing::warn!("hiding a comment is irreversible: its text cannot be read again");
        let target = discussion(&self.repo_id, &self.repo_type, self.discussion_num)?;
        let id = comment(&self.comment_id)?;
        Ok(Request::post(format!("{target}/comment/{id}/hide")))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<DiscussionEvent> {
        member(response.body(), "updatedComment")
    }
}

/// Changes the title of a discussion or pull request.
///
/// `POST /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/title`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.rename_discussion("user/name", 1, "A better title").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` for the discussion of somebody else.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = DiscussionEvent)]
pub struct RenameDiscussionCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The number of the discussion or pull request.
    #[call(arg)]
    discussion_num: u64,
    /// The new title.
    #[call(arg)]
    new_title: String,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for RenameDiscussionCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = discussion(&self.repo_id, &self.repo_type, self.discussion_num)?;
        Ok(Request::post(format!("{target}/title")).json(&json!({"title": self.new_title})))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<DiscussionEvent> {
        member(response.body(), "newTitle")
    }
}

/// Closes a discussion or pull request, or opens it again.
///
/// `POST /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/status`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.change_discussion_status("user/name", 1, "closed").comment("Done in v1.1.").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Validation` for a status other than `open` and
/// `closed`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = DiscussionEvent)]
pub struct ChangeDiscussionStatusCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The number of the discussion or pull request.
    #[call(arg)]
    discussion_num: u64,
    /// The new status: `open` or `closed`.
    #[call(arg)]
    new_status: DiscussionStatus,
    /// The comment that gives the reason.
    comment: Option<String>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for ChangeDiscussionStatusCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        if !matches!(
            self.new_status,
            DiscussionStatus::Open | DiscussionStatus::Closed
        ) {
            return Err(Error::validation(format!(
                "`new_status` must be \"open\" or \"closed\", not {:?}",
                self.new_status.as_str()
            )));
        }
        let target = discussion(&self.repo_id, &self.repo_type, self.discussion_num)?;
        let mut body = reason(self.comment.as_deref()).unwrap_or_default();
        body.insert("status".to_owned(), self.new_status.as_str().into());
        Ok(Request::post(format!("{target}/status")).json(&body))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<DiscussionEvent> {
        member(response.body(), "newStatus")
    }
}

/// Merges a pull request.
///
/// `POST /api/{repo_type}s/{repo_id}/discussions/{discussion_num}/merge`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.merge_pull_request("user/name", 2).comment("Thank you!").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access; `BadRequest` or
/// `Conflict` if it cannot be merged.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct MergePullRequestCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The number of the pull request.
    #[call(arg)]
    discussion_num: u64,
    /// The comment on the merge.
    comment: Option<String>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for MergePullRequestCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = discussion(&self.repo_id, &self.repo_type, self.discussion_num)?;
        let request = Request::post(format!("{target}/merge"));
        Ok(match reason(self.comment.as_deref()) {
            Some(body) => request.json(&body),
            None => request,
        })
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Encodes the id of a comment for a path; the Hub has them in lower case.
fn comment(id: &str) -> Result<String> {
    if id.is_empty() {
        return Err(Error::validation("`comment_id` is empty"));
    }
    Ok(path::segment(&id.to_lowercase()))
}

/// Returns a body with the comment, unless it is blank.
fn reason(comment: Option<&str>) -> Option<Map<String, Value>> {
    let comment = comment.map(str::trim).filter(|text| !text.is_empty())?;
    Some(Map::from_iter([("comment".to_owned(), comment.into())]))
}

/// # Commenting, merging, closing
impl HfApi {
    comment_discussion!();
    edit_discussion_comment!();
    hide_discussion_comment!();
    rename_discussion!();
    change_discussion_status!();
    merge_pull_request!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_comments_are_not_sent() {
        assert_eq!(reason(None), None);
        assert_eq!(reason(Some(" \n")), None);
        assert_eq!(reason(Some(" done ")).unwrap()["comment"], "done");
    }

    #[test]
    fn ids_of_comments() {
        assert_eq!(comment("62904AD6").unwrap(), "62904ad6");
        assert_eq!(comment("a/b").unwrap(), "a%2Fb");
        assert!(comment("").is_err());
    }
}
