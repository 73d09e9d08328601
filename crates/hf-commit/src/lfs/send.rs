//! Uploads one object, as a single PUT or in parts, and verifies it.

use std::sync::Arc;
use std::time::Duration;

use hf_transport::progress::ProgressEvent;
use hf_transport::{Error, HostConcurrency, Request, Result};

use super::parts::{Multipart, PartSender};
use super::protocol::{Action, Actions, ObjectId, Plan, batch};
use super::storage::{range_body, storage};
use crate::body::{BodyGuard, execute_guarded};
use crate::context::Context;
use crate::file::LargeFile;

/// How often fresh URLs are requested for one object.
const MAX_FRESH_BATCHES: u32 = 2;

/// The state shared by all objects of a job.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) cx: Context,
    pub(super) revision: Option<Arc<str>>,
    /// One permit per request that carries file content.
    pub(super) permits: HostConcurrency,
    pub(super) completion_timeout: Duration,
}

/// The progress of an object. It is kept when the object's URLs expire, so that neither bytes nor progress
/// are repeated.
#[derive(Default)]
struct Sent {
    /// The guard of a single PUT.
    whole: Option<BodyGuard>,
    parts: Option<Multipart>,
}

impl Sent {
    /// Returns the number of bytes reported to the progress sink.
    fn reported(&self) -> u64 {
        let whole = self.whole.as_ref().map_or(0, BodyGuard::reported);
        whole.saturating_add(self.parts.as_ref().map_or(0, Multipart::reported))
    }
}

impl Sender {
    /// Uploads the bytes of `file` to storage. If the URLs have expired, requests fresh ones.
    pub(super) async fn send(
        &self,
        file: &LargeFile,
        object: ObjectId,
        actions: Actions,
    ) -> Result<()> {
        let mut sent = Sent::default();
        let mut actions = actions;
        for fresh in 0.. {
            let Some(upload) = &actions.upload else {
                break;
            };
            let outcome = match upload.plan(object.size)? {
                Plan::Basic => self.put(file, upload, &mut sent).await,
                Plan::Multipart { part_bytes, urls } => {
                    self.multipart(file, object, upload, (part_bytes, urls), &mut sent)
                        .await
                }
            };
            match outcome {
                Ok(()) => break,
                Err(error) if is_expired(&error) && fresh < MAX_FRESH_BATCHES => {
                    let path = file.path_in_repo();
                    tracing::debug!(
                        file = path,
                        "the upload URL has expired; requesting a fresh one"
                    );
                    self.cx.progress.event(&ProgressEvent::Retry {
                        file: path,
                        attempt: fresh + 1,
                        reason: "the URL for the upload has expired",
                    });
                    let instructions = batch(&self.cx, &[object], self.revision.as_deref()).await?;
                    let fresh = instructions
                        .into_iter()
                        .find(|o| o.oid == object.oid.as_str());
                    match fresh.and_then(super::protocol::Object::into_actions) {
                        Some(next) => actions = next,
                        // Another client has stored the object in the meantime.
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

    /// Creates a guard that reports the bytes of `file`, to the progress sink of the call as well.
    fn guard(&self, file: &LargeFile) -> BodyGuard {
        let (permits, progress) = (self.permits.clone(), self.cx.progress.clone());
        let path: Arc<str> = file.path_in_repo().into();
        BodyGuard::reporting(Arc::new(move |bytes| {
            permits.progress(bytes);
            progress.transferred(&path, bytes);
        }))
    }

    async fn put(&self, file: &LargeFile, upload: &Action, sent: &mut Sent) -> Result<()> {
        let permit = self.permits.acquire().await;
        if sent.whole.is_none() {
            self.cx
                .progress
                .restarted(file.path_in_repo(), sent.reported());
            *sent = Sent {
                whole: Some(self.guard(file)),
                parts: None,
            };
        }
        let guard = sent.whole.clone().unwrap_or_default();
        let body = range_body(&file.content, 0, file.size(), &guard);
        let request = storage(&self.cx, Request::put(self.cx.resolve(&upload.href))).body(body);
        let request = with_server_headers(request, upload);
        let sent = match execute_guarded(&self.cx.client, request, &guard).await {
            Ok(response) => response.bytes().await.map(drop),
            Err(error) => Err(error),
        };
        permit.finish(&sent);
        sent
    }

    async fn multipart(
        &self,
        file: &LargeFile,
        object: ObjectId,
        upload: &Action,
        (part_bytes, urls): (u64, Vec<String>),
        sent: &mut Sent,
    ) -> Result<()> {
        if !sent
            .parts
            .as_ref()
            .is_some_and(|parts| parts.fits(part_bytes))
        {
            self.cx
                .progress
                .restarted(file.path_in_repo(), sent.reported());
            let guards = urls.iter().map(|_| self.guard(file));
            *sent = Sent {
                whole: None,
                parts: Some(Multipart::new(part_bytes, guards)),
            };
        }
        let Some(parts) = &mut sent.parts else {
            return Ok(());
        };
        parts.continue_as(&upload.href);
        let sender = PartSender {
            cx: &self.cx,
            content: &file.content,
            permits: &self.permits,
        };
        sender.send(parts, &urls).await?;
        sender
            .complete(parts, upload, object, self.completion_timeout)
            .await
    }

    /// Asks the server to verify that it has the object.
    async fn verify(&self, verify: &Action, object: ObjectId) -> Result<()> {
        let url = self.cx.resolve(&verify.href);
        // The token and the headers of the call are only for the Hub, whatever host the URL names.
        let request = if self.cx.is_on_hub(&url) {
            self.cx.request(Request::post(url))
        } else {
            self.cx.storage(Request::post(url))
        };
        let request = request
            .operation("lfs_verify")
            .idempotent(true)
            .json(&object);
        let request = with_server_headers(request, verify);
        self.cx.client.fetch(request).await.map(drop)
    }
}

/// Adds the headers that the server requires at this URL.
fn with_server_headers(mut request: Request, action: &Action) -> Request {
    for (name, value) in action.headers() {
        if name.eq_ignore_ascii_case("authorization") {
            // The server's own credential for a host that it named; our token is not sent there.
            request = request.trusted();
        }
        request = request.header(name, value);
    }
    request
}

/// Returns whether storage has refused a presigned URL because it has expired: 403, or 401 or 410.
///
/// 404 means that there is no such multipart upload: it was abandoned, or completed by an attempt whose
/// response was lost. The next batch response shows which.
fn is_expired(error: &Error) -> bool {
    let status = error.status().map(|status| status.as_u16());
    matches!(status, Some(401 | 403 | 404 | 410))
}
