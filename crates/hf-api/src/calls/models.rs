//! Information about models, and lists of them.

use std::ops::{RangeFrom, RangeInclusive, RangeToInclusive};

use hf_types::{ExpandModelProperty, ModelInfo, ModelSort, Param, RepoId, RepoType, Revision};

use super::support::{Repo, exclusive, item_limit, sort_key};
use crate::call::{Arg, Context, Listing, OneOrMany, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Returns information about a model: its tags, files, card and numbers of
/// downloads.
///
/// `GET /api/models/{repo_id}`, or
/// `GET /api/models/{repo_id}/revision/{revision}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let info = api.model_info("gpt2").files_metadata(true).await?;
/// for file in info.siblings.unwrap_or_default() {
///     println!("{} {:?}", file.rfilename, file.size);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`; `Validation` if
/// `expand` is combined with `security_status` or `files_metadata`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ModelInfo, timeout)]
pub struct ModelInfoCall {
    #[call(context)]
    ctx: Context,
    /// The model: `user/name`, or `name` for the few without a namespace.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    pub(super) revision: Arg<Revision>,
    /// Whether to return the state of the security scan.
    #[call(name = "securityStatus")]
    pub(super) security_status: Option<bool>,
    /// Whether to return the size and the hashes of each file.
    pub(super) files_metadata: bool,
    /// The properties to return (`downloadsAllTime`, `safetensors`, ...), and
    /// no others.
    pub(super) expand: Option<Vec<ExpandModelProperty>>,
}

impl SingleRequest for ModelInfoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let security = self.security_status == Some(true);
        exclusive(
            is_some_list(self.expand.as_deref()) && (security || self.files_metadata),
            "`expand` cannot be combined with `security_status` or `files_metadata`",
        )?;
        let repo = Repo::of(&self.repo_id, RepoType::Model)?;
        let mut request = info_request(&repo, &self.revision)?;
        request = request.query_flag("securityStatus", security);
        request = request.query_flag("blobs", self.files_metadata);
        Ok(request.query_list("expand", self.expand.as_deref()))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<ModelInfo> {
        response.json()
    }
}

/// Returns the request for `/api/{type}s/{repo_id}`, with the revision if one
/// is given.
pub(super) fn info_request(repo: &Repo, revision: &Arg<Revision>) -> Result<Request> {
    let target = if revision.is_unset() {
        repo.api()
    } else {
        repo.api_at("revision", revision)?
    };
    Ok(Request::get(target))
}

pub(super) fn is_some_list<T>(list: Option<&[T]>) -> bool {
    list.is_some_and(|list| !list.is_empty())
}

/// Lists models, the best match first.
///
/// `GET /api/models`, page by page.
///
/// ```no_run
/// # use futures_util::TryStreamExt;
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let mut models = api.list_models().author("google").sort("downloads").stream();
/// while let Some(model) = models.try_next().await? {
///     println!("{}", model.id);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` if `expand` is combined with `full`, `card_data` or
/// `fetch_config`, or if `emissions_thresholds` is given without `card_data`.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = ModelInfo)]
pub struct ListModelsCall {
    #[call(context)]
    ctx: Context,
    /// The tags that a model must have (`text-classification`, `pytorch`, ...).
    filter: Option<OneOrMany<String>>,
    /// The user or organization that owns the models.
    author: Option<String>,
    /// The apps that must be able to run the model (`ollama`, ...).
    apps: Option<OneOrMany<String>>,
    /// Whether to list gated models only (`true`) or others only (`false`).
    gated: Option<bool>,
    /// The state of serverless inference: `warm` for models that a provider
    /// serves now.
    inference: Option<String>,
    /// The inference providers of which one must serve the model; `all` for
    /// any.
    inference_provider: Option<OneOrMany<String>>,
    /// The range of the number of parameters: `min:6B,max:128B`.
    num_parameters: Option<String>,
    /// The datasets that the model must have been trained on.
    trained_dataset: Option<OneOrMany<String>>,
    /// The text that the name must contain.
    search: Option<String>,
    /// The task that the model must be tagged with (`text-generation`, ...).
    pipeline_tag: Option<String>,
    /// The range of CO2 emissions in grams that the card must report. Needs
    /// `card_data`.
    emissions_thresholds: Option<EmissionRange>,
    /// The sort key, in descending order: `created_at`, `downloads`,
    /// `last_modified`, `likes` or `trending_score`.
    sort: Option<ModelSort>,
    /// The maximum number of models. By default, all.
    limit: Option<u64>,
    /// The properties to return, and no others.
    expand: Option<Vec<ExpandModelProperty>>,
    /// Whether to return the last change, the commit and the files as well.
    full: Option<bool>,
    /// Whether to return the metadata of the card as well.
    #[call(name = "cardData")]
    card_data: bool,
    /// Whether to return the configuration as well.
    fetch_config: bool,
}

