//! Parquet files and leaderboards of a dataset.

use hf_types::{DatasetLeaderboardEntry, DatasetParquetEntry, Param, RepoId, RepoType};

use super::support::Repo;
use crate::call::{Context, SingleRequest};
use crate::{BufferedResponse, Call, Error, HfApi, Request, Result};

/// The URL of the public dataset viewer.
const DATASETS_SERVER: &str = "https://datasets-server.huggingface.co";

/// Lists the Parquet files that the dataset viewer has made of a dataset.
///
/// `GET https://datasets-server.huggingface.co/parquet?dataset={repo_id}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for file in api.list_dataset_parquet_files("rajpurkar/squad").await? {
///     println!("{} {}", file.split, file.url);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` on a Hub other than the public one, unless
/// [`Services::datasets_server`](crate::Services) names its viewer; `Http`
/// (404) if there are no files.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<DatasetParquetEntry>)]
pub struct ListDatasetParquetFilesCall {
    #[call(context)]
    ctx: Context,
    /// The dataset: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The configuration of the dataset. By default, all.
    config: Option<String>,
}

impl SingleRequest for ListDatasetParquetFilesCall {
    fn request(&self, api: &HfApi) -> Result<Request> {
        let repo = Repo::of(&self.repo_id, RepoType::Dataset)?;
        let server = api.services().datasets_server.as_deref();
        let endpoint = api.client().endpoint();
        if server.is_none() && !endpoint.is_canonical() {
            return Err(Error::validation(format!(
                "the public dataset viewer serves the public Hub only, not {endpoint}"
            ))
            .with_hint(
                "Set HF_DATASETS_SERVER_ENDPOINT to the URL of this Hub's dataset viewer.",
            ));
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
            #[serde(default, deserialize_with = "hf_types::lenient::list")]
            parquet_files: Vec<DatasetParquetEntry>,
        }
        Ok(response.json::<Files>()?.parquet_files)
    }
}

/// Returns the leaderboard of a benchmark dataset, the best model first.
///
/// `GET /api/datasets/{repo_id}/leaderboard`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for entry in api.get_dataset_leaderboard("cais/mmlu").base_model_only(true).await? {
///     println!("{:?} {}", entry.rank, entry.model_id);
/// }
/// # Ok(()) }
/// ```
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
    /// Whether to leave out models that were made from others.
    base_model_only: Option<bool>,
}

impl SingleRequest for GetDatasetLeaderboardCall {
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
