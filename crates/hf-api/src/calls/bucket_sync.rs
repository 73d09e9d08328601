//! Synchronizing a local folder with a bucket.

mod apply;
mod compare;
mod filter;
mod local;
mod plan_file;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::TryStreamExt;
use hf_transport::spawn_blocking;
use hf_types::{
    BucketFile, BucketId, BucketTreeEntry, RepoPath, SyncOperation, SyncPlan, Timestamp,
};

use self::apply::carry_out;
use self::compare::{Compare, Sides};
use self::filter::Filter;
use super::buckets::bucket_uri;
use super::support::exclusive;
use crate::call::{Context, Operation};
use crate::{Call, Error, ErrorKind, HfApi, Result};

/// Synchronizes a local folder with a bucket, in either direction, and returns
/// the plan.
///
/// One of `source` and `dest` is a bucket (`hf://buckets/namespace/name/path`),
/// the other a local folder. With `dry_run` the plan is only returned; with
/// `plan` it is written to a file, which `apply` executes later. Sizes and
/// times decide: times within a second are equal.
///
/// A sync that was interrupted is continued by the next one: what has arrived is
/// not moved again. Nothing outside of the folder is written or deleted, neither
/// by a name in a plan nor through a link to another folder.
///
/// `GET /api/buckets/{bucket_id}/tree`, page by page, then
/// `POST /api/buckets/{bucket_id}/batch` for changes of the bucket.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let plan = api
///     .sync_bucket()
///     .source("out")
///     .dest("hf://buckets/user/data/out")
///     .dry_run(true)
///     .await?;
/// println!("{} files to upload", plan.summary().uploads);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` for arguments that exclude each other, and for a plan that leads
/// out of the folder; `BucketNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = SyncPlan)]
pub struct SyncBucketCall {
    #[call(context)]
    ctx: Context,
    /// The source: a local folder, or a bucket as an `hf://` URI.
    source: Option<String>,
    /// The destination: a local folder, or a bucket as an `hf://` URI.
    dest: Option<String>,
    /// Whether to delete files that are not in the source.
    delete: bool,
    /// Whether to compare sizes only.
    ignore_times: bool,
    /// Whether to compare times only.
    ignore_sizes: bool,
    /// Whether to leave out files that are not in the destination.
    existing: bool,
    /// Whether to leave out files that are in the destination.
    ignore_existing: bool,
    /// The patterns of which a path must match one.
    include: Option<Vec<String>>,
    /// The patterns of paths to leave out.
    exclude: Option<Vec<String>>,
    /// The file of patterns, `+ pattern` or `- pattern` on each line; the first
    /// one that matches decides.
    filter_from: Option<PathBuf>,
    /// The file to write the plan to, instead of executing it.
    plan: Option<PathBuf>,
    /// The file with the plan to execute.
    apply: Option<PathBuf>,
    /// Whether to return the plan without executing it.
    dry_run: bool,
    /// Whether to log every operation.
    verbose: bool,
    /// Whether to log nothing.
    quiet: bool,
}

/// A size in bytes and a time of last change in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stat {
    size: u64,
    mtime: f64,
}

/// The two ends, and which of them is the bucket.
struct Ends {
    bucket: BucketId,
    prefix: String,
    folder: PathBuf,
    upload: bool,
}

