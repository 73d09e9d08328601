//! Asking the Hub how it wants each file.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hf_transport::{Error, Request, Result};
use hf_types::{CommitHash, GitSha1, Sha256};
use serde::{Deserialize, Serialize};

use crate::blocking;
use crate::index::HashIndex;
use crate::operation::{CommitOperationAdd, UploadMode};
use crate::source::Source;
use crate::target::Context;
use crate::upload::{PrepareOptions, no_repo_hint};

/// Files that the Hub takes in one question.
pub(crate) const PREUPLOAD_BATCH: usize = 256;
/// How much of a file's start the Hub sees.
const SAMPLE_BYTES: usize = 512;
/// A file up to this size is read once, as a whole, while the budget lasts.
const SMALL_FILE_BYTES: u64 = 16 * 1024;
/// What small files may hold in memory between the question and the commit.
const SMALL_FILES_BUDGET: u64 = 16 * 1024 * 1024;

/// What small files hold in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct SmallFiles(Arc<AtomicU64>);

impl SmallFiles {
    fn reserve(&self, bytes: u64) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                (used + bytes <= SMALL_FILES_BUDGET).then_some(used + bytes)
            })
            .is_ok()
    }

    /// Lets go of what `op` holds.
    pub(crate) fn release(&self, op: &CommitOperationAdd) {
        if let Some(content) = op.state().content.take() {
            self.0.fetch_sub(content.len() as u64, Ordering::Relaxed);
        }
    }
}

/// Asks without the first bytes of files whose hash is known from an earlier run: if the Hub has that content, its
/// answer names the hash, and the file is not read at all.
#[derive(Debug)]
pub(crate) struct Recall {
    index: Option<Arc<HashIndex>>,
    /// The Hub had most of them in another form: each would be asked about twice.
    useless: AtomicBool,
}

impl Recall {
    pub(crate) fn new(index: Option<Arc<HashIndex>>) -> Self {
        Self {
            index,
            useless: AtomicBool::new(false),
        }
    }

    fn index(&self) -> Option<Arc<HashIndex>> {
        self.index
            .clone()
            .filter(|_| !self.useless.load(Ordering::Relaxed))
    }

    fn learn(&self, known: usize, asked_again: usize) {
        if 2 * asked_again > known {
            self.useless.store(true, Ordering::Relaxed);
        }
    }
}

/// Asks the Hub about a batch, reading the first bytes of files where they are needed.
pub(crate) async fn ask(
    cx: &Context,
    batch: Vec<CommitOperationAdd>,
    options: &PrepareOptions,
) -> Result<(Vec<CommitOperationAdd>, Option<CommitHash>)> {
    let (small, index) = (options.small.clone(), options.recall.index());
    let (batch, known) = blocking(move || {
        let (known, unknown): (Vec<_>, Vec<_>) = batch
            .iter()
            .cloned()
            .partition(|op| index.as_ref().is_some_and(|index| index.recall(op)));
        read_samples(&unknown, &small)?;
        Ok((batch, known))
    })
    .await?;
    let head = fetch_upload_modes(cx, &batch, options).await?;
    let unclear: Vec<CommitOperationAdd> = known
        .iter()
        .filter(|op| !is_settled_by_its_hash(op))
        .cloned()
        .collect();
    options.recall.learn(known.len(), unclear.len());
    if !unclear.is_empty() {
        let small = options.small.clone();
        let unclear = blocking(move || read_samples(&unclear, &small).map(|()| unclear)).await?;
        fetch_upload_modes(cx, &unclear, options).await?;
    }
    Ok((batch, head))
}

/// Whether the Hub's answer holds, though it was given without the first bytes of the file: they only matter for
/// content that is new, in a file that neither its name nor its size makes a large one.
fn is_settled_by_its_hash(op: &CommitOperationAdd) -> bool {
    let mut state = op.state();
    let remote = state.remote_oid.as_deref();
    if remote.is_some() && remote == state.sha256.as_ref().map(Sha256::as_str) {
        state.mode = Some(UploadMode::Lfs);
        return true;
    }
    if remote.is_some() && remote == state.git_sha1.as_ref().map(GitSha1::as_str) {
        state.mode = Some(UploadMode::Regular);
        return true;
    }
    state.mode == Some(UploadMode::Lfs) || state.should_ignore
}

