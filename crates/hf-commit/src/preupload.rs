//! `POST /preupload`: asks the Hub how it stores each file.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hf_transport::{Error, Request, Result};
use hf_types::{CommitHash, GitSha1, Sha256};
use serde::{Deserialize, Serialize};

use crate::blocking::blocking;
use crate::content::SmallFiles;
use crate::context::{Context, no_repo_hint};
use crate::file::{ClassifiedFile, FoundFile, PreuploadEntry};
use crate::index::HashIndex;
use crate::operation::UploadMode;
use crate::source::short;

/// The size of the sample from the start of a file that is sent to the Hub.
const SAMPLE_BYTES: usize = 512;
/// Files up to this size are read as a whole and only once, while the memory budget lasts.
const SMALL_FILE_BYTES: u64 = 16 * 1024;

/// The options shared by all preupload requests of one call.
pub(crate) struct PreuploadOptions {
    create_pr: bool,
    git_ignore: Option<String>,
    small: SmallFiles,
    index: Option<Arc<HashIndex>>,
    /// Set when omitting the samples did not pay: the Hub had other content for most of the files, so that
    /// each needed a second request.
    samples_always: AtomicBool,
}

impl PreuploadOptions {
    pub(crate) fn new(
        create_pr: bool,
        git_ignore: Option<String>,
        index: Option<Arc<HashIndex>>,
    ) -> Self {
        Self {
            create_pr,
            git_ignore,
            small: SmallFiles::default(),
            index,
            samples_always: AtomicBool::new(false),
        }
    }

    fn index(&self) -> Option<Arc<HashIndex>> {
        self.index
            .clone()
            .filter(|_| !self.samples_always.load(Ordering::Relaxed))
    }

    fn learn(&self, known: usize, sent_again: usize) {
        if 2 * sent_again > known {
            self.samples_always.store(true, Ordering::Relaxed);
        }
    }
}

/// A batch of files with the Hub's response.
pub(crate) struct PreuploadedBatch {
    pub(crate) files: Vec<ClassifiedFile>,
    /// The head of the branch, if the Hub reported it.
    pub(crate) head: Option<CommitHash>,
}

/// Sends preupload requests for a batch, reading the first bytes of files where they are needed.
///
/// Files whose hash is known from an earlier run are first sent without a sample. If the Hub has that
/// content, its response contains the hash, and the file is not read at all.
pub(crate) async fn preupload(
    cx: &Context,
    files: Vec<FoundFile>,
    options: &PreuploadOptions,
) -> Result<PreuploadedBatch> {
    let (small, index) = (options.small.clone(), options.index());
    let mut files = files;
    let (mut files, recalled) = blocking(move || {
        let mut recalled = vec![false; files.len()];
        for (file, recalled) in files.iter_mut().zip(&mut recalled) {
            *recalled = index.as_ref().is_some_and(|index| recall(index, file));
            if !*recalled {
                read_sample(file, &small)?;
            }
        }
        Ok((files, recalled))
    })
    .await?;
    let (mut entries, head) = fetch_entries(cx, &files, options).await?;
    let mut unclear = Vec::new();
    for (at, _) in recalled
        .iter()
        .enumerate()
        .filter(|(_, recalled)| **recalled)
    {
        if !decide_by_hash(&files[at], &mut entries[at]) {
            unclear.push(at);
        }
    }
    let known = recalled.iter().filter(|recalled| **recalled).count();
    options.learn(known, unclear.len());
    if !unclear.is_empty() {
        let small = options.small.clone();
        let mut again = Vec::with_capacity(unclear.len());
        let mut rest = Vec::with_capacity(files.len() - unclear.len());
        for (at, file) in files.into_iter().enumerate() {
            let group = match unclear.binary_search(&at) {
                Ok(_) => &mut again,
                Err(_) => &mut rest,
            };
            group.push((at, file));
        }
        let (positions, mut sampled): (Vec<usize>, Vec<FoundFile>) = again.into_iter().unzip();
        sampled = blocking(move || {
            for file in &mut sampled {
                read_sample(file, &small)?;
            }
            Ok(sampled)
        })
        .await?;
        let (entries_again, _same_head) = fetch_entries(cx, &sampled, options).await?;
        for (at, entry) in positions.iter().zip(entries_again) {
            entries[*at] = entry;
        }
        rest.extend(positions.into_iter().zip(sampled));
        rest.sort_unstable_by_key(|(at, _)| *at);
        files = rest.into_iter().map(|(_, file)| file).collect();
    }
    let files = files
        .into_iter()
        .zip(entries)
        .map(|(file, entry)| ClassifiedFile::new(file, entry))
        .collect();
    Ok(PreuploadedBatch { files, head })
}

