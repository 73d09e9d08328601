//! The third stage, in the calling task: everything that talks to the store.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_core::Stream;
use futures_util::future::OptionFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use hf_transport::digest::Sha256Hasher;
use hf_transport::{BoxFuture, Error, ErrorKind, Result, Thread};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;

use super::Upload;
use super::cut::{BLOCK, BLOCKS_AHEAD, Cutter, Query};
use super::known_chunks;
use super::pack::{Packed, PackedXorb, Packer, Work};
use super::record::Ready;
use super::shards::{Batch, Shards};
use super::source::{UploadSource, Uploaded};
use crate::Hash;
use crate::dedup::ChunkIndex;
use crate::shard::Shard;

/// A xorb is sent when it has this many bytes: a quarter of what the format allows, so that several can be in flight in
/// little memory.
pub(super) const XORB_BYTES: usize = 16 * 1024 * 1024;

/// Xorbs in flight, beside the one that is being filled.
const XORBS_IN_FLIGHT: usize = 3;

/// Files that are read at the same time; each has a few blocks in memory.
const FILES_AHEAD: usize = 4;

/// A file of this length is cut without waiting for the next stage, and needs no thread of its own.
const SHORT_FILE: u64 = (BLOCKS_AHEAD * BLOCK / 2) as u64;

/// Questions to the store that are asked at the same time.
const QUERIES_IN_FLIGHT: usize = 8;

/// After so many failures in a row the store is not asked any more.
const MAX_FAILED_QUERIES: u32 = 3;

/// If no further file comes for this long, those that there are do not wait any longer.
const IDLE: Duration = Duration::from_millis(250);

/// No file waits longer than this for others to share a shard with.
const MAX_WAIT: Duration = Duration::from_secs(3);

type Sent = Result<(u64, Option<PathBuf>)>;
type Posted = (Batch, Result<()>);

/// The state of an upload in progress.
struct Drive<'a> {
    upload: &'a Upload,
    index: Arc<Mutex<ChunkIndex>>,
    cutter: Cutter,
    work: mpsc::UnboundedSender<Work>,
    shards: Shards,
    /// Files that are read once more.
    again: VecDeque<UploadSource>,
    /// Files that were begun and not reported.
    outstanding: usize,
    /// Whether files were begun since the last flush.
    fed: bool,
    last_fed: Instant,
    first_ready: Option<Instant>,
    trusts: bool,
    failed_queries: u32,
    cutting: FuturesUnordered<BoxFuture<'a, Result<()>>>,
    sending: FuturesUnordered<BoxFuture<'a, Sent>>,
    posting: FuturesUnordered<BoxFuture<'a, Posted>>,
    asking: FuturesUnordered<BoxFuture<'a, Result<()>>>,
}

