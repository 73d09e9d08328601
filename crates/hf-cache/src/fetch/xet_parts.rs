//! Parts of a file from Xet storage, where that is faster than HTTP or costs fewer bytes.

use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _};
use hf_cas::reconstruct::FileDownload;
use hf_transport::Result;
use tokio::sync::OnceCell;

/// Parts from this size on have enough bytes for several connections. A smaller part costs one request by the bridge and
/// two there.
const PARALLEL_FROM: u64 = 16 * 1024 * 1024;
/// From this size on it is worth a request to know whether the store has compressed the file.
const ASK_FROM: u64 = 1024 * 1024;
/// How much of a part the question is about.
const SAMPLE: u64 = 8 * 1024 * 1024;
/// The maximum share of compressed bytes that makes up for the additional request.
const MAX_SHARE: f64 = 0.9;
/// A smaller part is less than a chunk, and the store sends whole chunks.
const CHUNK: u64 = 64 * 1024;

/// A file in Xet storage that is read in parts.
#[derive(Debug)]
pub(crate) struct XetParts {
    file: FileDownload,
    /// Whether chunks are kept on disk, so that what was read once is not fetched again.
    keeps_chunks: bool,
    /// Whether the file is compressed: known when the first part that is long enough is read.
    is_compressed: OnceCell<bool>,
}

impl XetParts {
    pub(crate) fn new(file: FileDownload, keeps_chunks: bool) -> Self {
        Self {
            file,
            keeps_chunks,
            is_compressed: OnceCell::new(),
        }
    }

    /// Returns the bytes in `range` as they arrive, if they are better read from Xet storage than over HTTP.
    pub(super) async fn stream(
        &self,
        range: Range<u64>,
    ) -> Option<BoxStream<'static, Result<Bytes>>> {
        self.is_better(&range)
            .await
            .then(|| self.file.stream(range).boxed())
    }

    async fn is_better(&self, range: &Range<u64>) -> bool {
        let length = range.end.saturating_sub(range.start);
        if length >= PARALLEL_FROM || (self.keeps_chunks && length >= CHUNK) {
            return true;
        }
        if length < ASK_FROM {
            return false;
        }
        let sample = range.start..range.end.min(range.start + SAMPLE);
        let compressed = self.is_compressed.get_or_init(|| self.compresses(sample));
        *compressed.await
    }

    async fn compresses(&self, sample: Range<u64>) -> bool {
        let length = sample.end - sample.start;
        // Its state is not to be a part of every future around it.
        match Box::pin(self.file.encoded_len(sample)).await {
            #[expect(clippy::cast_precision_loss, reason = "a share")]
            Ok(encoded) => encoded as f64 <= MAX_SHARE * length as f64,
            Err(error) => {
                tracing::debug!(%error, "the Xet store does not say how a file is put together; using HTTP");
                false
            }
        }
    }
}
