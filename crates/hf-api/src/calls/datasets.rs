//! Datasets: one, and lists of them.

use hf_types::{
    DatasetInfo, DatasetSort, ExpandDatasetProperty, Param, RepoId, RepoType, Revision,
};

use super::models::{info_request, is_some_list, prefixed, strings};
use super::support::{Repo, exclusive, item_limit, sort_key};
use crate::call::{Arg, Context, Endpoint, Listing, OneOrMany};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Information on one dataset.
///
/// `GET /api/datasets/{repo_id}` or
/// `/api/datasets/{repo_id}/revision/{revision}`.
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`; `Validation` when
/// `expand` is mixed with `files_metadata`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = DatasetInfo, timeout)]
pub struct DatasetInfoCall {
    #[call(context)]
    ctx: Context,
    /// The dataset: `user/name`, or `name` for the few without a namespace.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    pub(super) revision: Arg<Revision>,
    /// Also size and hashes of each file.
    pub(super) files_metadata: bool,
    /// Return these properties alone.
    pub(super) expand: Option<Vec<ExpandDatasetProperty>>,
}

impl Endpoint for DatasetInfoCall {
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
/// # Errors
/// `Validation` when `expand` is mixed with `full`.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = DatasetInfo)]
pub struct ListDatasetsCall {
    #[call(context)]
    ctx: Context,
    /// Tags that a dataset must have.
    filter: Option<OneOrMany<String>>,
    /// The user or organization.
    author: Option<String>,
    /// `official` (or `true`) for datasets of benchmarks.
    benchmark: Option<BenchmarkFilter>,
    /// Text in the name.
    dataset_name: Option<String>,
    /// Only gated datasets, or only others.
    gated: Option<bool>,
    /// How its language data was made (`crowdsourced`, ...).
    language_creators: Option<OneOrMany<String>>,
    /// Languages, by two-letter codes.
    language: Option<OneOrMany<String>>,
    /// `monolingual`, `multilingual`, ...
    multilinguality: Option<OneOrMany<String>>,
    /// Sizes (`100K<n<1M`, ...).
    size_categories: Option<OneOrMany<String>>,
    /// Tasks by category (`audio_classification`, ...).
    task_categories: Option<OneOrMany<String>>,
    /// Tasks (`speech_emotion_recognition`, ...).
    task_ids: Option<OneOrMany<String>>,
    /// Text in the name.
    search: Option<String>,
    /// `created_at`, `downloads`, `last_modified`, `likes`, `trending_score`.
    sort: Option<DatasetSort>,
    /// The most datasets to list.
    limit: Option<u64>,
    /// Return these properties alone.
    expand: Option<Vec<ExpandDatasetProperty>>,
    /// Also last change, card and files.
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