impl Operation for SyncBucketCall {
    async fn run(self, api: HfApi) -> Result<SyncPlan> {
        if let Some(file) = &self.apply {
            self.check_apply()?;
            let file = file.clone();
            let plan = spawn_blocking(move || plan_file::load(&file)).await?;
            let ends = ends(&plan.source, &plan.dest, &api)?;
            carry_out(&plan, &ends, &api).await?;
            return Ok(plan);
        }
        let (Some(source), Some(dest)) = (&self.source, &self.dest) else {
            return Err(Error::validation(
                "`source` and `dest` are required, unless `apply` names a plan",
            ));
        };
        exclusive(
            self.ignore_times && self.ignore_sizes,
            "`ignore_times` and `ignore_sizes` together leave nothing to compare",
        )?;
        exclusive(
            self.existing && self.ignore_existing,
            "`existing` and `ignore_existing` together leave nothing to do",
        )?;
        exclusive(
            self.dry_run && self.plan.is_some(),
            "`dry_run` and `plan` exclude each other",
        )?;
        let ends = ends(source, dest, &api)?;
        let folder = ends.folder.clone();
        let (exists, is_folder) =
            spawn_blocking(move || Ok((folder.exists(), folder.is_dir()))).await?;
        if ends.upload && !is_folder {
            return Err(Error::validation(format!(
                "the source {source:?} must be a folder"
            )));
        }
        if !ends.upload && exists && !is_folder {
            return Err(Error::validation(format!(
                "the destination {dest:?} must be a folder"
            )));
        }
        let (include, exclude) = (self.include.clone(), self.exclude.clone());
        let rules = self.filter_from.clone();
        let filter = spawn_blocking(move || {
            Filter::new(include.as_deref(), exclude.as_deref(), rules.as_deref())
        });
        let filter = Arc::new(filter.await?);
        let operations = self.operations(&ends, &filter, &api).await?;
        let plan = SyncPlan::new(source, dest, iso(now()), operations);
        if let Some(file) = self.plan.clone() {
            return spawn_blocking(move || {
                plan_file::save(&plan, &file)?;
                Ok(plan)
            })
            .await;
        }
        if !self.dry_run {
            self.log(&plan);
            carry_out(&plan, &ends, &api).await?;
        }
        Ok(plan)
    }
}

impl SyncBucketCall {
    fn check_apply(&self) -> Result<()> {
        let given = [
            ("source", self.source.is_some()),
            ("dest", self.dest.is_some()),
            ("plan", self.plan.is_some()),
            ("delete", self.delete),
            ("ignore_times", self.ignore_times),
            ("ignore_sizes", self.ignore_sizes),
            ("include", self.include.is_some()),
            ("exclude", self.exclude.is_some()),
            ("filter_from", self.filter_from.is_some()),
            ("existing", self.existing),
            ("ignore_existing", self.ignore_existing),
            ("dry_run", self.dry_run),
        ];
        match given.iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((name, _)) => Err(Error::validation(format!(
                "`{name}` cannot be combined with `apply`, whose plan contains it"
            ))),
        }
    }

    async fn operations(
        &self,
        ends: &Ends,
        filter: &Arc<Filter>,
        api: &HfApi,
    ) -> Result<Vec<SyncOperation>> {
        let remote = match remote_files(ends, filter, api).await {
            Ok(files) => files,
            // A bucket that does not exist yet is empty.
            Err(error) if ends.upload && error.kind() == ErrorKind::BucketNotFound => {
                BTreeMap::new()
            }
            Err(error) => return Err(error),
        };
        let (folder, filter) = (ends.folder.clone(), Arc::clone(filter));
        let all = ends.upload || self.delete;
        let (remote, local) = spawn_blocking(move || {
            let local = local_files(&folder, &filter, all, remote.keys())?;
            Ok((remote, local))
        })
        .await?;
        let compare = Compare {
            upload: ends.upload,
            ignore_times: self.ignore_times,
            ignore_sizes: self.ignore_sizes,
            ignore_existing: self.ignore_existing,
            existing: self.existing,
            delete: self.delete,
        };
        let operations = both(local, remote).filter_map(|sides| compare.operation(sides));
        Ok(operations.collect())
    }

    fn log(&self, plan: &SyncPlan) {
        if self.verbose && !self.quiet {
            for operation in &plan.operations {
                let (action, path) = (operation.action.as_str(), &operation.path);
                tracing::info!("{action} {path}: {}", operation.reason);
            }
        }
    }
}

