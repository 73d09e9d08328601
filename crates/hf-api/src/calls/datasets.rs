//! Information about datasets, and lists of them.

use hf_types::{
    DatasetInfo, DatasetSort, ExpandDatasetProperty, Param, RepoId, RepoType, Revision,
};

use super::models::{info_request, is_some_list, prefixed, strings};
use super::support::{Repo, exclusive, item_limit, sort_key};
use crate::call::{Arg, Context, Listing, OneOrMany, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Returns information about a dataset: its tags, files, card and numbers of
/// downloads.
///
/// `GET /api/datasets/{repo_id}`, or
/// `GET /api/datasets/{repo_id}/revision/{revision}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let info = api.dataset_info("rajpurkar/squad").await?;
/// println!("{:?} downloads in 30 days", info.downloads);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`; `Validation` if
/// `expand` is combined with `files_metadata`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = DatasetInfo, timeout)]
pub struct DatasetInfoCall {
    #[call(context)]
    ctx: Context,
    /// The dataset: `user/name`, or `name` for the few without a namespace.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    pub(super) revision: Arg<Revision>,
    /// Whether to return the size and the hashes of each file.
    pub(super) files_metadata: bool,
    /// The properties to return, and no others.
    pub(super) expand: Option<Vec<ExpandDatasetProperty>>,
}

impl SingleRequest for DatasetInfoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        exclusive(
            is_some_list(self.expand.as_deref()) && self.files_metadata,
            "`expand` cannot be combined with `files_metadata`",
        )?;
        let repo = Repo::of(&self.repo_id, RepoType::Dataset)?;
        let mut request = info_request(&repo, &self.revision)?;
        request = request.query_flag("blobs", self.files_metadata);
        Ok(request.query_list("expand", self.expand.as_deref()))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<DatasetInfo> {
        response.json()
    }
}

/// Lists datasets, the best match first.
///
/// `GET /api/datasets`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let squads = api.list_datasets().search("squad").language("en").limit(20).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` if `expand` is combined with `full`.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = DatasetInfo)]
pub struct ListDatasetsCall {
    #[call(context)]
    ctx: Context,
    /// The tags that a dataset must have.
    filter: Option<OneOrMany<String>>,
    /// The user or organization that owns the datasets.
    author: Option<String>,
    /// The kind of benchmark that a dataset must be: `true` or `official` for
    /// the Hub's own.
    benchmark: Option<BenchmarkFilter>,
    /// The text that the name must contain.
    dataset_name: Option<String>,
    /// Whether to list gated datasets only (`true`) or others only (`false`).
    gated: Option<bool>,
    /// The ways in which its texts were made (`crowdsourced`, ...).
    language_creators: Option<OneOrMany<String>>,
    /// The languages, by their two-letter codes.
    language: Option<OneOrMany<String>>,
    /// The kinds of multilinguality (`monolingual`, `multilingual`, ...).
    multilinguality: Option<OneOrMany<String>>,
    /// The size categories (`100K<n<1M`, ...).
    size_categories: Option<OneOrMany<String>>,
    /// The categories of tasks (`audio_classification`, ...).
    task_categories: Option<OneOrMany<String>>,
    /// The tasks (`speech_emotion_recognition`, ...).
    task_ids: Option<OneOrMany<String>>,
    /// The text that the name must contain.
    search: Option<String>,
    /// The sort key, in descending order: `created_at`, `downloads`,
    /// `last_modified`, `likes` or `trending_score`.
    sort: Option<DatasetSort>,
    /// The maximum number of datasets. By default, all.
    limit: Option<u64>,
    /// The properties to return, and no others.
    expand: Option<Vec<ExpandDatasetProperty>>,
    /// Whether to return the last change, the card and the files as well.
    full: Option<bool>,
}

impl Listing for ListDatasetsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let full = self.full == Some(true);
        exclusive(
            is_some_list(self.expand.as_deref()) && full,
            "`expand` cannot be combined with `full`",
        )?;
        let mut filter = strings(self.filter.as_ref());
        for (kind, values) in [
            ("language_creators", &self.language_creators),
            ("language", &self.language),
            ("multilinguality", &self.multilinguality),
            ("size_categories", &self.size_categories),
            ("task_categories", &self.task_categories),
            ("task_ids", &self.task_ids),
        ] {
            filter.extend(prefixed(kind, values.as_ref()));
        }
        let benchmark = self.benchmark.as_ref().and_then(|filter| filter.0.as_ref());
        filter.extend(benchmark.map(|name| format!("benchmark:{name}")));

        let mut request = Request::get("/api/datasets").query_all("filter", filter);
        request = request.query_text("author", self.author.as_deref());
        request = request.query_some("gated", self.gated);
        request = request.query_text("search", self.dataset_name.as_deref());
        request = request.query_text("search", self.search.as_deref());
        request = request
            .query_some(
                "sort",
                self.sort.as_ref().map(|sort| sort_key(sort.as_str())),
            )
            .query_some("limit", self.limit);
        request = request.query_list("expand", self.expand.as_deref());
        Ok(request.query_flag("full", full))
    }

    fn limit(&self) -> Option<usize> {
        item_limit(self.limit)
    }
}

/// Which benchmarks [`list_datasets`](HfApi::list_datasets) keeps: `true` and
/// `"official"` for the Hub's own, or the name of another kind; `false` keeps
/// all datasets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchmarkFilter(pub(crate) Option<String>);

impl From<bool> for BenchmarkFilter {
    fn from(official: bool) -> Self {
        Self(official.then(|| "official".to_owned()))
    }
}

impl From<&str> for BenchmarkFilter {
    fn from(name: &str) -> Self {
        Self(Some(name.to_owned()))
    }
}

impl From<String> for BenchmarkFilter {
    fn from(name: String) -> Self {
        Self(Some(name))
    }
}

/// # Datasets
impl HfApi {
    dataset_info!();
    list_datasets!();
}
