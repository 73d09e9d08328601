//! Repositories: creating, describing, deleting them.

use std::time::Duration;

use hf_types::{Param, RepoId, RepoInfo, RepoType, RepoUrl, Revision, SpaceHardware, Volume};
use serde_json::{Map, Value, json};

use super::space_runtime::warn_of_free_hardware;
use super::support::{Repo, created_id, exclusive, is_busy, is_there_already, my_name, put};
use crate::call::{Arg, Context, Endpoint, Operation, Secret};
use crate::{BufferedResponse, Call, Error, ErrorKind, HfApi, Request, Result};

/// The software a Space may run on.
const SPACE_SDKS: [&str; 4] = ["gradio", "streamlit", "docker", "static"];

/// How often a repository is asked for again while the Hub is busy with
/// another one of the same owner.
const CREATE_ATTEMPTS: u32 = 6;

/// Creates a repository.
///
/// `POST /api/repos/create`. What is not set is not sent, so that the
/// defaults of an organization hold.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let url = api.create_repo("user/name").private(true).exist_ok(true).await?;
/// println!("{url}");
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Conflict` if it exists already, unless `exist_ok`; `Forbidden` without
/// write access; `Validation` for a Space without `space_sdk`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = RepoUrl)]
pub struct CreateRepoCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`, or `name` in the token's own namespace.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// Whether only its owners see it; the owner's default otherwise.
    private: Option<bool>,
    /// `public`, `private`, or `protected` for Spaces; instead of `private`.
    visibility: Option<String>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Arg<RepoType>,
    /// Whether it is no error if it is there already.
    exist_ok: bool,
    /// The resource group of an Enterprise organization.
    resource_group_id: Option<String>,
    /// The region of its storage: `us` or `eu`.
    region: Option<String>,
    /// `gradio`, `streamlit`, `docker` or `static`, for a Space.
    space_sdk: Option<String>,
    /// The hardware of a Space (`t4-medium`, ...).
    space_hardware: Option<String>,
    /// Seconds without requests until a Space sleeps; -1 for never.
    space_sleep_time: Option<i64>,
    /// Secrets of a Space: `[{"key", "value", "description"?}]`.
    space_secrets: Option<Secret<Vec<Value>>>,
    /// Variables of a Space: `[{"key", "value", "description"?}]`.
    space_variables: Option<Vec<Value>>,
    /// Volumes of a Space.
    space_volumes: Option<Vec<Volume>>,
    /// A template of a Space, by its repository or its name.
    space_template: Option<String>,
}

impl Operation for CreateRepoCall {
    async fn run(self, api: HfApi) -> Result<RepoUrl> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let body = self.body(&repo, &api).await?;
        let error = match create(&api, &body).await {
            Ok(response) => return created(&api, &repo, response.body()).await,
            Err(error) => error,
        };
        if !self.exist_ok {
            return Err(error);
        }
        if is_there_already(&error) {
            return created(&api, &repo, error.body()).await;
        }
        // The token may not create it, but it may be there all the same.
        if matches!(
            error.status().map(|status| status.as_u16()),
            Some(401..=403)
        ) {
            let info = api.repo_info(&repo.id).repo_type(repo.kind);
            if info.await.is_ok() {
                return created(&api, &repo, &[]).await;
            }
        }
        Err(error)
    }
}

/// The URL of a repository that is there now, at our endpoint: the response may
/// name another host, or nothing.
async fn created(api: &HfApi, repo: &Repo, body: &[u8]) -> Result<RepoUrl> {
    let named = created_id(body).and_then(|(owner, name)| format!("{owner}/{name}").parse().ok());
    let id: RepoId = match named {
        Some(id) => id,
        None if repo.parts().0.is_some() => repo.id.clone(),
        None => format!("{}/{}", my_name(api).await?, repo.id).parse()?,
    };
    let endpoint = api.client().endpoint().as_str();
    Ok(RepoUrl::new(endpoint, repo.kind, &id))
}

