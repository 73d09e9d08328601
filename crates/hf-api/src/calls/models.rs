//! Models: one, and lists of them.

use std::ops::{RangeFrom, RangeInclusive, RangeToInclusive};

use hf_types::{ExpandModelProperty, ModelInfo, ModelSort, Param, RepoId, RepoType, Revision};

use super::support::{Repo, exclusive, item_limit, sort_key};
use crate::call::{Arg, Context, Endpoint, Listing, OneOrMany};
use crate::{BufferedResponse, Call, HfApi, Request, Result};

/// Information on one model.
///
/// `GET /api/models/{repo_id}` or `/api/models/{repo_id}/revision/{revision}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let info = api.model_info("gpt2").files_metadata(true).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`, `RevisionNotFound`, `GatedRepo`; `Validation` when
/// `expand` is mixed with another choice of what to return.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ModelInfo, timeout)]
pub struct ModelInfoCall {
    #[call(context)]
    ctx: Context,
    /// The model: `user/name`, or `name` for the few without a namespace.
    #[call(arg)]
    pub(super) repo_id: Param<RepoId>,
    /// A branch, tag, pull request (`refs/pr/1`) or commit; `main` otherwise.
    pub(super) revision: Arg<Revision>,
    /// Also the state of the security scan.
    #[call(name = "securityStatus")]
    pub(super) security_status: Option<bool>,
    /// Also size and hashes of each file.
    pub(super) files_metadata: bool,
    /// Return these properties alone (`downloadsAllTime`, `safetensors`, ...).
    pub(super) expand: Option<Vec<ExpandModelProperty>>,
}

impl Endpoint for ModelInfoCall {
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

/// `GET /api/{type}s/{repo_id}`, with the revision where there is one.
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
/// `Validation` when `expand` is mixed with another choice of what to return,
/// or `emissions_thresholds` is given without `card_data`.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = ModelInfo)]
pub struct ListModelsCall {
    #[call(context)]
    ctx: Context,
    /// Tags that a model must have (`text-classification`, `pytorch`, ...).
    filter: Option<OneOrMany<String>>,
    /// The user or organization.
    author: Option<String>,
    /// Apps that can run the model (`ollama`, ...).
    apps: Option<OneOrMany<String>>,
    /// Only gated models, or only others.
    gated: Option<bool>,
    /// `warm`: models served by inference providers now.
    inference: Option<String>,
    /// Providers that serve the model; `all` for any.
    inference_provider: Option<OneOrMany<String>>,
    /// Parameters, as `min:6B,max:128B`.
    num_parameters: Option<String>,
    /// Datasets the model was trained on.
    trained_dataset: Option<OneOrMany<String>>,
    /// Text in the name.
    search: Option<String>,
    /// The task, as the Hub tags it.
    pipeline_tag: Option<String>,
    /// Keep models whose card tells emissions, in grams of CO2, within
    /// `[min, max]`, either of which may be null; needs `card_data`.
    emissions_thresholds: Option<EmissionRange>,
    /// `created_at`, `downloads`, `last_modified`, `likes`, `trending_score`.
    sort: Option<ModelSort>,
    /// The most models to list.
    limit: Option<u64>,
    /// Return these properties alone.
    expand: Option<Vec<ExpandModelProperty>>,
    /// Also last change, commit, files.
    full: Option<bool>,
    /// Also the metadata of the card.
    #[call(name = "cardData")]
    card_data: bool,
    /// Also the configuration.
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
                "`emissions_thresholds` needs `card_data`, which tells the emissions",
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

/// The emissions a card tells, in grams of CO2: a number, or the first one in
/// a text. Zero tells nothing.
fn emissions(model: &ModelInfo) -> Option<f64> {
    let told = model.card_data.as_ref()?.get("co2_eq_emissions")?;
    let told = told.get("emissions").unwrap_or(told);
    let grams = match told.as_str() {
        None => told.as_f64()?,
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

/// The values of a parameter that is one or many.
pub(super) fn strings(values: Option<&OneOrMany<String>>) -> Vec<String> {
    values
        .map(|values| values.as_slice().to_vec())
        .unwrap_or_default()
}

/// The values as tags of a kind, `kind:value`, unless they are already.
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
