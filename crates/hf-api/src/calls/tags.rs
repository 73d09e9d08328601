//! Tags that models and datasets may have.

use hf_types::{RepoTag, TagsByType};
use serde_json::Value;

use crate::call::{Context, Endpoint};
use crate::{BufferedResponse, Call, HfApi, Request, Result, TokenMode};

/// Returns all tags of models by their kind. They are public, so no token is
/// sent.
///
/// `GET /api/models-tags-by-type`.
///
/// # Errors
/// None of its own.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = TagsByType)]
pub struct GetModelTagsCall {
    #[call(context)]
    ctx: Context,
}

impl Endpoint for GetModelTagsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/models-tags-by-type").token(TokenMode::None))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<TagsByType> {
        tags_by_type(&response)
    }
}

/// Returns all tags of datasets by their kind. They are public, so no token is
/// sent.
///
/// `GET /api/datasets-tags-by-type`.
///
/// # Errors
/// None of its own.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = TagsByType)]
pub struct GetDatasetTagsCall {
    #[call(context)]
    ctx: Context,
}

impl Endpoint for GetDatasetTagsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/datasets-tags-by-type").token(TokenMode::None))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<TagsByType> {
        tags_by_type(&response)
    }
}

/// The tags that a response lists. What is no list of tags is left out: Python's
/// client does not look into the response, and one odd row must not fail it.
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