pub(super) async fn run(
    upload: &Upload,
    files: impl Stream<Item = UploadSource>,
    mut on_file: impl FnMut(Uploaded) -> Result<()>,
) -> Result<()> {
    let mut files = pin!(files.fuse());
    let index = known_chunks::load(upload).await?;
    let (queries, mut asked) = mpsc::unbounded_channel::<Query>();
    let (work, packer_work) = mpsc::unbounded_channel();
    let (packed, mut packed_rx) = mpsc::channel(1);
    let packer = Packer::new(
        Arc::clone(&index),
        packed,
        upload.progress.clone(),
        upload.xorb_bytes,
    );
    let mut packing: Thread<()> = hf_transport::spawn_thread("hf-xet-pack", move || {
        packer.run(packer_work);
        Ok(())
    })?;
    let mut drive = Drive {
        upload,
        cutter: Cutter {
            buffers: super::buffers::Buffers::default(),
            index: Arc::clone(&index),
            queries: upload.with_queries.then_some(queries),
            with_sha256: upload.with_sha256,
            progress: upload.progress.clone(),
        },
        index,
        work,
        shards: Shards::default(),
        again: VecDeque::new(),
        outstanding: 0,
        fed: false,
        last_fed: Instant::now(),
        first_ready: None,
        trusts: true,
        failed_queries: 0,
        cutting: FuturesUnordered::new(),
        sending: FuturesUnordered::new(),
        posting: FuturesUnordered::new(),
        asking: FuturesUnordered::new(),
    };
    let slots = Arc::new(Semaphore::new(FILES_AHEAD));
    let mut slot: Option<OwnedSemaphorePermit> = None;

    loop {
        while let Some(batch) = drive.shards.next_ready() {
            drive.post(batch);
        }
        if slot.is_some()
            && let Some(file) = drive.again.pop_front()
        {
            drive.begin(file, slot.take())?;
            continue;
        }
        let all_taken = files.is_done() && drive.again.is_empty();
        if all_taken && drive.fed {
            drive.flush();
        }
        if all_taken
            && drive.outstanding == 0
            && drive.shards.is_empty()
            && drive.posting.is_empty()
        {
            return Ok(());
        }
        let idle_at = (drive.fed && slot.is_some()).then(|| drive.last_fed + IDLE);
        let close_at = drive.first_ready.map(|first| first + MAX_WAIT);
        let wants_slot = slot.is_none() && !all_taken;
        tokio::select! {
            biased;
            Some(sent) = drive.sending.next() => {
                let (number, staged) = sent?;
                drive.shards.accepted(number, staged);
            }
            Some((batch, posted)) = drive.posting.next() => {
                drive.posted(batch, posted, &mut on_file).await?;
            }
            Some(answered) = drive.asking.next() => drive.answered(answered),
            Some(query) = asked.recv(), if drive.asking.len() < QUERIES_IN_FLIGHT => drive.ask(query),
            Some(cut) = drive.cutting.next() => cut?,
            next = packed_rx.recv(), if drive.sending.len() < XORBS_IN_FLIGHT => {
                let Some(packed) = next else {
                    (&mut packing).await?;
                    return Err(Error::new(ErrorKind::Upload, "a thread of the upload has ended"));
                };
                drive.packed(packed)?;
            }
            Ok(free) = Arc::clone(&slots).acquire_owned(), if wants_slot => slot = Some(free),
            file = files.next(), if slot.is_some() && !files.is_done() => {
                if let Some(file) = file {
                    if file.len == 0 {
                        on_file(empty(&file, upload.with_sha256))?;
                    } else {
                        drive.begin(file, slot.take())?;
                    }
                }
            }
            Some(()) = OptionFuture::from(idle_at.map(tokio::time::sleep_until)) => drive.flush(),
            Some(()) = OptionFuture::from(close_at.map(tokio::time::sleep_until)) => drive.close(),
        }
    }
}

/// The store knows the empty file without a shard.
fn empty(file: &UploadSource, with_sha256: bool) -> Uploaded {
    Uploaded {
        name: Arc::clone(&file.name),
        id: file.id,
        hash: Hash::ZERO,
        len: 0,
        sha256: with_sha256.then(|| Sha256Hasher::digest([])),
        deduplicated: 0,
    }
}

