//! Secrets, variables and volumes of Spaces.

use std::collections::BTreeMap;

use hf_types::{NamedMap, Param, RepoId, SpaceSecret, SpaceVariable, Volume};
use serde_json::{Map, Value, json};

use super::space_runtime::space;
use super::support::put;
use crate::call::{Context, Secret, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Sets a secret of a Space, which restarts.
///
/// A secret can be replaced but not read.
///
/// `POST /api/spaces/{repo_id}/secrets`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let key = std::env::var("GITHUB_API_KEY").unwrap_or_default();
/// api.add_space_secret("user/name", "GITHUB_API_KEY", key).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access; `BadRequest` for a
/// key that cannot name a variable.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct AddSpaceSecretCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The name: `GITHUB_API_KEY`.
    #[call(arg)]
    key: String,
    /// The value.
    #[call(arg)]
    value: Secret<String>,
    /// The description.
    description: Option<String>,
}

impl SingleRequest for AddSpaceSecretCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let body = setting(&self.key, self.value.expose(), self.description.as_deref());
        Ok(Request::post(space(&self.repo_id, "secrets")?)
            .json(&body)
            .idempotent(true))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Deletes a secret of a Space, which restarts.
///
/// `DELETE /api/spaces/{repo_id}/secrets`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.delete_space_secret("user/name", "GITHUB_API_KEY").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct DeleteSpaceSecretCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The name: `GITHUB_API_KEY`.
    #[call(arg)]
    key: String,
}

impl SingleRequest for DeleteSpaceSecretCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::delete(space(&self.repo_id, "secrets")?).json(&json!({"key": self.key})))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Returns the secrets of a Space by name.
///
/// Their values cannot be read.
///
/// `GET /api/spaces/{repo_id}/secrets`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for (key, secret) in api.get_space_secrets("user/name").await? {
///     println!("{key} set at {:?}", secret.updated_at);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = BTreeMap<String, SpaceSecret>)]
pub struct GetSpaceSecretsCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
}

impl SingleRequest for GetSpaceSecretsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get(space(&self.repo_id, "secrets")?))
    }

    fn decode(
        &self,
        response: BufferedResponse,
        _api: &HfApi,
    ) -> Result<BTreeMap<String, SpaceSecret>> {
        Ok(response.json::<NamedMap<_>>()?.0)
    }
}

/// Returns the variables of a Space by name.
///
/// `GET /api/spaces/{repo_id}/variables`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for (key, variable) in api.get_space_variables("user/name").await? {
///     println!("{key}={}", variable.value);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = BTreeMap<String, SpaceVariable>)]
pub struct GetSpaceVariablesCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
}

impl SingleRequest for GetSpaceVariablesCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get(space(&self.repo_id, "variables")?))
    }

    fn decode(
        &self,
        response: BufferedResponse,
        _api: &HfApi,
    ) -> Result<BTreeMap<String, SpaceVariable>> {
        Ok(response.json::<NamedMap<_>>()?.0)
    }
}

/// Sets a variable of a Space, which restarts, and returns all its variables.
///
/// `POST /api/spaces/{repo_id}/variables`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.add_space_variable("user/name", "MODEL_REPO_ID", "user/model").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access; `BadRequest` for a
/// key that cannot name a variable.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = BTreeMap<String, SpaceVariable>)]
pub struct AddSpaceVariableCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The name: `MODEL_REPO_ID`.
    #[call(arg)]
    key: String,
    /// The value, which everybody can read.
    #[call(arg)]
    value: String,
    /// The description.
    description: Option<String>,
}

impl SingleRequest for AddSpaceVariableCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let body = setting(&self.key, &self.value, self.description.as_deref());
        Ok(Request::post(space(&self.repo_id, "variables")?)
            .json(&body)
            .idempotent(true))
    }

    fn decode(
        &self,
        response: BufferedResponse,
        _api: &HfApi,
    ) -> Result<BTreeMap<String, SpaceVariable>> {
        Ok(response.json::<NamedMap<_>>()?.0)
    }
}

/// Deletes a variable of a Space, which restarts, and returns the variables
/// that are left.
///
/// `DELETE /api/spaces/{repo_id}/variables`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let left = api.delete_space_variable("user/name", "MODEL_REPO_ID").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = BTreeMap<String, SpaceVariable>)]
pub struct DeleteSpaceVariableCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The name: `MODEL_REPO_ID`.
    #[call(arg)]
    key: String,
}

impl SingleRequest for DeleteSpaceVariableCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::delete(space(&self.repo_id, "variables")?).json(&json!({"key": self.key})))
    }

    fn decode(
        &self,
        response: BufferedResponse,
        _api: &HfApi,
    ) -> Result<BTreeMap<String, SpaceVariable>> {
        Ok(response.json::<NamedMap<_>>()?.0)
    }
}

/// Mounts volumes in a Space, in place of those that it has.
///
/// `PUT /api/spaces/{repo_id}/volumes`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::types::{Volume, VolumeType};
/// let weights = Volume::new(VolumeType::Model, "gpt2", "/models/gpt2");
/// api.set_space_volumes("user/name", [weights]).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access; `BadRequest` for a
/// volume that does not exist.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct SetSpaceVolumesCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The volumes.
    #[call(arg)]
    volumes: Vec<Volume>,
}

impl SingleRequest for SetSpaceVolumesCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let volumes: Vec<Value> = self.volumes.iter().map(Volume::to_payload).collect();
        Ok(Request::put(space(&self.repo_id, "volumes")?).json(&json!({"volumes": volumes})))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Unmounts all volumes of a Space.
///
/// `DELETE /api/spaces/{repo_id}/volumes`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.delete_space_volumes("user/name").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct DeleteSpaceVolumesCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
}

impl SingleRequest for DeleteSpaceVolumesCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::delete(space(&self.repo_id, "volumes")?))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

fn setting(key: &str, value: &str, description: Option<&str>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("key".to_owned(), key.into());
    body.insert("value".to_owned(), value.into());
    put(&mut body, "description", description);
    body
}

/// # Secrets and variables of Spaces
impl HfApi {
    add_space_secret!();
    delete_space_secret!();
    get_space_secrets!();
    get_space_variables!();
    add_space_variable!();
    delete_space_variable!();
    set_space_volumes!();
    delete_space_volumes!();
}
