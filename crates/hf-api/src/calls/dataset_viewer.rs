//! Parquet files and leaderboards of a dataset.

use hf_types::{DatasetLeaderboardEntry, DatasetParquetEntry, Param, RepoId, RepoType};

use super::support::Repo;
use crate::call::{Context, Endpoint};
use crate::{BufferedResponse, Call, Error, HfApi, Request, Result};

/// Where the dataset viewer of the public Hub is.
const DATASETS_SERVER: &str = "https://datasets-server.huggingface.co";

/// Lists the Parquet files that the dataset viewer made of a dataset.
///
/// `GET https://datasets-server.huggingface.co/parquet?dataset={repo_id}`.
///
/// # Errors
/// `Validation` on another Hub than the public one, unless
/// [`Services::datasets_server`](crate::Services) names its viewer;
/// `Http` (404) if there are none.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<DatasetParquetEntry>)]
pub struct ListDatasetParquetFilesCall {
    #[call(context)]
    ctx: Context,
    /// The dataset: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// One of its configurations; all otherwise.
    config: Option<String>,
}

impl Endpoint for ListDatasetParquetFilesCall {
    fn request(&self, api: &HfApi) -> Result<Request> {
        let repo = Repo::of(&self.repo_id, RepoType::Dataset)?;
        let server = api.services().datasets_server.as_deref();
        let endpoint = api.client().endpoint();
        if server.is_none() && !endpoint.is_canonical() {
            return Err(Error::validation(format!(
                "the public dataset viewer serves the public Hub alone, not {endpoint}"
            ))
            .with_hint("HF_DATASETS_SERVER_ENDPOINT names another dataset viewer."));
        }
        let server = server.unwrap_or(DATASETS_SERVER);
        Ok(Request::get(format!("{server}/parquet"))
            .trusted()
            .query("dataset", repo.id)
            .query_some("config", self.config.as_deref()))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Vec<DatasetParquetEntry>> {
        #[derive(serde::Deserialize)]
        struct Files {
            #[serde(default)]
            parquet_files: Vec<DatasetParquetEntry>,
        }
        Ok(response.json::<Files>()?.parquet_files)
    }
}

/// The leaderboard of a benchmark, the best model first.
///
/// `GET /api/datasets/{repo_id}/leaderboard`.
///
/// # Errors
/// `RepositoryNotFound`; `BadRequest` if the dataset is no benchmark.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<DatasetLeaderboardEntry>, timeout)]
pub struct GetDatasetLeaderboardCall {
    #[call(context)]
    ctx: Context,
    /// The dataset: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// Whether models that were made from others are left out.
    base_model_only: Option<bool>,
}

impl Endpoint for GetDatasetLeaderboardCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::of(&self.repo_id, RepoType::Dataset)?;
        Ok(Request::get(format!("{}/leaderboard", repo.api()))
            .query_some("base_model", self.base_model_only))
    }

    fn decode(
        &self,
        response: BufferedResponse,
        _api: &HfApi,
    ) -> Result<Vec<DatasetLeaderboardEntry>> {
        response.json()
    }
}

/// # Dataset viewer and leaderboards
impl HfApi {
    list_dataset_parquet_files!();
    get_dataset_leaderboard!();
}
