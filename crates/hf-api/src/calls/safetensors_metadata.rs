//! Metadata of safetensors files, read from their headers.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt};
use hf_safetensors::metadata::Prefix;
use hf_safetensors::{Options, SafetensorsFileMetadata, SafetensorsRepoMetadata};
use hf_transport::path;
use hf_types::{Param, RepoId, RepoPath, RepoType, Revision};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::support::Repo;
use crate::call::{Arg, Context, Operation, SingleRequest};
use crate::{BufferedResponse, Call, Error, ErrorKind, HfApi, Request, Result};

const SINGLE_FILE: &str = "model.safetensors";
const INDEX_FILE: &str = "model.safetensors.index.json";

/// The number of bytes of the first request: most headers are shorter.
const FIRST_RANGE: u64 = 100_001;

/// The number of bytes that hold the length of a header.
const LENGTH_BYTES: usize = 8;

/// The maximum size of an index.
const INDEX_LIMIT: u64 = 100 << 20;

/// The number of headers that are fetched at once.
const AT_ONCE: usize = 64;

/// Kilobytes of long headers in memory at once, over all files of a call: the
/// owner of a repository chooses their lengths. One header may be longer.
const LONG_HEADERS: u32 = 128 << 10;

fn wrong(file: &str, error: &impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::SafetensorsParsing,
        format!("{file:?} is not a valid safetensors file: {error}"),
    )
}

/// The header of a file in a repository: one ranged `GET`, and a second one
/// where the header is longer than the range.
async fn header(
    api: &HfApi,
    repo: &Repo,
    filename: &RepoPath,
    revision: &Arg<Revision>,
    memory: &Semaphore,
) -> Result<SafetensorsFileMetadata> {
    let url = repo.resolve(filename, revision)?;
    let options = super::downloads::download_options(api);
    let name = filename.as_str();
    let fetch = |range| {
        let (client, url, options) = (api.client(), &url, &options);
        async move { hf_cache::fetch_range_bounded(client, url, range, options).await }
    };
    let limited = async {
        let first = fetch(0..FIRST_RANGE).await?;
        let parse = |bytes: &[u8]| {
            SafetensorsFileMetadata::from_prefix(bytes, Options::metadata())
                .map_err(|error| wrong(name, &error))
        };
        let needed = match parse(&first.bytes)? {
            Prefix::Complete(metadata) => return Ok(metadata),
            Prefix::Needs(needed) => needed,
        };
        // Held until the header is parsed; what is parsed stays.
        let kilobytes = u32::try_from(needed >> 10).unwrap_or(u32::MAX);
        let _held = memory.acquire_many(kilobytes.min(LONG_HEADERS)).await;
        let mut whole = first.bytes.get(..LENGTH_BYTES).unwrap_or_default().to_vec();
        if whole.len() == LENGTH_BYTES {
            whole.extend_from_slice(&fetch(LENGTH_BYTES as u64..needed).await?.bytes);
        }
        match parse(&whole)? {
            Prefix::Complete(metadata) => Ok(metadata),
            Prefix::Needs(needed) => Err(Error::new(
                ErrorKind::SafetensorsParsing,
                format!(
                    "{name:?} is truncated in its header: it has {} of {needed} bytes",
                    whole.len()
                ),
            )),
        }
    };
    match api.options().timeout() {
        None => limited.await,
        Some(limit) => tokio::time::timeout(limit, limited)
            .await
            .unwrap_or_else(|_| {
                Err(Error::timeout(format!(
                    "the header of {name:?} took longer than {limit:?}"
                )))
            }),
    }
}

/// Returns the metadata and the tensors of a safetensors file, without
/// downloading it.
///
/// `GET /{repo_id}/resolve/{revision}/{filename}` for the first 100 kB, and
/// once more for a longer header.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let file = api
///     .parse_safetensors_file_metadata("gpt2", "model.safetensors")
///     .await?;
/// for (name, tensor) in &file.tensors {
///     println!("{name} {:?}", tensor.shape);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `EntryNotFound`, `RepositoryNotFound`; `SafetensorsParsing` for a file of
/// another format.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = SafetensorsFileMetadata, timeout)]
pub struct ParseSafetensorsFileMetadataCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The path of the file in the repository.
    #[call(arg)]
    filename: String,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    revision: Arg<Revision>,
}

impl Operation for ParseSafetensorsFileMetadataCall {
    async fn run(self, api: HfApi) -> Result<SafetensorsFileMetadata> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        header(
            &api,
            &repo,
            &self.filename.parse()?,
            &self.revision,
            &Semaphore::new(LONG_HEADERS as usize),
        )
        .await
    }
}

/// Returns the metadata and the tensors of a repository's `model.safetensors`,
/// or of all shards that its index names.
///
/// One ranged `GET` for each file, several at once, and one for the index.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let model = api.get_safetensors_metadata("bigscience/bloomz-560m").await?;
/// println!("{:?}", model.parameter_count);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `NotASafetensorsRepo` if it has neither; `RepositoryNotFound`,
/// `RevisionNotFound`; `SafetensorsParsing` for files of another format.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = SafetensorsRepoMetadata, timeout)]
pub struct GetSafetensorsMetadataCall {
    #[call(context)]
    ctx: Context,
    /// The repository: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The type of the repository: `model`, `dataset`, `space` or `kernel`. By
    /// default, `model`.
    repo_type: Arg<RepoType>,
    /// The branch, tag, pull request (`refs/pr/1`) or commit. By default,
    /// `main`.
    revision: Arg<Revision>,
}

