//! Copies of whole repositories.

use hf_types::{
    DuplicatedRepoUrl, Param, RepoId, RepoType, RepoUrl, RepoVisibility, SpaceHardware,
    SpaceKeyValue, Volume,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::repos::{settings, visibility, volumes};
use super::space_runtime::warn_of_free_hardware;
use super::support::{
    Repo, commit_repo_types, created_id, created_url, is_there_already, my_name, put, put_text,
};
use crate::call::{Arg, Context, Operation, Secret, SleepTime};
use crate::{Call, HfApi, Request, Result};

/// Copies a repository to another name or namespace, on the Hub's side.
///
/// `POST /api/{repo_type}s/{from_id}/duplicate`, after
/// [`whoami`](HfApi::whoami) if `to_id` names no namespace.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let copy = api
///     .duplicate_repo("gradio/hello_world")
///     .repo_type("space")
///     .space_hardware("t4-medium")
///     .await?;
/// println!("{}", copy.repo_url.url());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Conflict` if a repository of the new name exists,
/// unless `exist_ok`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = DuplicatedRepoUrl)]
pub struct DuplicateRepoCall {
    #[call(context)]
    ctx: Context,
    /// The repository to copy: `user/name`.
    #[call(arg)]
    from_id: Param<RepoId>,
    /// The name of the copy: `user/name`, or `name` in the token's own
    /// namespace. By default, the same name there.
    to_id: Arg<RepoId>,
    /// The type of the repository: `model`, `dataset` or `space`. By default,
    /// `model`.
    repo_type: Arg<RepoType>,
    /// Whether the copy is private.
    private: Option<bool>,
    /// The visibility, instead of `private`: `public`, `private`, or
    /// `protected` for Spaces.
    visibility: Option<RepoVisibility>,
    /// Whether to succeed if a repository of the new name exists.
    exist_ok: bool,
    /// The resource group of an Enterprise organization.
    resource_group_id: Option<String>,
    /// The hardware of a Space (`t4-medium`, ...).
    space_hardware: Option<SpaceHardware>,
    /// The time without requests after which a Space goes to sleep: a
    /// `Duration`, seconds, or -1 for never.
    space_sleep_time: Option<SleepTime>,
    /// The secrets of a Space: `[{"key", "value", "description"?}]`.
    space_secrets: Option<Secret<Vec<SpaceKeyValue>>>,
    /// The variables of a Space: `[{"key", "value", "description"?}]`.
    space_variables: Option<Vec<SpaceKeyValue>>,
    /// The volumes to mount in a Space.
    space_volumes: Option<Vec<Volume>>,
}

impl Operation for DuplicateRepoCall {
    async fn run(self, api: HfApi) -> Result<DuplicatedRepoUrl> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Duplicated {
            files_copy_pending: bool,
        }
        let from = Repo::new(&self.from_id, &self.repo_type)?;
        commit_repo_types(from.kind)?;
        let to = self.target(&from, &api).await?;
        let body = self.body(&from, &to)?;
        let request = Request::post(format!("{}/duplicate", from.api()))
            .json(&body)
            .operation("duplicate_repo");
        let body = match api.fetch(request).await {
            Ok(response) => response.into_body(),
            Err(error) if self.exist_ok && is_there_already(&error) => error.body().clone(),
            Err(error) => return Err(error),
        };
        // The response may name another host, or nothing.
        let to = match created_id(&body) {
            Some((owner, name)) => format!("{owner}/{name}").parse().unwrap_or(to),
            None => to,
        };
        // A copy may have another type than the original.
        let kind = created_url(&body)
            .and_then(|url| RepoUrl::parse(&url, Some(api.client().endpoint().as_str())).ok())
            .map_or(from.kind, |url| url.repo_type());
        let made: Duplicated = serde_json::from_slice(&body).unwrap_or_default();
        let copy = RepoUrl::new(api.client().endpoint().as_str(), kind, &to);
        Ok(DuplicatedRepoUrl::new(copy, made.files_copy_pending))
    }
}

impl DuplicateRepoCall {
    /// Returns the name of the copy, in the token's namespace if none is given.
    async fn target(&self, from: &Repo, api: &HfApi) -> Result<RepoId> {
        let to = self.to_id.get()?.unwrap_or(&from.id);
        let owner = match to.owner().filter(|_| !self.to_id.is_unset()) {
            Some(owner) => owner.to_owned(),
            None => my_name(api).await?,
        };
        Ok(format!("{owner}/{}", to.name()).parse()?)
    }

    fn body(&self, from: &Repo, to: &RepoId) -> Result<Map<String, Value>> {
        let visibility = visibility(self.private, self.visibility.as_ref(), Some(from.kind))?;
        let mut body = Map::new();
        body.insert("repository".to_owned(), to.as_str().into());
        put_text(&mut body, "visibility", visibility.as_ref());
        put(&mut body, "resourceGroupId", self.resource_group_id.clone());
        let hardware = self.space_hardware.as_ref().map(ToString::to_string);
        let of_spaces: [(&str, &str, Option<Value>); 5] = [
            ("space_hardware", "hardware", hardware.map(Value::from)),
            (
                "space_sleep_time",
                "sleepTimeSeconds",
                self.space_sleep_time.map(|time| time.as_secs().into()),
            ),
            (
                "space_secrets",
                "secrets",
                self.space_secrets
                    .as_ref()
                    .map(|secrets| settings(secrets.expose()).into()),
            ),
            (
                "space_variables",
                "variables",
                self.space_variables
                    .as_deref()
                    .map(|variables| settings(variables).into()),
            ),
            (
                "space_volumes",
                "volumes",
                volumes(self.space_volumes.as_deref()).map(Value::from),
            ),
        ];
        let is_space = from.kind == RepoType::Space;
        for (argument, key, value) in of_spaces {
            if is_space {
                put(&mut body, key, value);
            } else if value.is_some() {
                tracing::warn!("`{argument}` is ignored: the repository is not a Space");
            }
        }
        if is_space && self.space_sleep_time.is_some() {
            warn_of_free_hardware(self.space_hardware.as_ref());
        }
        Ok(body)
    }
}

/// # Duplicating repositories
impl HfApi {
    duplicate_repo!();
}
