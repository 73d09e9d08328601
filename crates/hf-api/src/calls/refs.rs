//! Branches, tags and other refs.

use hf_types::{GitRefs, Param, RepoId, RepoType, Revision};
use serde_json::Map;

use super::support::{Repo, is_there_already, put};
use crate::call::{Arg, Context, Operation, SingleRequest};
use crate::{BufferedResponse, Call, Error, HfApi, Request, Result};

/// Lists the branches, the tags and, on request, the pull requests of a
/// repository.
///
/// `GET /api/{repo_type}s/{repo_id}/refs`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let refs = api.list_repo_refs("gpt2").await?;
/// for branch in refs.branches {
///     println!("{} {:?}", branch.name, branch.target_commit);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `GatedRepo`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = GitRefs)]
pub struct ListRepoRefsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// Whether to list the refs of pull requests as well.
    include_pull_requests: bool,
}

impl SingleRequest for ListRepoRefsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let prs = self.include_pull_requests.then_some(1);
        Ok(Request::get(format!("{}/refs", repo.api())).query_some("include_prs", prs))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<GitRefs> {
        let mut refs: GitRefs = response.json()?;
        if !self.include_pull_requests {
            refs.pull_requests = None;
        }
        Ok(refs)
    }
}

/// Creates a branch.
///
/// `POST /api/{repo_type}s/{repo_id}/branch/{branch}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.create_branch("user/name", "experiment").revision("v1.0").exist_ok(true).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Conflict` if the branch exists, unless `exist_ok`; `Forbidden` without
/// write access.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ())]
pub struct CreateBranchCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The name of the branch.
    #[call(arg)]
    branch: Param<Revision>,
    /// The branch, tag or commit that it starts from. By default, `main`.
    revision: Arg<Revision>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// Whether to succeed if the branch exists.
    exist_ok: bool,
}

impl Operation for CreateBranchCall {
    async fn run(self, api: HfApi) -> Result<()> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let mut body = Map::new();
        put(
            &mut body,
            "startingPoint",
            self.revision.get()?.map(Revision::as_str),
        );
        let branch = self.branch.value().map_err(Clone::clone)?;
        let request = Request::post(repo.api_named("branch", branch))
            .json(&body)
            .operation("create_branch");
        let Err(error) = api.fetch(request).await else {
            return Ok(());
        };
        if self.exist_ok && is_there_already(&error) {
            return Ok(());
        }
        match error.status().map(|status| status.as_u16()) {
            // The token may not create it, but it may be there all the same.
            Some(403) if self.exist_ok => {
                let mut refs = api.list_repo_refs(self.repo_id);
                refs.repo_type = self.repo_type;
                match refs.await {
                    Ok(refs) if refs.branches.iter().any(|b| b.name == branch.as_str()) => Ok(()),
                    _ => Err(error),
                }
            }
            _ => Err(error),
        }
    }
}

/// Deletes a branch.
///
/// `DELETE /api/{repo_type}s/{repo_id}/branch/{branch}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.delete_branch("user/name", "experiment").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RevisionNotFound` or `BadRequest` if the branch does not exist; `Forbidden`
/// for `main`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct DeleteBranchCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The name of the branch.
    #[call(arg)]
    branch: Param<Revision>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for DeleteBranchCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let branch = self.branch.value().map_err(Clone::clone)?;
        Ok(Request::delete(repo.api_named("branch", branch)).idempotent(false))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Tags a commit.
///
/// `POST /api/{repo_type}s/{repo_id}/tag/{revision}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.create_tag("user/name", "v1.0").tag_message("First release").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Conflict` if the tag exists, unless `exist_ok`; `RevisionNotFound`;
/// `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct CreateTagCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The name of the tag.
    #[call(arg)]
    tag: Param<Revision>,
    /// The description of the tag.
    tag_message: Option<String>,
    /// The branch or commit to tag. By default, `main`.
    revision: Arg<Revision>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// Whether to succeed if the tag exists.
    exist_ok: bool,
}

impl SingleRequest for CreateTagCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let mut body = Map::new();
        let tag = self.tag.value().map_err(Clone::clone)?;
        body.insert("tag".to_owned(), tag.as_str().into());
        put(&mut body, "message", self.tag_message.clone());
        Ok(Request::post(repo.api_at("tag", &self.revision)?).json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }

    fn recover(&self, error: Error, _api: &HfApi) -> Result<()> {
        if self.exist_ok && is_there_already(&error) {
            Ok(())
        } else {
            Err(error)
        }
    }
}

/// Deletes a tag.
///
/// The commit that it names stays.
///
/// `DELETE /api/{repo_type}s/{repo_id}/tag/{tag}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.delete_tag("user/name", "v1.0").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RevisionNotFound` if the tag does not exist.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct DeleteTagCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The name of the tag.
    #[call(arg)]
    tag: Param<Revision>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for DeleteTagCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let tag = self.tag.value().map_err(Clone::clone)?;
        Ok(Request::delete(repo.api_named("tag", tag)).idempotent(false))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// # Branches and tags
impl HfApi {
    list_repo_refs!();
    create_branch!();
    delete_branch!();
    create_tag!();
    delete_tag!();
}
