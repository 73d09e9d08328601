//! Spaces: one, and lists of them.

use hf_types::{
    ExpandSpaceProperty, Param, RepoId, RepoType, Revision, SpaceInfo, SpaceSort, SpaceTemplate,
};

use super::models::{info_request, is_some_list, strings};
use super::support::{Repo, exclusive, item_limit, sort_key};
use crate::call::{Arg, Context, Endpoint, Listing, OneOrMany};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Information on one Space.
///
/// `GET /api/spaces/{repo_id}` or `/api/spaces/{repo_id}/revision/{revision}`.
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`; `Validation` when
/// `expand` is mixed with `files_metadata`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = SpaceInfo, timeout)]
pub struct SpaceInfoCall {
    #[call(context)]
    ctx: Context,
    /// The Space: `user/name`.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    pub(super) revision: Arg<Revision>,
    /// Also size and hashes of each file.
    pub(super) files_metadata: bool,
    /// Return these properties alone.
    pub(super) expand: Option<Vec<ExpandSpaceProperty>>,
}

impl Endpoint for SpaceInfoCall {
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
/// # Errors
/// `Validation` when `expand` is mixed with `full`.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = SpaceInfo)]
pub struct ListSpacesCall {
    #[call(context)]
    ctx: Context,
    /// Tags that a Space must have.
    filter: Option<OneOrMany<String>>,
    /// The user or organization.
    author: Option<String>,
    /// Text in the name.
    search: Option<String>,
    /// Datasets the Space uses.
    datasets: Option<OneOrMany<String>>,
    /// Models the Space uses.
    models: Option<OneOrMany<String>>,
    /// Only Spaces that use a model or a dataset.
    linked: bool,
    /// `created_at`, `last_modified`, `likes`, `trending_score`.
    sort: Option<SpaceSort>,
    /// The most Spaces to list.
    limit: Option<u64>,
    /// Return these properties alone.
    expand: Option<Vec<ExpandSpaceProperty>>,
    /// Also last change, card and files.
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

/// Lists the templates that a Space can start from.
///
/// `GET /api/spaces/templates`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<SpaceTemplate>)]
pub struct ListSpaceTemplatesCall {
    #[call(context)]
    ctx: Context,
}

impl Endpoint for ListSpaceTemplatesCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/spaces/templates"))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Vec<SpaceTemplate>> {
        #[derive(serde::Deserialize)]
        struct Templates {
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
