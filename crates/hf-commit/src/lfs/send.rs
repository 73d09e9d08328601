//! One object on its way: a single PUT, or parts and their completion; then the check.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use hf_transport::progress::ProgressEvent;
use hf_transport::{Body, Error, ErrorKind, Request, Result, TokenMode};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::protocol::{Action, Actions, MEDIA_TYPE, ObjectId, Plan, batch};
use crate::body::{Guard, execute_guarded, stream_body};
use crate::hash::short;
use crate::operation::CommitOperationAdd;
use crate::target::Context;

/// Bytes read at a time for sending.
const PIECE_BYTES: usize = 256 * 1024;
/// How often the Hub is asked for fresh addresses for one object.
const MAX_FRESH_BATCHES: u32 = 2;

/// What all objects of a job share.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) cx: Context,
    pub(super) revision: Option<Arc<str>>,
    /// One permit for each request that sends bytes.
    pub(super) line: Arc<Semaphore>,
    pub(super) concurrency: usize,
    pub(super) completion_timeout: Duration,
}

impl Sender {
    /// Brings the bytes of `op` to storage. An address that has expired is asked for again.
    pub(super) async fn send(
        &self,
        op: &CommitOperationAdd,
        object: ObjectId,
        actions: Actions,
    ) -> Result<()> {
        let guard = self.reporting_guard(op);
        let mut actions = actions;
        for fresh in 0.. {
            let Some(upload) = &actions.upload else {
                break;
            };
            let sent = match upload.plan(object.size)? {
                Plan::Basic { headers } => self.put(op, upload, headers, &guard).await,
                Plan::Multipart { part_bytes, urls } => {
                    self.multipart(op, object, upload, part_bytes, urls, &guard)
                        .await
                }
            };
            match sent {
                Ok(()) => break,
                Err(error) if expired(&error) && fresh < MAX_FRESH_BATCHES => {
                    tracing::debug!(
                        file = op.path_in_repo(),
                        "address expired, asking for another"
                    );
                    self.cx.progress.event(&ProgressEvent::Retry {
                        file: op.path_in_repo(),
                        attempt: fresh + 1,
                        reason: "the address for the upload has expired",
                    });
                    let again = batch(&self.cx, &[object], self.revision.as_deref()).await?;
                    let answer = again.into_iter().find(|o| o.oid == object.oid.as_str());
                    match answer.and_then(super::protocol::Object::into_actions) {
                        Some(fresh) => actions = fresh,
                        None => return Ok(()),
                    }
                }
                Err(error) => return Err(error),
            }
        }
        match &actions.verify {
            Some(verify) => self.verify(verify, object).await,
            None => Ok(()),
        }
    }

    fn reporting_guard(&self, op: &CommitOperationAdd) -> impl Fn() -> Guard + use<> {
        let (progress, op) = (self.cx.progress.clone(), op.clone());
        move || {
            if progress.0.is_none() {
                return Guard::default();
            }
            let (progress, op) = (progress.clone(), op.clone());
            Guard::reporting(Arc::new(move |bytes| {
                progress.transferred(op.path_in_repo(), bytes);
            }))
        }
    }

    async fn put(
        &self,
        op: &CommitOperationAdd,
        upload: &Action,
        headers: Vec<(String, String)>,
        guard: &impl Fn() -> Guard,
    ) -> Result<()> {
        let _permit = self.line.acquire().await;
        let guard = guard();
        let body = range_body(op, 0, op.size(), &guard);
        let mut request = storage(Request::put(&upload.href)).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = execute_guarded(&self.cx.client, request, &guard).await?;
        answer.bytes().await.map(drop)
    }

    async fn multipart(
        &self,
        op: &CommitOperationAdd,
        object: ObjectId,
        upload: &Action,
        part_bytes: u64,
        urls: Vec<String>,
        guard: &impl Fn() -> Guard,
    ) -> Result<()> {
        let guard = &guard;
        let parts: Vec<Part> = stream::iter(urls.into_iter().zip(0u64..))
            .map(|(url, index)| async move {
                let _permit = self.line.acquire().await;
                let offset = index * part_bytes;
                let len = part_bytes.min(object.size - offset);
                let guard = guard();
                let request = storage(Request::put(url)).body(range_body(op, offset, len, &guard));
                let answer = execute_guarded(&self.cx.client, request, &guard)
                    .await
                    .map_err(|e| e.with_context(format!("part {}", index + 1)))?;
                let etag = answer.header("etag").unwrap_or_default().to_owned();
                answer.bytes().await?;
                if etag.is_empty() {
                    return Err(Error::new(
                        ErrorKind::Upload,
                        format!("storage gave no ETag for part {}", index + 1),
                    ));
                }
                Ok(Part {
                    part_number: index + 1,
                    etag,
                })
            })
            .buffered(self.concurrency)
            .try_collect()
            .await?;
        let request = storage(Request::post(&upload.href))
            .operation("lfs_complete")
            .header_timeout(self.completion_timeout)
            .idempotent(true)
            .json(&Completion {
                oid: object.oid.as_str(),
                parts,
            })
            .header("accept", MEDIA_TYPE)
            .header("content-type", MEDIA_TYPE);
        self.cx.client.fetch(request).await.map(drop)
    }

    async fn verify(&self, verify: &Action, object: ObjectId) -> Result<()> {
        let request = self
            .cx
            .request(Request::post(&verify.href))
            .operation("lfs_verify")
            .idempotent(true)
            .json(&object);
        self.cx.client.fetch(request).await.map(drop)
    }
}

#[derive(Serialize)]
struct Completion<'a> {
    oid: &'a str,
    parts: Vec<Part>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    part_number: u64,
    etag: String,
}

/// A request with an address that is a secret in itself: it never carries the token.
fn storage(request: Request) -> Request {
    request.token(TokenMode::None).operation("lfs_upload")
}

/// Storage answers 403 (or 401, 410) to a presigned address that is over.
fn expired(error: &Error) -> bool {
    matches!(error.status().map(|s| s.as_u16()), Some(401 | 403 | 410))
}

/// Part of the bytes of `op`, read when they are due.
fn range_body(op: &CommitOperationAdd, offset: u64, len: u64, guard: &Guard) -> Body {
    let op = op.clone();
    stream_body(len, guard, move |out| {
        let (source, stamp) = {
            let state = op.state();
            match &state.content {
                Some(content) => (crate::source::Source::Bytes(content.clone()), None),
                None => (state.source.clone(), state.stamp),
            }
        };
        let mut reader = source.open(offset, stamp)?;
        let mut left = len;
        while left > 0 {
            let want = PIECE_BYTES.min(usize::try_from(left).unwrap_or(usize::MAX));
            let piece = reader.chunk(want)?;
            if piece.len() < want {
                reader.check()?;
                return Err(short(
                    &source,
                    op.size(),
                    offset + len - left + piece.len() as u64,
                ));
            }
            left -= want as u64;
            if left == 0 {
                // The last bytes go out only if all before them were those of one file.
                reader.check()?;
            }
            out.send(piece)?;
        }
        Ok(())
    })
}