impl Listing for ListModelsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let full = self.full == Some(true);
        exclusive(
            is_some_list(self.expand.as_deref()) && (full || self.card_data || self.fetch_config),
            "`expand` cannot be combined with `full`, `card_data` or `fetch_config`",
        )?;
        if let Some(thresholds) = &self.emissions_thresholds {
            exclusive(
                !self.card_data,
                "`emissions_thresholds` needs `card_data`, which contains the emissions",
            )?;
            exclusive(
                thresholds.min.is_none() && thresholds.max.is_none(),
                "`emissions_thresholds` needs a lower or an upper limit",
            )?;
        }
        let mut filter = strings(self.filter.as_ref());
        filter.extend(prefixed("dataset", self.trained_dataset.as_ref()));

        let mut request = Request::get("/api/models").query_all("filter", filter);
        request = request.query_text("author", self.author.as_deref());
        request = request
            .query_all("apps", strings(self.apps.as_ref()))
            .query_some("gated", self.gated)
            .query_some("inference", self.inference.as_deref())
            .query_all(
                "inference_provider",
                strings(self.inference_provider.as_ref()),
            );
        request = request.query_text("pipeline_tag", self.pipeline_tag.as_deref());
        request = request.query_some("num_parameters", self.num_parameters.as_deref());
        request = request.query_text("search", self.search.as_deref());
        request = request
            .query_some(
                "sort",
                self.sort.as_ref().map(|sort| sort_key(sort.as_str())),
            )
            .query_some("limit", self.limit);
        request = request.query_flag("full", full);
        request = request.query_flag("config", self.fetch_config);
        request = request.query_flag("cardData", self.card_data);
        Ok(request.query_list("expand", self.expand.as_deref()))
    }

    fn limit(&self) -> Option<usize> {
        item_limit(self.limit)
    }

    fn keep(&self, model: &ModelInfo) -> bool {
        match &self.emissions_thresholds {
            Some(range) => emissions(model).is_some_and(|grams| range.contains(grams)),
            None => true,
        }
    }
}

/// A range of CO2 emissions in grams, both ends included.
///
/// ```
/// # fn example(api: hf_api::HfApi) {
/// let low = api.list_models().card_data(true).emissions_thresholds(..=100.0);
/// let some = api.list_models().card_data(true).emissions_thresholds(10.0..=100.0);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmissionRange {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
}

impl EmissionRange {
    fn contains(&self, grams: f64) -> bool {
        self.min.is_none_or(|min| min <= grams) && self.max.is_none_or(|max| grams <= max)
    }
}

/// Python's form, where either end may be missing.
impl From<(Option<f64>, Option<f64>)> for EmissionRange {
    fn from((min, max): (Option<f64>, Option<f64>)) -> Self {
        Self { min, max }
    }
}

impl From<RangeInclusive<f64>> for EmissionRange {
    fn from(range: RangeInclusive<f64>) -> Self {
        (Some(*range.start()), Some(*range.end())).into()
    }
}

impl From<RangeFrom<f64>> for EmissionRange {
    fn from(range: RangeFrom<f64>) -> Self {
        (Some(range.start), None).into()
    }
}

impl From<RangeToInclusive<f64>> for EmissionRange {
    fn from(range: RangeToInclusive<f64>) -> Self {
        (None, Some(range.end)).into()
    }
}

/// Returns the emissions in a card, in grams of CO2: a number, or the first one
/// in a text. Zero counts as missing.
fn emissions(model: &ModelInfo) -> Option<f64> {
    let entry = model.card_data.as_ref()?.get("co2_eq_emissions")?;
    let entry = entry.get("emissions").unwrap_or(entry);
    let grams = match entry.as_str() {
        None => entry.as_f64()?,
        Some(text) => {
            let digits = &text[text.find(|c: char| c.is_ascii_digit())?..];
            let end = digits
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(digits.len());
            digits[..end].trim_end_matches('.').parse().ok()?
        }
    };
    (grams != 0.0).then_some(grams)
}

/// Returns the values of a parameter that is one or many.
pub(super) fn strings(values: Option<&OneOrMany<String>>) -> Vec<String> {
    values
        .map(|values| values.as_slice().to_vec())
        .unwrap_or_default()
}

/// Returns the values as tags of a kind, `kind:value`.
pub(super) fn prefixed(kind: &str, values: Option<&OneOrMany<String>>) -> Vec<String> {
    let prefix = format!("{kind}:");
    strings(values)
        .into_iter()
        .map(|value| {
            if value.starts_with(&prefix) {
                value
            } else {
                format!("{prefix}{value}")
            }
        })
        .collect()
}

/// # Models
impl HfApi {
    model_info!();
    list_models!();
}
