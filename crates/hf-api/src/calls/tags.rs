//! Tags that models and datasets may have.

use hf_types::TagsByType;

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
        response.json()
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
        response.json()
    }
}

/// # Tags of models and datasets
impl HfApi {
    get_model_tags!();
    get_dataset_tags!();
}