impl Drive<'_> {
    fn begin(&mut self, file: UploadSource, slot: Option<OwnedSemaphorePermit>) -> Result<()> {
        let Some(permit) = slot else { return Ok(()) };
        let (sender, pieces) = mpsc::channel(BLOCKS_AHEAD + 1);
        let (cutter, source) = (self.cutter.clone(), file.clone());
        let cut = move || {
            cutter.run(&source, &sender);
            Ok(())
        };
        if file.len <= SHORT_FILE {
            self.cutting
                .push(Box::pin(hf_transport::spawn_blocking(cut)));
        } else {
            let thread = hf_transport::spawn_thread("hf-xet-cut", cut)?;
            self.cutting.push(Box::pin(thread));
        }
        self.outstanding += 1;
        self.fed = true;
        self.last_fed = Instant::now();
        // If nobody receives, the stage has ended, which is noticed elsewhere.
        let _ = self.work.send(Work::File {
            file,
            pieces,
            permit,
        });
        Ok(())
    }

    fn flush(&mut self) {
        self.fed = false;
        let _ = self.work.send(Work::Flush);
    }

    fn close(&mut self) {
        self.first_ready = None;
        self.shards.close();
    }

    fn packed(&mut self, packed: Packed) -> Result<()> {
        match packed {
            Packed::Xorb(xorb) => self.send(xorb),
            Packed::File(ready) => {
                self.first_ready.get_or_insert_with(Instant::now);
                self.shards.add_file(*ready);
                if !self.shards.has_files() {
                    self.first_ready = None;
                }
            }
            Packed::Flushed => self.close(),
            Packed::Failed(error) => return Err(error),
        }
        Ok(())
    }

    fn send(&mut self, packed: PackedXorb) {
        let PackedXorb { xorb, info, files } = packed;
        let mut known = Shard::new();
        known.xorbs.push(info.clone());
        let number = self.shards.sending(info);
        let Upload {
            store,
            cache,
            progress,
            ..
        } = self.upload.clone();
        self.sending.push(Box::pin(async move {
            store.put_xorb(xorb.hash(), xorb.data().clone()).await?;
            if let Some(progress) = progress {
                progress.sent(xorb.data().len() as u64);
                for (file, bytes) in files {
                    progress.stored(&file, bytes);
                }
            }
            drop(xorb);
            let Some(cache) = cache else {
                return Ok((number, None));
            };
            // An upload that is interrupted from here on does not send this xorb again.
            let staged = hf_transport::spawn_blocking(move || Ok(cache.add_own(&known))).await?;
            Ok((number, staged))
        }));
    }

    fn post(&mut self, batch: Batch) {
        let store = Arc::clone(&self.upload.store);
        let progress = self.upload.progress.clone();
        self.posting.push(Box::pin(async move {
            let data = batch.shard().to_upload();
            let bytes = data.len() as u64;
            let posted = store.put_shard(data.into()).await;
            if let (Ok(()), Some(progress)) = (&posted, progress) {
                progress.sent(bytes);
            }
            (batch, posted)
        }));
    }

    async fn posted(
        &mut self,
        batch: Batch,
        posted: Result<()>,
        on_file: &mut impl FnMut(Uploaded) -> Result<()>,
    ) -> Result<()> {
        if let Err(error) = posted {
            return self.refused(batch, error).await;
        }
        if let Some(cache) = self.upload.cache.clone()
            && !batch.xorbs.is_empty()
        {
            let (shard, staged) = (batch.shard(), batch.staged);
            hf_transport::spawn_blocking(move || {
                if let Some(kept) = cache.add_own(&shard) {
                    for path in staged.into_iter().filter(|path| *path != kept) {
                        let _ = std::fs::remove_file(path);
                    }
                }
                Ok(())
            })
            .await?;
        }
        for ready in batch.files {
            self.outstanding -= 1;
            on_file(uploaded(ready))?;
        }
        Ok(())
    }

    /// The store has refused a shard. If files in it rest on what a cache or the store said, they are uploaded once more
    /// without that.
    async fn refused(&mut self, batch: Batch, error: Error) -> Result<()> {
        // The newer route says it in a line of its response, whose status is 200.
        let by_status = error
            .status()
            .is_some_and(|status| status.is_client_error());
        let by_line = error.kind() == ErrorKind::Upload;
        let says_wrong = (by_status || by_line) && !error.is_auth() && !error.is_retryable();
        if !says_wrong || !batch.files.iter().any(|file| file.trusts) {
            return Err(error);
        }
        tracing::warn!(
            error = %error,
            "the store refused what it, or the cache of shards, had said before; its files are uploaded again without"
        );
        self.trusts = false;
        self.index
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .forget_told();
        if let Some(cache) = self.upload.cache.clone() {
            hf_transport::spawn_blocking(move || {
                cache.clear();
                Ok(())
            })
            .await?;
        }
        let mut rest = batch;
        for ready in rest.files.extract_if(.., |file| file.trusts) {
            if let Some(progress) = &self.upload.progress {
                progress.restarted(&ready.file.name, ready.file.len);
            }
            self.outstanding -= 1;
            self.again.push_back(ready.file);
        }
        rest.staged.clear();
        if !rest.is_empty() {
            self.post(rest);
        }
        Ok(())
    }

    fn ask(&mut self, query: Query) {
        if !self.trusts || self.failed_queries >= MAX_FAILED_QUERIES {
            // Dropping it ends the wait.
            return;
        }
        let asked = known_chunks::ask(self.upload.clone(), Arc::clone(&self.index), query);
        self.asking.push(Box::pin(asked));
    }

    /// A question that fails costs some bytes, and no more.
    fn answered(&mut self, answered: Result<()>) {
        match answered {
            Ok(()) => self.failed_queries = 0,
            Err(error) => {
                self.failed_queries += 1;
                tracing::debug!(%error, "a deduplication query failed");
            }
        }
    }
}

fn uploaded(ready: Ready) -> Uploaded {
    Uploaded {
        name: ready.file.name,
        id: ready.file.id,
        hash: ready.info.hash,
        len: ready.file.len,
        sha256: ready.sha256,
        deduplicated: ready.deduplicated,
    }
}
