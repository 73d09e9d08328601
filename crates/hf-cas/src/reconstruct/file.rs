//! One file of a store.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hf_transport::{Error, ErrorKind, Result, concat};
use tokio::task::JoinSet;

use super::assemble::ChunkAt;
use super::plan::Reconstruction;
use super::ranges::RangeSet;
use super::run::Run;
use super::sink::{Memory, Sink};
use super::source::{Shared, Source};
use super::verify::{Observer, Verifier};
use crate::Hash;
use crate::client::CasClient;

/// Bytes of a stream that are fetched together, in parallel.
const SEGMENT: u64 = 8 << 20;
/// Segments of a stream that are fetched at once.
const SEGMENTS: usize = 4;

/// What is known of the bytes of a download when it has ended well. Lengths have been checked in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "bytes that were not verified are to be checked against a hash"]
pub enum Verified {
    /// All bytes of the file were written, and together they have the file's hash in the store.
    File,
    /// A part of the file was written, of which no hash is known.
    No,
}

/// A file of a store, to be read as a whole or in parts, as often as needed.
///
/// Created by [`DownloadSession::file`](super::DownloadSession::file).
#[derive(Clone)]
pub struct FileDownload(Arc<Source>);

impl FileDownload {
    pub(super) fn new(shared: Shared, store: CasClient, hash: Hash, size: u64) -> Self {
        Self(Arc::new(Source {
            shared,
            store,
            hash,
            size,
        }))
    }

    /// Returns the hash of the file in the store.
    pub fn hash(&self) -> &Hash {
        &self.0.hash
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// Returns the store.
    pub fn store(&self) -> &CasClient {
        &self.0.store
    }

    /// Writes the whole file, in any order.
    ///
    /// The chunks are hashed on all cores as they arrive, and their tree is compared with the file's hash.
    ///
    /// # Errors
    /// As [`write_ranges`](Self::write_ranges), and `Checksum` if the bytes are not the file's: then they are to be thrown
    /// away.
    pub async fn write_all(&self, sink: &mut impl Sink) -> Result<Verified> {
        self.write_ranges(std::iter::once(0..self.size()), sink)
            .await
    }

    /// Writes the given parts of the file, in any order.
    ///
    /// Only together with all others can the bytes of a chunk be verified: for less than the whole file, this checks
    /// lengths alone, and says so.
    ///
    /// Dropping the future ends all requests.
    ///
    /// # Errors
    /// Errors of the sink as they are; what the store responds if it fails five times in a row without a new byte between;
    /// `Decode` for bytes that make no sense twice in a row.
    pub async fn write_ranges(
        &self,
        ranges: impl IntoIterator<Item = Range<u64>>,
        sink: &mut impl Sink,
    ) -> Result<Verified> {
        let ranges = RangeSet::of(ranges);
        if let Some(last) = ranges.iter().last() {
            self.check_range(&last)?;
        }
        let whole = ranges == RangeSet::of(Some(0..self.size()));
        if !whole {
            Run::new(&self.0, ranges, sink, None).run().await?;
            return Ok(Verified::No);
        }
        let mut verifier = Verifier::new();
        Run::new(&self.0, ranges, sink, Some(&mut verifier))
            .run()
            .await?;
        self.verified(&verifier).await?;
        Ok(Verified::File)
    }

    /// Returns how many bytes reading a part of the file fetches: its chunks, as they are compressed, to their borders.
    /// Those that are on disk already count as well.
    ///
    /// `GET /v2/reconstructions/{hash}`, or the older form.
    ///
    /// # Errors
    /// `Validation` for a range beyond the end of the file, and what the store responds.
    pub async fn encoded_len(&self, range: Range<u64>) -> Result<u64> {
        self.check_range(&range)?;
        if range.is_empty() {
            return Ok(0);
        }
        Ok(self.0.plan(range).await?.encoded_len())
    }

    /// Returns the bytes of a part of the file in order, with at most 32 MiB read ahead.
    ///
    /// Lengths are checked. A stream of the whole file ends with a `Checksum` error if its bytes were not the file's.
    pub fn stream(&self, range: Range<u64>) -> impl Stream<Item = Result<Bytes>> + Send + use<> {
        let file = self.clone();
        let whole = range == (0..self.size());
        let checked = self.check_range(&range).map(|()| range.start);
        let plans = {
            let file = file.clone();
            stream::try_unfold(checked, move |at| {
                let (file, end) = (file.clone(), range.end);
                async move {
                    let at = at?;
                    if at >= end {
                        return Ok::<_, Error>(None);
                    }
                    let plan = file.0.plan(at..end.min(at + SEGMENT)).await?;
                    // On to the end of the chunk, so that no chunk is in two segments.
                    let next = plan.covered().end.min(end);
                    Ok(Some(((at..next, plan), Ok(next))))
                }
            })
        };
        let segments = {
            let file = file.clone();
            plans
                .map_ok(move |(range, plan)| on_its_own(file.clone().segment(range, plan, whole)))
                .try_buffered(SEGMENTS)
        };
        let mut verifier = whole.then(Verifier::new);
        let checked = segments.and_then(move |segment| {
            let mut failed = None;
            let mut complete = None;
            if let Some(verifier) = &mut verifier {
                let mut chunks = segment.chunks.into_iter();
                failed = chunks.find_map(|chunk| verifier.arrived(chunk).err());
                if segment.end == file.size() {
                    complete = Some((file.clone(), std::mem::replace(verifier, Verifier::new())));
                }
            }
            async move {
                if let Some(error) = failed {
                    return Err(error);
                }
                if let Some((file, verifier)) = complete {
                    file.verified(&verifier).await?;
                }
                Ok(segment.bytes)
            }
        });
        // After an error there is nothing.
        checked.scan(false, |failed, item| {
            let over = std::mem::replace(failed, item.is_err());
            std::future::ready((!over).then_some(item))
        })
    }

    /// Returns a part of the file in memory.
    ///
    /// # Errors
    /// As [`write_ranges`](Self::write_ranges).
    pub async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        // It has a lot of state, which is not to be a part of every future around it.
        concat(Box::pin(self.stream(range))).await
    }

