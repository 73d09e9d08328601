//! Local folders mounted in jobs.

use std::path::Path;

use hf_transport::digest::Sha256Hasher;
use hf_types::{SyncAction, Volume, VolumeType};

use super::bucket_files::no_xet;
use super::job_spec::push_short_hash;
use super::jobs::namespace;
use crate::call::{Context, Operation};
use crate::{Call, Error, HfApi, Result};

/// The bucket that holds what jobs are given.
const ARTIFACTS_BUCKET: &str = "jobs-artifacts";

/// Brings a local folder into the bucket `NAMESPACE/jobs-artifacts`, and
/// gives the volume by which a job mounts it.
///
/// Makes the bucket, private, if it is not there, and plans with
/// [`sync_bucket`](HfApi::sync_bucket). What has to be sent needs Xet storage,
/// which is not available yet: a folder that the bucket does not hold already
/// is refused.
///
/// # Errors
/// `Validation` for a mount path that is not absolute or a source that is no
/// folder, `NotImplemented` where bytes would have to move.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Volume)]
pub struct SyncJobVolumeCall {
    #[call(context)]
    ctx: Context,
    /// The local folder.
    #[call(arg)]
    source: String,
    /// Where the job sees it.
    #[call(arg)]
    mount_path: String,
    /// The name of the folder in the bucket; made from the path otherwise.
    remote_name: Option<String>,
    /// Whether the job may only read it.
    #[call(default = true)]
    read_only: bool,
    /// The user or organization that runs the job; the token's user otherwise.
    namespace: Option<String>,
}

impl Operation for SyncJobVolumeCall {
    async fn run(self, api: HfApi) -> Result<Volume> {
        if !self.mount_path.starts_with('/') {
            return Err(Error::validation(format!(
                "`mount_path` is an absolute path in the job, such as \"/data\", not {:?}",
                self.mount_path
            )));
        }
        let source = Path::new(&self.source);
        if !source.is_dir() {
            return Err(Error::validation(format!(
                "the source {:?} is no folder",
                self.source
            )));
        }
        let namespace = namespace(&api, self.namespace).await?;
        let bucket = format!("{namespace}/{ARTIFACTS_BUCKET}");
        let folder = match self.remote_name {
            Some(name) => name,
            None => stable_name(source)?,
        };
        api.create_bucket(&bucket)
            .exist_ok(true)
            .private(true)
            .await?;
        if api.bucket_info(&bucket).await?.private != Some(true) {
            tracing::warn!("bucket {bucket:?} is public, and so is what jobs are given");
        }
        let plan = api
            .sync_bucket()
            .source(self.source.as_str())
            .dest(format!("hf://buckets/{bucket}/{folder}"))
            .dry_run(true)
            .await?;
        let complete = plan
            .operations
            .iter()
            .all(|op| op.action == SyncAction::Skip);
        if plan.operations.is_empty() || !complete {
            return Err(no_xet("bringing a folder into a bucket"));
        }
        let mut volume = Volume::new(VolumeType::Bucket, &bucket, &self.mount_path);
        volume.path = Some(folder);
        volume.read_only = Some(self.read_only);
        Ok(volume)
    }
}

/// The same name for the same folder of the same machine: its own, and a hash
/// of both.
fn stable_name(folder: &Path) -> Result<String> {
    let path = std::fs::canonicalize(folder)
        .map_err(|error| Error::io(format!("looking at {}", folder.display()), error))?;
    let mut name = path.file_name().map_or_else(
        || "root".to_owned(),
        |name| name.to_string_lossy().replace(' ', "_"),
    );
    name.push('-');
    let place = format!("{}:{}", host_name(), path.display());
    let mut hash = Sha256Hasher::new();
    hash.update(place);
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