fn ends(source: &str, dest: &str, api: &HfApi) -> Result<Ends> {
    let is_bucket = |text: &str| text.starts_with("hf://");
    let (bucket, folder, upload) = match (is_bucket(source), is_bucket(dest)) {
        (true, true) => {
            return Err(Error::validation(
                "`source` and `dest` are both buckets: one of them must be a local folder",
            ));
        }
        (false, false) => {
            return Err(Error::validation(
                "one of `source` and `dest` must be a bucket: hf://buckets/namespace/name",
            ));
        }
        (true, false) => (source, dest, false),
        (false, true) => (dest, source, true),
    };
    let (bucket, prefix) = bucket_uri(bucket, api)?;
    let folder = std::path::absolute(folder).map_err(|error| Error::io(folder, error))?;
    Ok(Ends {
        bucket,
        prefix,
        folder,
        upload,
    })
}

/// The files of the bucket by their path below the prefix.
async fn remote_files(
    ends: &Ends,
    filter: &Filter,
    api: &HfApi,
) -> Result<BTreeMap<String, (Stat, BucketFile)>> {
    let mut tree = api.list_bucket_tree(ends.bucket.as_str()).recursive(true);
    tree.prefix = (!ends.prefix.is_empty()).then(|| ends.prefix.clone());
    let mut entries = tree.stream();
    let mut files = BTreeMap::new();
    while let Some(entry) = entries.try_next().await? {
        let BucketTreeEntry::File(file) = entry else {
            continue;
        };
        let Some(path) = below(&file.path, &ends.prefix) else {
            continue;
        };
        // The path will be joined to a local folder.
        let safe: RepoPath = path.parse()?;
        if filter.matches(safe.as_str()) {
            let mtime = file.mtime.map_or(0, Timestamp::as_millisecond);
            #[expect(
                clippy::cast_precision_loss,
                reason = "milliseconds of our days are exact"
            )]
            let stat = Stat {
                // An unknown size differs from every local size.
                size: file.size.unwrap_or(u64::MAX),
                mtime: mtime as f64,
            };
            files.insert(path.to_owned(), (stat, file));
        }
    }
    Ok(files)
}

/// Returns the part of a path below a prefix; `None` if it is not below it.
fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    if prefix.is_empty() {
        return Some(path);
    }
    match path.strip_prefix(prefix)? {
        "" => path.rsplit('/').next(),
        rest => rest.strip_prefix('/'),
    }
}

/// The local files by their path in the folder: all of them where the plan
/// depends on all, else those that the bucket has too.
fn local_files<'a>(
    folder: &Path,
    filter: &Filter,
    all: bool,
    remote: impl Iterator<Item = &'a String>,
) -> Result<BTreeMap<String, Stat>> {
    if !folder.is_dir() {
        return Ok(BTreeMap::new());
    }
    if all {
        return local::walk(folder, filter);
    }
    let stats = remote.filter_map(|path| {
        let stat = local::stat(&folder.join(path))?;
        Some((path.clone(), stat))
    });
    Ok(stats.collect())
}

/// The paths of both ends, in order. What has been taken is freed: there may be many files.
fn both(
    local: BTreeMap<String, Stat>,
    remote: BTreeMap<String, (Stat, BucketFile)>,
) -> impl Iterator<Item = Sides> {
    let (mut local, mut remote) = (local.into_iter().peekable(), remote.into_iter().peekable());
    std::iter::from_fn(move || {
        let order = match (local.peek(), remote.peek()) {
            (Some((here, _)), Some((there, _))) => here.cmp(there),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        let here = if order.is_le() { local.next() } else { None };
        let there = if order.is_ge() { remote.next() } else { None };
        let (path, local) = here.unzip();
        let (other, remote) = there.unzip();
        Some(Sides {
            path: path.or(other)?,
            local,
            remote,
        })
    })
}

fn now() -> f64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
        * 1000.0
}

/// Formats milliseconds since 1970 in ISO 8601.
fn iso(milliseconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time of last change fits"
    )]
    let whole = milliseconds as i64;
    Timestamp::from_millisecond(whole).map_or_else(String::new, |time| time.to_string())
}

/// # Synchronizing folders with buckets
impl HfApi {
    sync_bucket!();
}