impl Operation for GetSafetensorsMetadataCall {
    async fn run(self, api: HfApi) -> Result<SafetensorsRepoMetadata> {
        let repo = Repo::new(&self.repo_id, &self.repo_type)?;
        let revision = &self.revision;
        let memory = &Semaphore::new(LONG_HEADERS as usize);
        // A repository or revision that cannot be seen is reported as such.
        let missing = |error: &Error| error.kind() == ErrorKind::EntryNotFound;
        match header(&api, &repo, &SINGLE_FILE.parse()?, revision, memory).await {
            Ok(file) => return Ok(SafetensorsRepoMetadata::single(file)),
            Err(error) if missing(&error) => {}
            Err(error) => return Err(error),
        }
        let index = Request::get(repo.resolve(&INDEX_FILE.parse()?, revision)?);
        let index = match api.fetch_limited(index, INDEX_LIMIT).await {
            Ok(response) => response,
            Err(error) if missing(&error) => {
                return Err(Error::new(
                    ErrorKind::NotASafetensorsRepo,
                    format!(
                        "{:?} is not a safetensors repository: it has neither {SINGLE_FILE} nor \
                         {INDEX_FILE}",
                        self.repo_id
                    ),
                )
                .with_source(error));
            }
            Err(error) => return Err(error),
        };
        let index = Options::metadata()
            .parse_index(index.body())
            .map_err(|error| wrong(INDEX_FILE, &error))?;
        let shards = index.shards().iter().map(|shard| {
            let (api, repo) = (&api, &repo);
            async move {
                let path = shard.as_str().parse()?;
                let metadata = header(api, repo, &path, revision, memory).await?;
                Ok::<_, Error>((shard.as_str().to_owned(), metadata))
            }
        });
        let files: BTreeMap<String, SafetensorsFileMetadata> =
            futures_util::stream::iter(shards.collect::<Vec<_>>())
                .buffer_unordered(AT_ONCE)
                .try_collect()
                .await?;
        SafetensorsRepoMetadata::sharded(&index, files).map_err(|error| wrong(INDEX_FILE, &error))
    }
}

/// Returns the metadata and the tensors of a sharded model, as the Hub has read
/// them.
///
/// `GET /api/models/{repo_id}/safetensors-metadata/{filename}`: one request,
/// whatever the number of shards.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let model = api.get_sharded_safetensors_metadata("bigscience/bloom").await?;
/// println!("{:?}", model.parameter_count);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `EntryNotFound`, `RepositoryNotFound`; `SafetensorsParsing` for headers of
/// another format.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = SafetensorsRepoMetadata, timeout)]
pub struct GetShardedSafetensorsMetadataCall {
    #[call(context)]
    ctx: Context,
    /// The model: `user/name`.
    #[call(arg)]
    repo_id: Param<RepoId>,
    /// The path of the index in the repository.
    #[call(default = INDEX_FILE.into())]
    filename: String,
}

impl SingleRequest for GetShardedSafetensorsMetadataCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let repo = Repo::of(&self.repo_id, RepoType::Model)?;
        let filename: RepoPath = self.filename.parse()?;
        let filename = path::file(filename.as_str());
        Ok(Request::get(format!(
            "{}/safetensors-metadata/{filename}",
            repo.api()
        )))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<SafetensorsRepoMetadata> {
        #[derive(Deserialize)]
        struct Sharded {
            index: Index,
            headers: BTreeMap<String, Map<String, Value>>,
        }
        #[derive(Deserialize)]
        struct Index {
            metadata: Option<Map<String, Value>>,
        }

        let sharded: Sharded = response.json()?;
        let mut files = BTreeMap::new();
        for (shard, header) in sharded.headers {
            let metadata = hub_header(header).map_err(|error| wrong(&shard, &error))?;
            files.insert(shard, metadata);
        }
        SafetensorsRepoMetadata::from_headers(sharded.index.metadata, files)
            .map_err(|error| wrong(&self.filename, &error))
    }
}

/// A header that the Hub has read: it may leave tensors out, so offsets say
/// nothing about the file.
fn hub_header(mut header: Map<String, Value>) -> Result<SafetensorsFileMetadata, String> {
    let metadata = header.remove("__metadata__").unwrap_or_default();
    let metadata: Option<BTreeMap<String, String>> =
        serde_json::from_value(metadata).map_err(|error| format!("__metadata__: {error}"))?;
    let tensors = header
        .into_iter()
        .map(|(name, tensor)| match serde_json::from_value(tensor) {
            Ok(tensor) => Ok((name, tensor)),
            Err(error) => Err(format!("tensor {name:?}: {error}")),
        })
        .collect::<Result<_, _>>()?;
    SafetensorsFileMetadata::new(metadata.unwrap_or_default(), tensors)
        .map_err(|error| error.to_string())
}

/// # Safetensors metadata
impl HfApi {
    parse_safetensors_file_metadata!();
    get_safetensors_metadata!();
    get_sharded_safetensors_metadata!();
}