/// Recalls the hashes from an earlier run, and returns whether there are any.
fn recall(index: &HashIndex, file: &mut FoundFile) -> bool {
    let Some(identity) = &file.identity else {
        return false;
    };
    let known = index.recall(identity);
    file.hashes.sha256 = file.hashes.sha256.or(known.sha256);
    file.hashes.git_sha1 = file.hashes.git_sha1.or(known.git_sha1);
    known.sha256.is_some() || known.git_sha1.is_some()
}

/// Returns whether `entry` is valid even though no sample was sent. Samples only matter for new content, in
/// a file that neither its name nor its size makes a large one.
fn decide_by_hash(file: &FoundFile, entry: &mut PreuploadEntry) -> bool {
    let remote = entry.remote_oid.as_deref();
    if remote.is_some() && remote == file.hashes.sha256.as_ref().map(Sha256::as_str) {
        entry.mode = UploadMode::Lfs;
        return true;
    }
    if remote.is_some() && remote == file.hashes.git_sha1.as_ref().map(GitSha1::as_str) {
        entry.mode = UploadMode::Regular;
        return true;
    }
    entry.mode == UploadMode::Lfs || entry.should_ignore
}

/// Reads the first bytes of a file, or all bytes if it is small. Blocking.
fn read_sample(file: &mut FoundFile, small: &SmallFiles) -> Result<()> {
    if file.content.size <= SMALL_FILE_BYTES {
        file.content.read_ahead(small)?;
    }
    let bytes = if let Some(bytes) = file.content.in_memory() {
        bytes.slice(..bytes.len().min(SAMPLE_BYTES))
    } else {
        let size = file.content.size;
        // A file that is being appended to may be longer than the part to be uploaded.
        let want = usize::try_from(size).map_or(SAMPLE_BYTES, |size| size.min(SAMPLE_BYTES));
        let bytes = file.content.open(0)?.chunk(want)?;
        if bytes.len() < want {
            return Err(short(&file.content.source, size, bytes.len() as u64));
        }
        bytes
    };
    file.sample = Some(bytes);
    Ok(())
}

#[derive(Serialize)]
struct PreuploadRequest<'a> {
    files: Vec<PreuploadFile<'a>>,
    #[serde(rename = "gitIgnore", skip_serializing_if = "Option::is_none")]
    git_ignore: Option<&'a str>,
}

#[derive(Serialize)]
struct PreuploadFile<'a> {
    path: &'a str,
    sample: String,
    size: u64,
}

#[derive(Deserialize)]
struct PreuploadResponse {
    files: Vec<ResponseEntry>,
    #[serde(
        rename = "commitOid",
        default,
        deserialize_with = "hf_types::lenient::text"
    )]
    commit_oid: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseEntry {
    path: String,
    upload_mode: Mode,
    #[serde(default, deserialize_with = "hf_types::lenient::flag")]
    should_ignore: Option<bool>,
    #[serde(default, deserialize_with = "hf_types::lenient::text")]
    oid: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Lfs,
    Regular,
}

/// Sends the request for up to [`PREUPLOAD_BATCH`](crate::limits::PREUPLOAD_BATCH) files.
///
/// Returns one entry per file in the order of `files`, and the head of the branch, if the Hub reports it.
async fn fetch_entries(
    cx: &Context,
    files: &[FoundFile],
    options: &PreuploadOptions,
) -> Result<(Vec<PreuploadEntry>, Option<CommitHash>)> {
    let body = PreuploadRequest {
        files: files
            .iter()
            .map(|file| PreuploadFile {
                path: &file.path_in_repo,
                sample: STANDARD.encode(file.sample.as_deref().unwrap_or_default()),
                size: file.content.size,
            })
            .collect(),
        git_ignore: options.git_ignore.as_deref(),
    };
    let url = cx.target.api_at("preupload", cx.target.revision.as_str());
    let mut request = cx
        .request(Request::post(url))
        .operation("preupload")
        .idempotent(true)
        .json(&body);
    if options.create_pr {
        request = request.query("create_pr", 1);
    }
    let response: PreuploadResponse = cx
        .client
        .fetch(request)
        .await
        .map_err(no_repo_hint)?
        .json()?;
    let mut by_path: HashMap<&str, &ResponseEntry> = HashMap::with_capacity(response.files.len());
    by_path.extend(response.files.iter().map(|file| (file.path.as_str(), file)));
    let entries = files
        .iter()
        .map(|file| {
            let Some(entry) = by_path.get(&*file.path_in_repo) else {
                return Err(Error::decode(format!(
                    "the response to preupload has no entry for `{}`",
                    file.path_in_repo
                )));
            };
            Ok(PreuploadEntry {
                mode: match entry.upload_mode {
                    Mode::Lfs => UploadMode::Lfs,
                    Mode::Regular => UploadMode::Regular,
                },
                should_ignore: entry.should_ignore.unwrap_or(false),
                remote_oid: entry.oid.as_deref().map(Into::into),
            })
        })
        .collect::<Result<_>>()?;
    let head = response.commit_oid.and_then(|oid| oid.parse().ok());
    Ok((entries, head))
}
