//! Information about Spaces, and lists of them.

use hf_types::{
    ExpandSpaceProperty, Param, RepoId, RepoType, Revision, SpaceInfo, SpaceSort, SpaceTemplate,
};

use super::models::{info_request, is_some_list, strings};
use super::support::{Repo, exclusive, item_limit, sort_key};
use crate::call::{Arg, Context, Listing, OneOrMany, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Returns information about a Space: its SDK, files, card and runtime.
///
/// `GET /api/spaces/{repo_id}`, or
/// `GET /api/spaces/{repo_id}/revision/{revision}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let info = api.space_info("gradio/hello_world").await?;
/// println!("{:?}", info.sdk);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`; `Validation` if
/// `expand` is combined with `files_metadata`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = SpaceInfo, timeout)]
pub struct SpaceInfoCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    pub(super) revision: Arg<Revision>,
    /// Whether to return the size and the hashes of each file.
    pub(super) files_metadata: bool,
    /// The properties to return, and no others.
    pub(super) expand: Option<Vec<ExpandSpaceProperty>>,
}

impl SingleRequest for SpaceInfoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        exclusive(
            is_some_list(self.expand.as_deref()) && self.files_metadata,
            "`expand` cannot be combined with `files_metadata`",
        )?;
        let repo = Repo::of(&self.repo_id, RepoType::Space)?;
        let mut request = info_request(&repo, &self.revision)?;
        request = request.query_flag("blobs", self.files_metadata);
        Ok(request.query_list("expand", self.expand.as_deref()))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<SpaceInfo> {
        response.json()
    }
}

/// Lists Spaces, the best match first.
///
/// `GET /api/spaces`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let spaces = api.list_spaces().models("gpt2").sort("likes").limit(10).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` if `expand` is combined with `full`.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = SpaceInfo)]
pub struct ListSpacesCall {
    #[call(context)]
    ctx: Context,
    /// The tags that a Space must have.
    filter: Option<OneOrMany<String>>,
    /// The user or organization that owns the Spaces.
    author: Option<String>,
    /// The text that the name must contain.
    search: Option<String>,
    /// The datasets that the Space must use.
    datasets: Option<OneOrMany<String>>,
    /// The models that the Space must use.
    models: Option<OneOrMany<String>>,
    /// Whether to list only Spaces that use a model or a dataset.
    linked: bool,
    /// The sort key, in descending order: `created_at`, `last_modified`,
    /// `likes` or `trending_score`.
    sort: Option<SpaceSort>,
    /// The maximum number of Spaces. By default, all.
    limit: Option<u64>,
    /// The properties to return, and no others.
    expand: Option<Vec<ExpandSpaceProperty>>,
    /// Whether to return the last change, the card and the files as well.
    full: Option<bool>,
}

impl Listing for ListSpacesCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let full = self.full == Some(true);
        exclusive(
            is_some_list(self.expand.as_deref()) && full,
            "`expand` cannot be combined with `full`",
        )?;
        let mut request = Request::get("/api/spaces")
            .query_all("filter", strings(self.filter.as_ref()))
            .query_some("author", self.author.as_deref())
            .query_some("search", self.search.as_deref())
            .query_some(
                "sort",
                self.sort.as_ref().map(|sort| sort_key(sort.as_str())),
            )
            .query_some("limit", self.limit);
        request = request
            .query_flag("linked", self.linked)
            .query_all("datasets", strings(self.datasets.as_ref()))
            .query_all("models", strings(self.models.as_ref()));
        request = request.query_list("expand", self.expand.as_deref());
        Ok(request.query_flag("full", full))
    }

    fn limit(&self) -> Option<usize> {
        item_limit(self.limit)
    }
}

/// Lists the templates from which a Space can be created.
///
/// `GET /api/spaces/templates`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for template in api.list_space_templates().await? {
///     println!("{}: {}", template.name, template.repo_id);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` for an error status of the Hub.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<SpaceTemplate>)]
pub struct ListSpaceTemplatesCall {
    #[call(context)]
    ctx: Context,
}

impl SingleRequest for ListSpaceTemplatesCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/spaces/templates"))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Vec<SpaceTemplate>> {
        #[derive(serde::Deserialize)]
        struct Templates {
            #[serde(deserialize_with = "hf_types::lenient::list")]
            templates: Vec<SpaceTemplate>,
        }
        Ok(response.json::<Templates>()?.templates)
    }
}

/// # Spaces
impl HfApi {
    space_info!();
    list_spaces!();
    list_space_templates!();
}