impl CreateRepoCall {
    async fn body(&self, repo: &Repo, api: &HfApi) -> Result<Map<String, Value>> {
        let is_space = repo.kind == RepoType::Space;
        let mut visibility = visibility(self.private, self.visibility.as_deref(), Some(repo.kind))?;
        let mut sdk = self.space_sdk.clone();
        let mut template = None;
        if let Some(wanted) = &self.space_template {
            exclusive(!is_space, "`space_template` is for Spaces alone")?;
            let found = find_template(api, wanted).await?;
            exclusive(
                sdk.as_ref().is_some_and(|sdk| *sdk != found.sdk),
                "`space_sdk` is not the one of the chosen `space_template`",
            )?;
            if found.preferred_private == Some(true) && visibility.is_none() {
                visibility = Some("private".to_owned());
            }
            sdk = Some(found.sdk);
            template = Some(found.repo_id);
        }

        let (owner, name) = repo.parts();
        let mut body = Map::new();
        body.insert("name".into(), name.into());
        body.insert("organization".into(), owner.into());
        put(&mut body, "visibility", visibility);
        put(
            &mut body,
            "type",
            self.repo_type.get()?.map(|kind| kind.as_str()),
        );
        if is_space {
            let Some(sdk) = sdk else {
                return Err(Error::validation(format!(
                    "a Space needs `space_sdk`, one of {}",
                    SPACE_SDKS.join(", ")
                )));
            };
            if !SPACE_SDKS.contains(&sdk.as_str()) {
                return Err(Error::validation(format!(
                    "`space_sdk` is one of {}, not {sdk:?}",
                    SPACE_SDKS.join(", ")
                )));
            }
            put(&mut body, "sdk", Some(sdk));
            put(&mut body, "template", template);
            put(&mut body, "hardware", self.space_hardware.clone());
            put(&mut body, "sleepTimeSeconds", self.space_sleep_time);
            if self.space_sleep_time.is_some() {
                let hardware = self.space_hardware.as_deref().map(SpaceHardware::from);
                warn_of_free_hardware(hardware.as_ref());
            }
            let secrets = self.space_secrets.as_ref().map(Secret::expose);
            put(&mut body, "secrets", secrets.cloned());
            put(&mut body, "variables", self.space_variables.clone());
            put(&mut body, "volumes", volumes(self.space_volumes.as_deref()));
        } else {
            self.warn_of_space_arguments();
        }
        put(&mut body, "resourceGroupId", self.resource_group_id.clone());
        put(&mut body, "region", self.region.clone());
        Ok(body)
    }

    fn warn_of_space_arguments(&self) {
        let given = [
            ("space_sdk", self.space_sdk.is_some()),
            ("space_hardware", self.space_hardware.is_some()),
            ("space_sleep_time", self.space_sleep_time.is_some()),
            ("space_secrets", self.space_secrets.is_some()),
            ("space_variables", self.space_variables.is_some()),
            ("space_volumes", self.space_volumes.is_some()),
        ];
        for (name, _) in given.into_iter().filter(|(_, given)| *given) {
            tracing::warn!("`{name}` is ignored, as the repository is not a Space");
        }
    }
}

/// Asks for the repository, again where the Hub is busy with another one of
/// the same owner: that says nothing was created.
async fn create(api: &HfApi, body: &Map<String, Value>) -> Result<BufferedResponse> {
    let mut pause = Duration::from_millis(500);
    let mut attempts = 1;
    loop {
        let request = Request::post("/api/repos/create")
            .json(body)
            .operation("create_repo");
        match api.fetch(request).await {
            Err(error) if is_busy(&error) && attempts < CREATE_ATTEMPTS => {
                tokio::time::sleep(pause).await;
                attempts += 1;
                pause *= 2;
            }
            done => return done,
        }
    }
}

