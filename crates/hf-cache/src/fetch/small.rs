//! Small files: received in memory, checked, and only then written. No partial is kept of what one answer brings.

use hf_transport::progress::ProgressEvent;
use hf_transport::{Error, ErrorKind, Result};

use super::context::Context;
use super::metadata::content_size;
use super::sink::mismatch_error;
use super::source::{Answer, Opened, Wanted};
use super::transfer::{Broken, Job, Patience, long, next_bytes, short};
use crate::store::hash::Expected;

/// Up to this size a file is received in memory.
pub(crate) const SMALL: u64 = 256 * 1024;

/// The verified content of a file of at most [`SMALL`] bytes.
pub(crate) async fn fetch(
    cx: &Context,
    job: &Job,
    size: u64,
    mut opened: Option<Opened>,
) -> Result<Vec<u8>> {
    cx.tell(ProgressEvent::FileBegin {
        file: &job.name,
        bytes: Some(size),
        already: 0,
    });
    let mut patience = Patience::default();
    loop {
        let permit = cx.connection().await?;
        let answer = match opened.take() {
            Some(opened) => opened,
            None => job.source.get(cx, Wanted::ALL, None).await?,
        };
        let err = match read(cx, job, size, answer).await {
            Ok(content) => return Ok(content),
            Err(Broken::Fatal(e)) => return Err(e),
            Err(Broken::Body(e)) => e,
        };
        drop(permit);
        patience.after(cx, job, err).await?;
    }
}

async fn read(cx: &Context, job: &Job, size: u64, answer: Opened) -> Result<Vec<u8>, Broken> {
    match answer.check(Wanted::ALL, &job.etag, Some(size)) {
        Ok(Answer::AsAsked) => {}
        Ok(Answer::FromStart) => {
            return Err(Broken::Body(Error::network(
                "the answer is a part of the file",
            )));
        }
        Err(e) if e.kind() == ErrorKind::Checksum => return Err(Broken::Fatal(e)),
        Err(e) => return Err(Broken::Body(e)),
    }
    let announced = content_size(answer.response.headers());
    let capacity = usize::try_from(size.min(SMALL)).unwrap_or_default();
    let mut content = Vec::with_capacity(capacity);
    let mut body = answer.response.into_body();
    let outcome = loop {
        match next_bytes(&mut body).await {
            Ok(Some(bytes)) => {
                if content.len() + bytes.len() > capacity {
                    break Err(Broken::Fatal(long(&job.name, size)));
                }
                cx.pace(bytes.len()).await;
                content.extend_from_slice(&bytes);
                cx.tell(ProgressEvent::Transferred {
                    file: &job.name,
                    bytes: bytes.len() as u64,
                });
            }
            Ok(None) if content.len() as u64 == announced.unwrap_or(size) => break Ok(()),
            Ok(None) => break Err(Broken::Body(short(&job.name, content.len() as u64, size))),
            Err(broken) => break Err(broken),
        }
    };
    if let Err(broken) = outcome {
        if let (Broken::Body(_), false) = (&broken, content.is_empty()) {
            cx.tell(ProgressEvent::Restarted {
                file: &job.name,
                bytes: content.len() as u64,
            });
        }
        return Err(broken);
    }
    let mut hasher = Expected::of(&job.etag, job.verify).hasher(size);
    hasher.update(&content);
    match hasher.finish() {
        Ok(()) => Ok(content),
        Err(mismatch) => Err(Broken::Fatal(mismatch_error(&job.name, &mismatch))),
    }
}