    /// Fetches a part of the file into memory.
    async fn segment(
        self,
        range: Range<u64>,
        plan: Reconstruction,
        keep_chunks: bool,
    ) -> Result<Segment> {
        let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut sink = Memory::new(range.start, length);
        let mut chunks = Vec::new();
        let observer = keep_chunks.then_some(&mut chunks as &mut dyn Observer);
        Run::new(
            &self.0,
            RangeSet::of(Some(range.clone())),
            &mut sink,
            observer,
        )
        .with_plan(plan)
        .run()
        .await?;
        Ok(Segment {
            bytes: sink.into_bytes(),
            end: range.end,
            chunks,
        })
    }

    fn check_range(&self, range: &Range<u64>) -> Result<()> {
        if range.start <= range.end && range.end <= self.size() {
            return Ok(());
        }
        Err(Error::validation(format!(
            "bytes {}..{} are not a part of a file of {} bytes",
            range.start,
            range.end,
            self.size()
        )))
    }

    async fn verified(&self, verifier: &Verifier) -> Result<()> {
        if verifier.is_file(self.hash(), self.size()) {
            return Ok(());
        }
        if let Some(cache) = self.0.chunk_cache().await {
            // Which of the chunks are wrong is not known; the next attempt is not to read them again.
            let clear = move || {
                cache.clear();
                Ok(())
            };
            let _ = hf_transport::spawn_blocking(clear).await;
        }
        Err(Error::new(
            ErrorKind::Checksum,
            format!(
                "the content that the Xet store sends is not the announced one: its hash is {}, expected {}",
                verifier.hash(),
                self.hash()
            ),
        ))
    }
}

/// Runs a segment in a task of its own, which ends with the future. Otherwise a stream that nobody reads would hold places
/// among the requests to its host, and memory, that other downloads wait for.
async fn on_its_own(
    segment: impl Future<Output = Result<Segment>> + Send + 'static,
) -> Result<Segment> {
    let mut task = JoinSet::new();
    task.spawn(segment);
    match task.join_next().await {
        Some(Ok(done)) => done,
        Some(Err(failed)) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
        _ => Err(Error::network(
            "the runtime was shut down during the download",
        )),
    }
}

/// A part of a stream.
struct Segment {
    bytes: Bytes,
    end: u64,
    chunks: Vec<ChunkAt>,
}

impl fmt::Debug for FileDownload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileDownload")
            .field("hash", self.hash())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
