//! The stages of an LFS upload, each of which runs at its own pace.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::FutureExt as _;
use futures_util::stream::{self, FuturesUnordered, StreamExt as _};
use hf_transport::progress::FileOutcome;
use hf_transport::{BoxFuture, Error, HostConcurrency, Result};
use hf_types::Sha256;
use tokio::time::Instant;

use super::protocol::{BATCH_OBJECTS, Object, ObjectId, batch};
use super::send::Sender;
use crate::blocking::on_thread;
use crate::content::KnownHashes;
use crate::context::{Context, Progress};
use crate::file::LargeFile;
use crate::hash::sha256_of;
use crate::index::HashIndex;
use crate::limits::hash_threads;
use crate::transfer::{UploadJob, UploadTransfer};

/// While nothing is being uploaded, this number of hashed files triggers a first batch request, even if more
/// will follow.
const FIRST_BATCH_FILES: usize = 32;
/// So does this number of bytes; for each later request, four times as many. This results in few requests
/// overall, and in one more than full batches would need for files of ordinary size.
const FIRST_BATCH_BYTES: u64 = 256 * 1024 * 1024;
/// The longest time that a hashed file waits for others while nothing is being uploaded.
const MAX_IDLE: Duration = Duration::from_secs(2);

/// The Git LFS protocol with basic and multipart transfers.
///
/// Hashing, uploading and verification overlap. A file is read once to hash it and once to upload it.
#[derive(Debug, Clone, Copy, Default)]
pub struct LfsTransfer;

impl UploadTransfer for LfsTransfer {
    fn name(&self) -> &'static str {
        "lfs"
    }

    fn upload(&self, job: UploadJob) -> BoxFuture<'_, Result<()>> {
        Box::pin(run(job))
    }
}

async fn run(job: UploadJob) -> Result<()> {
    let UploadJob {
        cx,
        create_pr,
        options,
        mut files,
        stored,
        ..
    } = job;
    // The branch is omitted for a pull request, which users may open on a branch that they cannot write to.
    let revision: Option<Arc<str>> = (!create_pr).then(|| cx.target.revision.as_str().into());
    let (at_once, at_most) = (options.concurrency.initial(), options.concurrency.max());
    let sender = Sender {
        cx: cx.clone(),
        revision: revision.clone(),
        permits: HostConcurrency::new(options.concurrency),
        completion_timeout: options.completion_timeout,
    };
    let (hash_cx, index) = (cx.clone(), options.index.clone());
    let mut hashed = stream::poll_fn(move |task| files.poll_recv(task))
        .map(move |file| hash(hash_cx.progress.clone(), index.clone(), file))
        .buffer_unordered(hash_threads())
        .fuse();
    let mut waiting = Waiting::default();
    let mut requests = FuturesUnordered::new();
    let mut ready: VecDeque<(LargeFile, ObjectId, Object)> = VecDeque::new();
    let mut sending = FuturesUnordered::new();
    // Files beyond the permits are those that wait for verification.
    let max_sending = 2 * at_most;

    loop {
        let idle = ready.len() + sending.len() < at_once && requests.is_empty();
        let all_hashed = hashed.is_done();
        let overdue = waiting.overdue().filter(|_| idle);
        if requests.is_empty()
            && ready.len() < BATCH_OBJECTS
            && (waiting.full()
                || all_hashed
                || (idle && waiting.is_worth_a_request())
                || overdue.is_some_and(|at| at <= Instant::now()))
        {
            let objects = waiting.take();
            if !objects.is_empty() {
                requests.push(request_actions(&cx, objects, revision.clone()).boxed());
            }
        }
        while sending.len() < max_sending
            && let Some((file, object, instructions)) = ready.pop_front()
        {
            let sender = &sender;
            sending.push(async move {
                let Some(actions) = instructions.into_actions() else {
                    return Ok((file, object, FileOutcome::Present));
                };
                sender
                    .cx
                    .progress
                    .file_begin(file.path_in_repo(), file.size());
                match sender.send(&file, object, actions).await {
                    Ok(()) => Ok((file, object, FileOutcome::Done)),
                    Err(error) => {
                        let path = file.path_in_repo();
                        sender.cx.progress.file_end(path, FileOutcome::Failed);
                        Err(error.with_context(format!("uploading `{path}`")))
                    }
                }
            });
        }
        // Biased towards the end of the pipeline, because finished files make room for others.
        tokio::select! {
            biased;
            Some(sent) = sending.next() => {
                let (file, object, outcome) = sent?;
                for file in std::iter::once(file).chain(waiting.duplicates(object)) {
                    cx.progress.file_end(file.path_in_repo(), outcome);
                    stored.done(file, object.oid)?;
                }
            }
            Some(objects) = requests.next() => ready.extend(objects?),
            next = hashed.next(), if !waiting.full() && !all_hashed => {
                if let Some(next) = next {
                    let (file, sha256) = next?;
                    if file.is_unchanged(sha256) {
                        cx.progress.file_end(file.path_in_repo(), FileOutcome::Present);
                        stored.done(file, sha256)?;
                    } else {
                        waiting.push(file, sha256);
                    }
                }
            }
            () = tokio::time::sleep_until(overdue.unwrap_or_else(Instant::now)), if overdue.is_some() => {}
            else => return Ok(()),
        }
    }
}

