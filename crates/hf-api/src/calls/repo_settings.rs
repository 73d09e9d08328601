//! Names, settings and existence of repositories.

use hf_types::{Gated, Param, RepoId, RepoType, RepoVisibility, Revision};
use serde_json::{Map, json};

use super::repos::visibility;
use super::support::{Repo, commit_repo_types, put_text};
use crate::call::{Arg, Context, Operation, SingleRequest};
use crate::{BufferedResponse, Call, Error, ErrorKind, HfApi, Request, Result};

/// Renames a repository or moves it to another namespace.
///
/// Its old name redirects to the new one.
///
/// `POST /api/repos/move`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.move_repo("user/old", "organization/new").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access to both namespaces;
/// `Validation` for a name without a namespace.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct MoveRepoCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    from_id: Param<RepoId>,
    /// The new name: `user/name`.
    #[call(arg)]
    to_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for MoveRepoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let kind = &self.repo_type;
        let (from, to) = (
            Repo::new(&self.from_id, kind)?,
            Repo::new(&self.to_id, kind)?,
        );
        for repo in [&from, &to] {
            if repo.parts().0.is_none() {
                return Err(Error::validation(format!(
                    "{:?} must have a namespace: `user/name`",
                    repo.id.as_str()
                )));
            }
        }
        let body = json!({
            "fromRepo": from.id.as_str(),
            "toRepo": to.id.as_str(),
            "type": from.kind.as_str(),
        });
        Ok(Request::post("/api/repos/move").json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }

    fn recover(&self, error: Error, _api: &HfApi) -> Result<()> {
        Err(error.with_hint(
            "See the requirements of a move: \
             https://hf.co/docs/hub/repositories-settings#renaming-or-transferring-a-repo",
        ))
    }
}

/// Changes the visibility of a repository and its access requests.
///
/// `PUT /api/{repo_type}s/{repo_id}/settings`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.update_repo_settings("user/name").gated("auto").private(false).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` if no setting is given or `gated` is unknown; `Forbidden`
/// without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct UpdateRepoSettingsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The approval of access requests: `auto`, `manual`, or `false` for open
    /// access.
    gated: Option<Gated>,
    /// Whether the repository is private.
    private: Option<bool>,
    /// The visibility, instead of `private`: `public`, `private`, or
    /// `protected` for Spaces.
    visibility: Option<RepoVisibility>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
}

impl SingleRequest for UpdateRepoSettingsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        commit_repo_types(repo.kind)?;
        let visibility = visibility(self.private, self.visibility.as_ref(), Some(repo.kind))?;
        let mut body = Map::new();
        if let Some(gated) = &self.gated {
            let gated = match gated {
                Gated::No => false.into(),
                Gated::Auto | Gated::Manual => gated.to_string().into(),
                unknown => {
                    return Err(Error::validation(format!(
                        "`gated` must be \"auto\", \"manual\" or false, not {:?}",
                        unknown.to_string()
                    )));
                }
            };
            body.insert("gated".to_owned(), gated);
        }
        put_text(&mut body, "visibility", visibility.as_ref());
        if body.is_empty() {
            return Err(Error::validation(
                "no setting is given: set `gated`, `private` or `visibility`",
            ));
        }
        Ok(Request::put(format!("{}/settings", repo.api())).json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Checks that the token may read a repository, or write to it.
///
/// The call succeeds if it may.
///
/// `GET /api/{repo_type}s/{repo_id}/auth-check`, or `GET
/// /api/{repo_type}s/{repo_id}/auth-check/write`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// if let Err(error) = api.auth_check("meta-llama/Llama-3.1-8B").await {
///     println!("no access: {error}");
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `GatedRepo` where access has to be requested; `RepositoryNotFound` for a
/// repository that is private or does not exist; `Forbidden` without write
/// access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct AuthCheckCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
    /// Whether to check for write access.
    write: bool,
}

impl SingleRequest for AuthCheckCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        commit_repo_types(repo.kind)?;
        let write = if self.write { "/write" } else { "" };
        Ok(Request::get(format!("{}/auth-check{write}", repo.api())))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Returns whether a repository exists and is visible.
///
/// A gated one counts as visible, a private one of others does not.
///
/// `GET /api/{repo_type}s/{repo_id}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// assert!(api.repo_exists("gpt2").await?);
/// # Ok(()) }
/// ```
///
/// # Errors
/// Those of [`repo_info`](HfApi::repo_info), except `RepositoryNotFound` and
/// `GatedRepo`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = bool)]
pub struct RepoExistsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
}

impl Operation for RepoExistsCall {
    async fn run(self, api: HfApi) -> Result<bool> {
        let mut info = api.repo_info(self.repo_id);
        info.repo_type = self.repo_type;
        match info.await {
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                ErrorKind::GatedRepo => Ok(true),
                ErrorKind::RepositoryNotFound => Ok(false),
                _ => Err(error),
            },
        }
    }
}

/// Returns whether a repository has a branch, tag or commit.
///
/// `GET /api/{repo_type}s/{repo_id}/revision/{revision}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// assert!(!api.revision_exists("gpt2", "v99").await?);
/// # Ok(()) }
/// ```
///
/// # Errors
/// Those of [`repo_info`](HfApi::repo_info), except `RepositoryNotFound`,
/// `GatedRepo` and `RevisionNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = bool)]
pub struct RevisionExistsCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The branch, tag or commit.
    #[call(arg)]
    revision: Param<Revision>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
}

impl Operation for RevisionExistsCall {
    async fn run(self, api: HfApi) -> Result<bool> {
        let mut info = api.repo_info(self.repo_id);
        info.repo_type = self.repo_type;
        info.revision = self.revision.into();
        match info.await {
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                ErrorKind::RepositoryNotFound
                | ErrorKind::GatedRepo
                | ErrorKind::RevisionNotFound => Ok(false),
                _ => Err(error),
            },
        }
    }
}

/// # Repository settings
impl HfApi {
    move_repo!();
    update_repo_settings!();
    auth_check!();
    repo_exists!();
    revision_exists!();
}
