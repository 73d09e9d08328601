//! Local folders mounted in jobs.

use std::path::{Path, PathBuf};

use hf_transport::digest::Sha256Hasher;
use hf_transport::spawn_blocking;
use hf_types::{SyncAction, SyncOperation, Volume, VolumeType};

use super::bucket_batch::BucketAdd;
use super::job_spec::push_short_hash;
use super::jobs::namespace;
use super::uploads::FileSource;
use crate::call::{Context, Operation};
use crate::{Call, Error, HfApi, Result};

/// The bucket that holds the local files of jobs.
pub(super) const ARTIFACTS_BUCKET: &str = "jobs-artifacts";

/// Synchronizes a local folder into the bucket `{namespace}/jobs-artifacts`,
/// and returns the volume by which a job mounts it.
///
/// The bucket is created, private, if it does not exist. An empty folder is
/// represented by a file `.keep`.
///
/// `POST /api/buckets/{namespace}/jobs-artifacts`, then the requests of
/// [`sync_bucket`](HfApi::sync_bucket).
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let data = api.sync_job_volume("data", "/data").await?;
/// let command = ["python", "/data/train.py"];
/// let job = api.run_job("python:3.12", command).volumes([data]).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` for a mount path that is not absolute or a source that is not a
/// folder.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Volume)]
pub struct SyncJobVolumeCall {
    #[call(context)]
    ctx: Context,
    /// The local folder.
    #[call(arg)]
    source: String,
    /// The absolute path of the folder in the job.
    #[call(arg)]
    mount_path: String,
    /// The name of the folder in the bucket. By default, one made from the
    /// path.
    remote_name: Option<String>,
    /// Whether the job may only read the folder.
    #[call(default = true)]
    read_only: bool,
    /// The user or organization that runs the job. By default, the token's.
    namespace: Option<String>,
}

impl Operation for SyncJobVolumeCall {
    async fn run(self, api: HfApi) -> Result<Volume> {
        if !self.mount_path.starts_with('/') {
            return Err(Error::validation(format!(
                "`mount_path` must be an absolute path in the job, such as \"/data\", not {:?}",
                self.mount_path
            )));
        }
        let source = PathBuf::from(&self.source);
        let named = self.remote_name;
        let name = spawn_blocking(move || {
            if !source.is_dir() {
                return Err(Error::validation(format!(
                    "the source must be a folder, not `{}`",
                    source.display()
                )));
            }
            named.map_or_else(|| stable_name(&source), Ok)
        });
        let folder = name.await?;
        let namespace = namespace(&api, self.namespace).await?;
        let bucket = format!("{namespace}/{ARTIFACTS_BUCKET}");
        api.create_bucket(&bucket)
            .exist_ok(true)
            .private(true)
            .await?;
        if api.bucket_info(&bucket).await?.private != Some(true) {
            tracing::warn!("bucket {bucket:?} is public: everybody can read the files of jobs");
        }
        let plan = api
            .sync_bucket()
            .source(self.source.as_str())
            .dest(format!("hf://buckets/{bucket}/{folder}"))
            .await?;
        let is_local = |op: &SyncOperation| op.action != SyncAction::Delete;
        if !plan.operations.iter().any(is_local) {
            // There is no empty folder in a bucket, and a job cannot mount one that is not there.
            let placeholder = BucketAdd::new(FileSource::bytes(""), format!("{folder}/.keep"));
            api.batch_bucket_files(&bucket).add([placeholder]).await?;
        }
        let mut volume = Volume::new(VolumeType::Bucket, &bucket, &self.mount_path);
        volume.path = Some(folder);
        volume.read_only = Some(self.read_only);
        Ok(volume)
    }
}

/// Returns a name that is stable for a folder of this machine: the name of the
/// folder, and a hash of host and path.
fn stable_name(folder: &Path) -> Result<String> {
    let path = std::fs::canonicalize(folder)
        .map_err(|error| Error::io(format!("reading {}", folder.display()), error))?;
    let mut name = path.file_name().map_or_else(
        || "root".to_owned(),
        |name| name.to_string_lossy().replace(' ', "_"),
    );
    name.push('-');
    let location = format!("{}:{}", host_name(), path.display());
    let mut hash = Sha256Hasher::new();
    hash.update(location);
    push_short_hash(&mut name, hash);
    Ok(name)
}

#[cfg(unix)]
fn host_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

#[cfg(not(unix))]
fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// # Volumes of jobs
impl HfApi {
    sync_job_volume!();
}
