//! The bytes of one fetch: from the disk, or by a request.

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use hf_transport::{ConcurrencyPermit, Error, RedirectMode, Request, Response, Result, TokenMode};
use http::{Method, Uri};
use tokio::sync::mpsc;

use super::assemble::{Assembler, Batch};
use super::chunk_cache::{CachedChunks, ChunkCache};
use super::message::Message;
use super::multipart::RangeBody;
use super::plan::{Fetch, Part};
use super::record::{Recorder, Segment};
use super::source::{MEMORY, Source};

/// Carries out one fetch.
pub(super) async fn read(
    source: &Source,
    fetch: &Fetch,
    messages: &mpsc::Sender<Message>,
) -> Result<()> {
    let cache = source.chunk_cache().await;
    if let Some(cache) = &cache
        && read_cached(source, fetch, cache, messages).await?
    {
        return Ok(());
    }
    let client = source.store.client();
    let url: Uri = fetch
        .url()
        .parse()
        .map_err(|_| Error::decode("a URL of the Xet store's reconstruction is malformed"))?;
    let permit = client.concurrency().acquire(&url).await;
    let request = Request::get(fetch.url())
        .header("range", fetch.range_header())
        .token(TokenMode::None)
        .redirect(RedirectMode::Follow)
        .accept_compressed(false)
        .operation("xet_download");
    let outcome = async {
        let response = client.execute(request).await?;
        let mut assembler = Assembler::new(fetch);
        let mut kept = Kept::new(fetch, cache.as_ref());
        let received = receive(
            source,
            response,
            &permit,
            &mut assembler,
            &mut kept,
            messages,
        )
        .await;
        kept.finish().await;
        // Whole chunks are of use whatever came after them.
        send(source, assembler.give_up(), messages).await?;
        received.map_err(|error| error.with_request(&Method::GET, fetch.url()))
    }
    .await;
    permit.finish(&outcome);
    outcome
}

/// Reads a response to its end, or to that of the last range that is of interest.
async fn receive(
    source: &Source,
    response: Response,
    permit: &ConcurrencyPermit,
    assembler: &mut Assembler<'_>,
    kept: &mut Kept<'_>,
    messages: &mpsc::Sender<Message>,
) -> Result<()> {
    let mut body = RangeBody::new(response.status(), response.headers())?;
    let mut chunks = response.chunks();
    while !assembler.is_complete() {
        let mut soon = chunks.next().now_or_never();
        if soon.is_none() {
            // The connection may have more to read: few large messages cost less than many small ones.
            tokio::task::yield_now().await;
            soon = chunks.next().now_or_never();
        }
        if soon.is_none() {
            send(source, assembler.take_ready(), messages).await?;
            soon = Some(chunks.next().await);
        }
        let Some(chunk) = soon.flatten() else {
            return Ok(assembler.finish()?);
        };
        let mut chunk = chunk?;
        permit.progress(chunk.len() as u64);
        while let Some((at, bytes)) = body.next(&mut chunk)? {
            push(source, assembler, at, bytes.clone(), messages).await?;
            kept.add(at, &bytes).await;
        }
    }
    Ok(())
}

/// Has bytes of a xorb decoded, and sends what comes of them whenever it is enough.
async fn push(
    source: &Source,
    assembler: &mut Assembler<'_>,
    mut at: u64,
    mut bytes: Bytes,
    messages: &mpsc::Sender<Message>,
) -> Result<()> {
    loop {
        assembler.push(&mut at, &mut bytes)?;
        if bytes.is_empty() {
            return Ok(());
        }
        send(source, assembler.take_ready(), messages).await?;
    }
}

/// Waits until the bytes may be in memory, and sends them to the driver.
async fn send(
    source: &Source,
    batches: Vec<Batch>,
    messages: &mpsc::Sender<Message>,
) -> Result<()> {
    if batches.is_empty() {
        return Ok(());
    }
    let bytes: usize = batches.iter().map(Batch::len).sum();
    let bytes = u32::try_from(bytes.min(MEMORY)).unwrap_or(u32::MAX);
    // The semaphore is never closed.
    let memory = source.shared.memory.clone().acquire_many_owned(bytes);
    let message = Message::Data {
        batches,
        _memory: memory.await.ok(),
    };
    messages
        .send(message)
        .await
        .map_err(|_| Error::network("the download was cancelled"))
}

/// Reads a fetch of which all chunks are on disk. Returns whether it has: what was sent before that turned out not to be
/// so may come again.
async fn read_cached(
    source: &Source,
    fetch: &Fetch,
    cache: &ChunkCache,
    messages: &mpsc::Sender<Message>,
) -> Result<bool> {
    let Some(parts) = find_cached(fetch, cache).await else {
        return Ok(false);
    };
    let mut assembler = Assembler::new(fetch);
    let mut intact = true;
    for (part, files) in fetch.parts().iter().zip(parts) {
        let mut at = part.bytes().start;
        for chunks in files {
            // After one that is damaged the others are loaded all the same, which removes what is damaged of them:
            // the chunks that come now are written only where no file is.
            let loaded = hf_transport::spawn_blocking(move || Ok(chunks.load())).await?;
            let Some(bytes) = loaded.filter(|_| intact) else {
                intact = false;
                continue;
            };
            let end = at + bytes.len() as u64;
            let mut bytes = Bytes::from(bytes);
            while intact && !bytes.is_empty() {
                intact = end <= part.bytes().end && assembler.push(&mut at, &mut bytes).is_ok();
                send(source, assembler.take_ready(), messages).await?;
            }
        }
    }
    let complete = assembler.is_complete();
    send(source, assembler.give_up(), messages).await?;
    Ok(complete)
}

/// Returns the files that have the chunks of each part.
async fn find_cached(fetch: &Fetch, cache: &ChunkCache) -> Option<Vec<Vec<CachedChunks>>> {
    let (cache, xorb) = (cache.clone(), *fetch.xorb());
    let chunks: Vec<_> = fetch.parts().iter().map(Part::chunks).collect();
    let find = move || {
        let parts = chunks.into_iter().map(|chunks| cache.find(&xorb, chunks));
        Ok(parts.collect())
    };
    hf_transport::spawn_blocking(find).await.ok().flatten()
}

/// What is kept on disk of a response.
struct Kept<'a> {
    fetch: &'a Fetch,
    cache: Option<(&'a ChunkCache, Recorder<'a>)>,
}

impl<'a> Kept<'a> {
    fn new(fetch: &'a Fetch, cache: Option<&'a ChunkCache>) -> Self {
        Self {
            fetch,
            cache: cache.map(|cache| (cache, Recorder::new(fetch))),
        }
    }

    async fn add(&mut self, at: u64, bytes: &[u8]) {
        if let Some((cache, recorder)) = &mut self.cache {
            for segment in recorder.push(at, bytes) {
                write(cache, self.fetch, segment).await;
            }
        }
    }

    /// Keeps the whole chunks of a response that has ended early, too.
    async fn finish(self) {
        if let Some((cache, mut recorder)) = self.cache
            && let Some(segment) = recorder.cut()
        {
            write(cache, self.fetch, segment).await;
        }
    }
}

async fn write(cache: &ChunkCache, fetch: &Fetch, segment: Segment) {
    let (cache, xorb) = (cache.clone(), *fetch.xorb());
    let add = move || {
        cache.add(&xorb, &segment);
        Ok(())
    };
    // Nothing rests on it.
    let _ = hf_transport::spawn_blocking(add).await;
}