async fn hash(
    progress: Progress,
    index: Option<Arc<HashIndex>>,
    mut file: LargeFile,
) -> Result<(LargeFile, Sha256)> {
    if let Some(known) = file.sha256() {
        return Ok((file, known));
    }
    // A file may take minutes to hash, so the thread stops when this future is dropped.
    let waited_for = Arc::new(());
    let waiting = Arc::downgrade(&waited_for);
    let hashed = on_thread("hf-upload-hash", move || {
        let recalled = index.as_ref().zip(file.identity.as_ref());
        let recalled = recalled.and_then(|(index, identity)| index.recall(identity).sha256);
        if let Some(known) = recalled {
            file.set_sha256(known);
            return Ok((file, known));
        }
        let sha256 = sha256_of(&file.content, &mut |bytes| {
            progress.hashed(file.path_in_repo(), bytes);
            waiting.strong_count() > 0
        })?;
        file.set_sha256(sha256);
        if let (Some(index), Some(identity)) = (index, &file.identity) {
            let hashes = KnownHashes {
                sha256: Some(sha256),
                git_sha1: None,
            };
            index.remember([(identity, hashes)]);
        }
        Ok((file, sha256))
    })
    .await;
    drop(waited_for);
    hashed
}

async fn request_actions(
    cx: &Context,
    files: Vec<(LargeFile, ObjectId)>,
    revision: Option<Arc<str>>,
) -> Result<Vec<(LargeFile, ObjectId, Object)>> {
    let objects: Vec<ObjectId> = files.iter().map(|(_, object)| *object).collect();
    let instructions = batch(cx, &objects, revision.as_deref()).await?;
    let mut by_oid: HashMap<String, Object> = instructions
        .into_iter()
        .map(|a| (a.oid.clone(), a))
        .collect();
    files
        .into_iter()
        .map(|(file, object)| {
            let instructions = by_oid.remove(object.oid.as_str()).ok_or_else(|| {
                Error::decode(format!(
                    "the response of the LFS batch endpoint has no entry for `{}`",
                    file.path_in_repo()
                ))
            })?;
            Ok((file, object, instructions))
        })
        .collect()
}

/// Hashed files that wait for a batch request.
#[derive(Default)]
struct Waiting {
    files: Vec<(LargeFile, ObjectId)>,
    bytes: u64,
    batches: u32,
    /// When the first of them was added.
    since: Option<Instant>,
    /// Files with the same content as one that is being uploaded.
    duplicates: HashMap<ObjectId, Vec<LargeFile>>,
}

impl Waiting {
    fn push(&mut self, file: LargeFile, oid: Sha256) {
        let object = ObjectId {
            oid,
            size: file.size(),
        };
        if let Some(duplicates) = self.duplicates.get_mut(&object) {
            duplicates.push(file);
        } else {
            self.duplicates.insert(object, Vec::new());
            self.bytes = self.bytes.saturating_add(object.size);
            self.since.get_or_insert_with(Instant::now);
            self.files.push((file, object));
        }
    }

    /// Returns the files that are also stored, now that `object` is.
    fn duplicates(&mut self, object: ObjectId) -> Vec<LargeFile> {
        self.duplicates.remove(&object).unwrap_or_default()
    }

    fn full(&self) -> bool {
        self.files.len() >= BATCH_OBJECTS
    }

    fn is_worth_a_request(&self) -> bool {
        (self.batches == 0 && self.files.len() >= FIRST_BATCH_FILES)
            || self.bytes >= (FIRST_BATCH_BYTES << (2 * self.batches).min(16))
    }

    fn overdue(&self) -> Option<Instant> {
        self.since.map(|since| since + MAX_IDLE)
    }

    fn take(&mut self) -> Vec<(LargeFile, ObjectId)> {
        if !self.files.is_empty() {
            self.batches += 1;
        }
        self.bytes = 0;
        self.since = None;
        std::mem::take(&mut self.files)
    }
}
