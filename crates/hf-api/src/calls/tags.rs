//! Tags of models and datasets.

use hf_types::{RepoTag, TagsByType};
use serde_json::Value;

use crate::call::{Context, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result, TokenMode};

/// Returns all tags of models, grouped by kind.
///
/// They are public, so no token is sent.
///
/// `GET /api/models-tags-by-type`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let tags = api.get_model_tags().await?;
/// println!("{} kinds of tags", tags.len());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` for an error status of the Hub.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = TagsByType)]
pub struct GetModelTagsCall {
    #[call(context)]
    ctx: Context,
}

impl SingleRequest for GetModelTagsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/models-tags-by-type").token(TokenMode::None))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<TagsByType> {
        tags_by_type(&response)
    }
}

/// Returns all tags of datasets, grouped by kind.
///
/// They are public, so no token is sent.
///
/// `GET /api/datasets-tags-by-type`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let tags = api.get_dataset_tags().await?;
/// println!("{} kinds of tags", tags.len());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` for an error status of the Hub.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = TagsByType)]
pub struct GetDatasetTagsCall {
    #[call(context)]
    ctx: Context,
}

impl SingleRequest for GetDatasetTagsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/datasets-tags-by-type").token(TokenMode::None))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<TagsByType> {
        tags_by_type(&response)
    }
}

/// Reads the tags that a response lists. Malformed rows are left out: Python's
/// client does not inspect the response, and one bad row must not fail it.
fn tags_by_type(response: &BufferedResponse) -> Result<TagsByType> {
    let kinds: serde_json::Map<String, Value> = response.json()?;
    let tags = |value: Value| match value {
        Value::Array(rows) => rows
            .into_iter()
            .filter_map(|row| serde_json::from_value::<RepoTag>(row).ok())
            .collect(),
        _ => Vec::new(),
    };
    Ok(kinds
        .into_iter()
        .map(|(kind, value)| (kind, tags(value)))
        .collect())
}

/// # Tags of models and datasets
impl HfApi {
    get_model_tags!();
    get_dataset_tags!();
}