async fn find_template(api: &HfApi, wanted: &str) -> Result<hf_types::SpaceTemplate> {
    let templates = api.list_space_templates().await?;
    let names: Vec<String> = templates.iter().map(|t| t.name.clone()).collect();
    templates
        .into_iter()
        .find(|t| t.repo_id == wanted || t.name.eq_ignore_ascii_case(wanted))
        .ok_or_else(|| {
            Error::validation(format!("there is no Space template {wanted:?}"))
                .with_hint(format!("The templates: {}.", names.join(", ")))
        })
}

/// The visibility that two parameters tell; `None` leaves it to the owner's
/// default.
pub(super) fn visibility(
    private: Option<bool>,
    visibility: Option<&str>,
    kind: Option<RepoType>,
) -> Result<Option<String>> {
    exclusive(
        private.is_some() && visibility.is_some(),
        "`private` and `visibility` exclude each other",
    )?;
    exclusive(
        visibility == Some("protected") && kind != Some(RepoType::Space),
        "only a Space can be `protected`; choose `public` or `private`",
    )?;
    Ok(match (private, visibility) {
        (Some(true), _) => Some("private".to_owned()),
        (Some(false), _) => Some("public".to_owned()),
        (None, visibility) => visibility.map(str::to_owned),
    })
}

/// Volumes as the Hub reads them.
pub(super) fn volumes(volumes: Option<&[Volume]>) -> Option<Vec<Value>> {
    volumes
        .filter(|volumes| !volumes.is_empty())
        .map(|volumes| volumes.iter().map(Volume::to_payload).collect())
}

/// Deletes a repository, which cannot be undone.
///
/// `DELETE /api/repos/delete`.
///
/// # Errors
/// `RepositoryNotFound`, unless `missing_ok`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct DeleteRepoCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`, or `name` in the token's own namespace.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Arg<RepoType>,
    /// Whether it is no error if it is not there.
    missing_ok: bool,
}

impl Endpoint for DeleteRepoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let (owner, name) = repo.parts();
        let mut body = json!({"name": name, "organization": owner});
        if !self.repo_type.is_unset() {
            body["type"] = repo.kind.as_str().into();
        }
        // A second deletion would find nothing and call that an error.
        Ok(Request::delete("/api/repos/delete")
            .json(&body)
            .idempotent(self.missing_ok))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }

    fn recover(&self, error: Error, _api: &HfApi) -> Result<()> {
        if self.missing_ok && error.kind() == ErrorKind::RepositoryNotFound {
            Ok(())
        } else {
            Err(error)
        }
    }
}

/// Information on a repository of any type: [`model_info`](HfApi::model_info)
/// and its like behind one name.
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`; `Validation` for an
/// unknown type.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = RepoInfo, timeout)]
pub struct RepoInfoCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    pub(super) revision: Arg<Revision>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    pub(super) repo_type: Arg<RepoType>,
    /// Also size and hashes of each file; not for kernels.
    pub(super) files_metadata: bool,
    /// Return these properties alone; not for kernels.
    pub(super) expand: Option<Vec<String>>,
}

impl Operation for RepoInfoCall {
    async fn run(self, api: HfApi) -> Result<RepoInfo> {
        macro_rules! info {
            ($method:ident) => {{
                let mut call = api.$method(self.repo_id);
                call.revision = self.revision;
                call.files_metadata = self.files_metadata;
                call.expand = self.expand;
                call.await?
            }};
        }
        Ok(match Repo::new(&self.repo_id, &self.repo_type)?.kind {
            RepoType::Model => RepoInfo::Model(Box::new(info!(model_info))),
            RepoType::Dataset => RepoInfo::Dataset(Box::new(info!(dataset_info))),
            RepoType::Space => RepoInfo::Space(Box::new(info!(space_info))),
            RepoType::Kernel => {
                let mut call = api.kernel_info(self.repo_id);
                call.revision = self.revision;
                RepoInfo::Kernel(Box::new(call.await?))
            }
        })
    }
}

/// # Repositories
impl HfApi {
    create_repo!();
    delete_repo!();
    repo_info!();
}