/// Reads the first bytes of each file that has none yet. Blocking.
fn read_samples(ops: &[CommitOperationAdd], small: &SmallFiles) -> Result<()> {
    for op in ops {
        let (source, stamp) = {
            let mut state = op.state();
            if state.sample.is_some() {
                continue;
            }
            if let Source::Bytes(bytes) = &state.source {
                let sample = sample_of(bytes);
                state.sample = Some(sample);
                continue;
            }
            (state.source.clone(), state.stamp)
        };
        let whole = op.size() <= SMALL_FILE_BYTES && small.reserve(op.size());
        let mut reader = source.open(0, stamp)?;
        let want = if whole {
            usize::try_from(op.size()).unwrap_or(usize::MAX)
        } else {
            SAMPLE_BYTES
        };
        let bytes = reader.chunk(want)?;
        if whole {
            if bytes.len() as u64 != op.size() {
                reader.check()?;
                return Err(crate::hash::short(&source, op.size(), bytes.len() as u64));
            }
            reader.check()?;
        }
        let mut state = op.state();
        state.sample = Some(sample_of(&bytes));
        if whole {
            state.content = Some(bytes);
        }
    }
    Ok(())
}

fn sample_of(bytes: &Bytes) -> Bytes {
    bytes.slice(..bytes.len().min(SAMPLE_BYTES))
}

#[derive(Serialize)]
struct Question<'a> {
    files: Vec<Asked<'a>>,
    #[serde(rename = "gitIgnore", skip_serializing_if = "Option::is_none")]
    git_ignore: Option<&'a str>,
}

#[derive(Serialize)]
struct Asked<'a> {
    path: &'a str,
    sample: String,
    size: u64,
}

#[derive(Deserialize)]
struct Answer {
    files: Vec<Told>,
    #[serde(rename = "commitOid", default)]
    commit_oid: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    path: String,
    upload_mode: Mode,
    #[serde(default)]
    should_ignore: bool,
    oid: Option<Box<str>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Lfs,
    Regular,
}

/// Asks about up to [`PREUPLOAD_BATCH`] files, whose samples were read, and writes the answers into them.
///
/// Returns the head of the branch, where the Hub tells it.
async fn fetch_upload_modes(
    cx: &Context,
    ops: &[CommitOperationAdd],
    options: &PrepareOptions,
) -> Result<Option<CommitHash>> {
    let question = Question {
        files: ops
            .iter()
            .map(|op| Asked {
                path: op.path_in_repo(),
                sample: STANDARD.encode(op.state().sample.as_deref().unwrap_or_default()),
                size: op.size(),
            })
            .collect(),
        git_ignore: options.git_ignore.as_deref(),
    };
    let target = cx.target.api_at("preupload", cx.target.revision.as_str());
    let mut request = cx
        .request(Request::post(target))
        .operation("preupload")
        .idempotent(true)
        .json(&question);
    if options.create_pr {
        request = request.query("create_pr", 1);
    }
    let answer: Answer = cx
        .client
        .fetch(request)
        .await
        .map_err(no_repo_hint)?
        .json()?;
    let mut told: HashMap<&str, &Told> = HashMap::with_capacity(answer.files.len());
    told.extend(answer.files.iter().map(|file| (file.path.as_str(), file)));
    for op in ops {
        let Some(file) = told.get(op.path_in_repo()) else {
            return Err(Error::decode(format!(
                "the Hub's answer to preupload says nothing about `{}`",
                op.path_in_repo()
            )));
        };
        let mut state = op.state();
        // Storage refuses empty objects; git takes them.
        state.mode = Some(match file.upload_mode {
            Mode::Lfs if op.size() > 0 => UploadMode::Lfs,
            _ => UploadMode::Regular,
        });
        state.should_ignore = file.should_ignore;
        state.remote_oid.clone_from(&file.oid);
    }
    Ok(answer.commit_oid.and_then(|oid| oid.parse().ok()))
}
