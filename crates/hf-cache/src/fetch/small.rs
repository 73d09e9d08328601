//! Downloads small files: they are received in memory, verified, and only then written, without a partial
//! file.

use hf_transport::{Error, Result};

use super::body_error::{BodyError, long, mismatch, next_bytes, short};
use super::byte_range::ByteRange;
use super::context::Context;
use super::job::FetchJob;
use super::metadata::content_size;
use super::open_response::{BodyStart, OpenResponse};
use super::retry::BodyRetry;
use super::source::Attempts;

/// The maximum size of a file that is received in memory.
pub(crate) const SMALL: u64 = 256 * 1024;

/// Returns the verified content of a file of `size` bytes, at most [`SMALL`].
pub(crate) async fn fetch(
    cx: &Context,
    job: &FetchJob,
    size: u64,
    mut opened: Option<OpenResponse>,
) -> Result<Vec<u8>> {
    job.progress.begin(0);
    let retry = BodyRetry::default();
    loop {
        let permit = cx.connection().await;
        let response = if let Some(opened) = opened.take() {
            opened
        } else {
            let attempts = Attempts::Configured;
            match job.source.get(cx, ByteRange::ALL, None, attempts).await {
                Ok(response) => response,
                Err(error) => {
                    permit.failed(&error);
                    return Err(error);
                }
            }
        };
        let err = match read(cx, job, size, response).await {
            Ok(content) => return Ok(content),
            Err(BodyError::Fatal(_)) if job.source.leave_shortcut() => {
                job.progress.restart();
                continue;
            }
            Err(BodyError::Fatal(e)) => return Err(e),
            Err(BodyError::Remote(e)) => e,
        };
        permit.failed(&err);
        job.progress.restart();
        retry.wait(&job.progress, err).await?;
    }
}

async fn read(
    cx: &Context,
    job: &FetchJob,
    size: u64,
    open: OpenResponse,
) -> Result<Vec<u8>, BodyError> {
    match open.check(ByteRange::ALL, job.content()) {
        Ok(BodyStart::AsRequested) => {}
        Ok(BodyStart::OfFile) => {
            let error = Error::network("the response is only a part of the file");
            return Err(BodyError::Remote(error));
        }
        Err(e) if e.kind() == hf_transport::ErrorKind::Checksum => {
            return Err(BodyError::Fatal(e));
        }
        Err(e) => return Err(BodyError::Remote(e)),
    }
    let announced = content_size(open.response.headers()).unwrap_or(size);
    let capacity = usize::try_from(size.min(SMALL)).unwrap_or_default();
    let mut content = Vec::with_capacity(capacity);
    let mut body = open.response.into_body();
    while let Some(bytes) = next_bytes(&mut body).await? {
        if content.len() + bytes.len() > capacity {
            return Err(BodyError::Fatal(long(job.file(), size)));
        }
        cx.pace(bytes.len()).await;
        content.extend_from_slice(&bytes);
        job.progress.transferred(bytes.len() as u64);
    }
    let received = content.len() as u64;
    if received != announced {
        return Err(BodyError::Remote(short(job.file(), received, announced)));
    }
    let mut hasher = job.expected.hasher(size);
    hasher.update(&content);
    match hasher.finish() {
        Ok(()) => Ok(content),
        Err(difference) => match &job.unverified {
            Some(noted) => {
                // Nobody else writes it.
                let _ = noted.set(difference);
                Ok(content)
            }
            None => Err(BodyError::Fatal(mismatch(job.file(), &difference))),
        },
    }
}
