//! Tags that models and datasets may have.

use serde_json::Value;

use crate::call::{Context, Endpoint};
use crate::{BufferedResponse, Call, HfApi, Request, Result, TokenMode};

/// All tags of models by their kinds, as the Hub's own object. They are
/// public, so no token is sent.
///
/// `GET /api/models-tags-by-type`.
///
/// # Errors
/// None of its own.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Value)]
pub struct GetModelTagsCall {
    #[call(context)]
    ctx: Context,
}

impl Endpoint for GetModelTagsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/models-tags-by-type").token(TokenMode::None))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Value> {
        response.json()
    }
}

/// All tags of datasets by their kinds, as the Hub's own object. They are
/// public, so no token is sent.
///
/// `GET /api/datasets-tags-by-type`.
///
/// # Errors
/// None of its own.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Value)]
pub struct GetDatasetTagsCall {
    #[call(context)]
    ctx: Context,
}

impl Endpoint for GetDatasetTagsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get("/api/datasets-tags-by-type").token(TokenMode::None))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Value> {
        response.json()
    }
}

/// # Tags of models and datasets
impl HfApi {
    get_model_tags!();
    get_dataset_tags!();
}
