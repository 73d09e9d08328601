//! Asking the Hub how it wants each file.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hf_transport::{Error, Request, Result};
use hf_types::CommitHash;
use serde::{Deserialize, Serialize};

use crate::operation::{CommitOperationAdd, UploadMode};
use crate::source::Source;
use crate::target::Context;

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

/// Reads the first bytes of each file that has none yet. Blocking.
pub(crate) fn read_samples(ops: &[CommitOperationAdd], small: &SmallFiles) -> Result<()> {
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
pub(crate) async fn fetch_upload_modes(
    cx: &Context,
    ops: &[CommitOperationAdd],
    create_pr: bool,
    git_ignore: Option<&str>,
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
        git_ignore,
    };
    let target = cx.target.api_at("preupload", cx.target.revision.as_str());
    let mut request = cx
        .request(Request::post(target))
        .operation("preupload")
        .repeatable(true)
        .json(&question);
    if create_pr {
        request = request.query("create_pr", 1);
    }
    let answer: Answer = cx.client.fetch(request).await?.json()?;
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
