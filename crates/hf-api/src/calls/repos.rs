//! Creating, describing and deleting repositories.

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
use crate::call::{Arg, Context, Operation, Secret, SingleRequest, SleepTime};
use crate::{BufferedResponse, Call, Error, ErrorKind, HfApi, Request, Result};

/// The maximum number of requests while the Hub is busy with another repository
/// of the same owner.
const CREATE_ATTEMPTS: u32 = 6;

/// Creates a repository.
///
/// A parameter that is not set is not sent, so that the defaults of an
/// organization apply. While the Hub is busy with another repository of the
/// same owner, the request is repeated, at most six times.
///
/// `POST /api/repos/create`. A Space from a template costs one more request.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let url = api.create_repo("user/name").private(true).exist_ok(true).await?;
/// println!("{url}");
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Conflict` if the repository exists, unless `exist_ok`; `Forbidden` without
/// write access; `Validation` for a Space without `space_sdk`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = RepoUrl)]
pub struct CreateRepoCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`, or `name` in the token's own namespace.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// Whether the repository is private. By default, the owner's setting.
    private: Option<bool>,
    /// The visibility, instead of `private`: `public`, `private`, or
    /// `protected` for Spaces.
    visibility: Option<RepoVisibility>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// Whether to succeed if the repository exists.
    exist_ok: bool,
    /// The resource group of an Enterprise organization.
    resource_group_id: Option<String>,
    /// The storage region: `us` or `eu`.
    region: Option<String>,
    /// The SDK of a Space: `gradio`, `streamlit`, `docker` or `static`.
    space_sdk: Option<SpaceSdk>,
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
    /// The template of a Space: its repository or its name.
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
        // The token may not create it, but it may exist all the same.
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

/// Returns the URL of a repository that exists now, at our endpoint: the
/// response may name another host, or nothing.
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
            exclusive(!is_space, "`space_template` is for Spaces only")?;
            let found = find_template(api, wanted).await?;
            exclusive(
                sdk.as_ref().is_some_and(|sdk| *sdk != found.sdk.as_str()),
                "`space_sdk` must be that of the `space_template`, or be left out",
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
            tracing::warn!("`{name}` is ignored: the repository is not a Space");
        }
    }
}

/// Creates the repository, and repeats the request while the Hub is busy with
/// another one of the same owner: that response means that nothing was created.
async fn create(api: &HfApi, body: &Map<String, Value>) -> Result<BufferedResponse> {
    let mut pause = api.client().retry().initial_backoff();
    let mut attempts = 1;
    let options = api.options().clone().with_operation("create_repo");
    loop {
        let request = Request::post("/api/repos/create")
            .json(body)
            .operation("create_repo");
        match api.fetch(request).await {
            Err(error) if is_busy(&error) && attempts < CREATE_ATTEMPTS => {
                options.report_retry(attempts, pause, error.message());
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
            Error::validation(format!("no Space template is named {wanted:?}"))
                .with_hint(format!("The templates are: {}.", names.join(", ")))
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
        "`private` and `visibility` exclude each other: give one of them",
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

/// Deletes a repository.
///
/// This cannot be undone.
///
/// `DELETE /api/repos/delete`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.delete_repo("user/name").repo_type("dataset").missing_ok(true).await?;
/// # Ok(()) }
/// ```
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
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// Whether to succeed if the repository does not exist.
    missing_ok: bool,
}

impl SingleRequest for DeleteRepoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let (owner, name) = repo.parts();
        let mut body = json!({"name": name, "organization": owner});
        if !self.repo_type.is_unset() {
            body["type"] = repo.kind.as_str().into();
        }
        // A repeated deletion would find nothing, which is an error.
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

/// Returns information about a repository of any type.
///
/// Makes the call of that type: [`model_info`](HfApi::model_info),
/// [`dataset_info`](HfApi::dataset_info), [`space_info`](HfApi::space_info) or
/// [`kernel_info`](HfApi::kernel_info).
///
/// `GET /api/{repo_type}s/{repo_id}`, or `GET
/// /api/{repo_type}s/{repo_id}/revision/{revision}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let info = api.repo_info("rajpurkar/squad").repo_type("dataset").await?;
/// println!("{:?}", info.sha());
/// # Ok(()) }
/// ```
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
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    pub(super) revision: Arg<Revision>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    pub(super) repo_type: Arg<RepoType>,
    /// Whether to return the size and the hashes of each file; not for kernels.
    pub(super) files_metadata: bool,
    /// The properties to return, and no others; not for kernels.
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
