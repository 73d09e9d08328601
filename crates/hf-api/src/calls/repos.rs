//! Repositories: creating, describing, deleting them.

use std::time::Duration;

use hf_types::{
    Param, RepoId, RepoInfo, RepoType, RepoUrl, RepoVisibility, Revision, SpaceHardware,
    SpaceKeyValue, SpaceSdk, Volume,
};
use serde_json::{Map, Value, json};

use super::space_runtime::warn_of_free_hardware;
use super::support::{
    Repo, created_id, exclusive, is_busy, is_there_already, my_name, put, put_text, texts,
    unsupported_type,
};
use crate::call::{Arg, Context, Endpoint, Operation, Secret, SleepTime};
use crate::{BufferedResponse, Call, Error, ErrorKind, HfApi, Request, Result};

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
    visibility: Option<RepoVisibility>,
    /// `model` (the default), `dataset`, `space` or `kernel`.
    repo_type: Arg<RepoType>,
    /// Whether it is no error if it is there already.
    exist_ok: bool,
    /// The resource group of an Enterprise organization.
    resource_group_id: Option<String>,
    /// The region of its storage: `us` or `eu`.
    region: Option<String>,
    /// `gradio`, `streamlit`, `docker` or `static`, for a Space.
    space_sdk: Option<SpaceSdk>,
    /// The hardware of a Space (`t4-medium`, ...).
    space_hardware: Option<SpaceHardware>,
    /// Seconds without requests until a Space sleeps; -1 for never.
    space_sleep_time: Option<SleepTime>,
    /// Secrets of a Space: `[{"key", "value", "description"?}]`.
    space_secrets: Option<Secret<Vec<SpaceKeyValue>>>,
    /// Variables of a Space: `[{"key", "value", "description"?}]`.
    space_variables: Option<Vec<SpaceKeyValue>>,
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
        let mut visibility = visibility(self.private, self.visibility.as_ref(), Some(repo.kind))?;
        let mut sdk = self.space_sdk.clone();
        let mut template = None;
        if let Some(wanted) = &self.space_template {
            exclusive(!is_space, "`space_template` is for Spaces alone")?;
            let found = find_template(api, wanted).await?;
            exclusive(
                sdk.as_ref().is_some_and(|sdk| *sdk != found.sdk.as_str()),
                "`space_sdk` is not the one of the chosen `space_template`",
            )?;
            if found.preferred_private == Some(true) && visibility.is_none() {
                visibility = Some(RepoVisibility::Private);
            }
            sdk = Some(found.sdk.into());
            template = Some(found.repo_id);
        }

        let (owner, name) = repo.parts();
        let mut body = Map::new();
        body.insert("name".into(), name.into());
        body.insert("organization".into(), owner.into());
        put_text(&mut body, "visibility", visibility.as_ref());
        put(
            &mut body,
            "type",
            self.repo_type.get()?.map(|kind| kind.as_str()),
        );
        if is_space {
            let Some(sdk) = sdk else {
                return Err(Error::validation(format!(
                    "a Space needs `space_sdk`: one of {}",
                    known_sdks()
                )));
            };
            if let SpaceSdk::Other(unknown) = &sdk {
                return Err(Error::validation(format!(
                    "`space_sdk` must be one of {}, not {unknown:?}",
                    known_sdks()
                )));
            }
            put_text(&mut body, "sdk", Some(&sdk));
            put(&mut body, "template", template);
            put_text(&mut body, "hardware", self.space_hardware.as_ref());
            let sleep = self.space_sleep_time.map(SleepTime::as_secs);
            put(&mut body, "sleepTimeSeconds", sleep);
            if sleep.is_some() {
                warn_of_free_hardware(self.space_hardware.as_ref());
            }
            let secrets = self.space_secrets.as_ref().map(Secret::expose);
            put(
                &mut body,
                "secrets",
                secrets.map(|secrets| settings(secrets)),
            );
            let variables = self.space_variables.as_deref();
            put(&mut body, "variables", variables.map(settings));
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

fn known_sdks() -> String {
    let names: Vec<&str> = SpaceSdk::KNOWN.iter().map(SpaceSdk::as_str).collect();
    names.join(", ")
}

/// Returns the visibility that `private` and `visibility` ask for; `None`
/// leaves it to the owner's default.
pub(super) fn visibility(
    private: Option<bool>,
    visibility: Option<&RepoVisibility>,
    kind: Option<RepoType>,
) -> Result<Option<RepoVisibility>> {
    exclusive(
        private.is_some() && visibility.is_some(),
        "`private` and `visibility` exclude each other",
    )?;
    exclusive(
        visibility == Some(&RepoVisibility::Protected) && kind != Some(RepoType::Space),
        "only a Space can be `protected`; choose `public` or `private`",
    )?;
    Ok(match (private, visibility) {
        (Some(true), _) => Some(RepoVisibility::Private),
        (Some(false), _) => Some(RepoVisibility::Public),
        (None, visibility) => visibility.cloned(),
    })
}

/// Secrets or variables as the Hub reads them.
pub(super) fn settings(settings: &[SpaceKeyValue]) -> Vec<Value> {
    settings.iter().map(SpaceKeyValue::to_payload).collect()
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
                call.expand = texts(self.expand);
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
            other => return Err(unsupported_type(other)),
        })
    }
}

/// # Repositories
impl HfApi {
    create_repo!();
    delete_repo!();
    repo_info!();
}
