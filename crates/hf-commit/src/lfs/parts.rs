//! The parts of a multipart upload, and which of them have been uploaded.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use hf_transport::{Error, ErrorKind, HostConcurrency, Request, Result};
use serde::Serialize;

use super::protocol::{Action, MEDIA_TYPE, ObjectId};
use super::storage::{range_body, storage};
use crate::body::{BodyGuard, execute_guarded};
use crate::content::Content;
use crate::context::Context;

/// A multipart upload, which may span several sets of URLs.
pub(super) struct Multipart {
    part_bytes: u64,
    /// The server's id of the upload. Parts of one upload cannot complete another.
    upload_id: Option<String>,
    parts: Vec<Part>,
}

struct Part {
    guard: BodyGuard,
    /// Set once the part has been uploaded.
    etag: Option<String>,
}

impl Multipart {
    pub(super) fn new(part_bytes: u64, guards: impl Iterator<Item = BodyGuard>) -> Self {
        let parts = guards.map(|guard| Part { guard, etag: None }).collect();
        Self {
            part_bytes,
            upload_id: None,
            parts,
        }
    }

    /// Returns whether fresh URLs request the same parts.
    pub(super) fn fits(&self, part_bytes: u64) -> bool {
        self.part_bytes == part_bytes
    }

    /// Continues with the upload that `href` completes. If it is a different one, no part of it has been
    /// uploaded.
    pub(super) fn continue_as(&mut self, href: &str) {
        let id = upload_id(href);
        if self.upload_id.as_deref() != Some(id) {
            for part in &mut self.parts {
                part.etag = None;
            }
        }
        self.upload_id = Some(id.to_owned());
    }

    /// Returns the number of bytes reported to the progress sink.
    pub(super) fn reported(&self) -> u64 {
        let parts = self.parts.iter().map(|part| part.guard.reported());
        parts.fold(0, u64::saturating_add)
    }
}

/// Returns the value of `uploadId` in a completion URL, or the URL itself if there is none.
fn upload_id(href: &str) -> &str {
    let query = href.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("uploadId"))
        .map_or(href, |(_, id)| id)
}

#[derive(Serialize)]
struct Completion<'a> {
    oid: &'a str,
    parts: Vec<CompletedPart<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CompletedPart<'a> {
    part_number: usize,
    etag: &'a str,
}

/// Uploads the parts of one file.
pub(super) struct PartSender<'a> {
    pub(super) cx: &'a Context,
    pub(super) content: &'a Content,
    pub(super) permits: &'a HostConcurrency,
}

impl PartSender<'_> {
    /// Uploads the missing parts.
    ///
    /// After the refusal of one part, no further ones are started, but those in flight are awaited, so that
    /// they need not be uploaded again with a fresh URL.
    pub(super) async fn send(&self, upload: &mut Multipart, urls: &[String]) -> Result<()> {
        let refused = AtomicBool::new(false);
        let part_bytes = upload.part_bytes;
        let missing = upload
            .parts
            .iter()
            .zip(urls)
            .zip(0u64..)
            .filter(|((part, _), _)| part.etag.is_none())
            .map(|((part, url), index)| {
                let (refused, guard) = (&refused, part.guard.clone());
                async move {
                    let permit = self.permits.acquire().await;
                    if refused.load(Ordering::Relaxed) {
                        return (index, Ok(None));
                    }
                    let sent = self.part(url, index, part_bytes, &guard).await;
                    // Only a response can mean that the URLs are the cause.
                    refused.fetch_or(sent.is_err(), Ordering::Relaxed);
                    permit.finish(&sent);
                    (index, sent.map(Some))
                }
            });
        let at_once = self.permits.config().max();
        let mut sending = stream::iter(missing.collect::<Vec<_>>()).buffer_unordered(at_once);
        let mut first_error = None;
        let mut arrived = Vec::new();
        while let Some((index, outcome)) = sending.next().await {
            match outcome {
                Ok(etag) => arrived.extend(etag.map(|etag| (index, etag))),
                Err(error) if error.status().is_some() => {
                    first_error.get_or_insert(error);
                }
                // The source failed, or the network failed for good: the result of the parts in flight does
                // not matter.
                Err(error) => return Err(error),
            }
        }
        drop(sending);
        for (index, etag) in arrived {
            let part = usize::try_from(index)
                .ok()
                .and_then(|at| upload.parts.get_mut(at));
            if let Some(part) = part {
                part.etag = Some(etag);
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    async fn part(
        &self,
        url: &str,
        index: u64,
        part_bytes: u64,
        guard: &BodyGuard,
    ) -> Result<String> {
        let offset = index * part_bytes;
        let len = part_bytes.min(self.content.size - offset);
        let body = range_body(self.content, offset, len, guard);
        let request = storage(self.cx, Request::put(self.cx.resolve(url))).body(body);
        let response = execute_guarded(&self.cx.client, request, guard)
            .await
            .map_err(|e| e.with_context(format!("part {}", index + 1)))?;
        let etag = response.header("etag").unwrap_or_default().to_owned();
        response.bytes().await?;
        if etag.is_empty() {
            return Err(Error::new(
                ErrorKind::Upload,
                format!("storage gave no ETag for part {}", index + 1),
            ));
        }
        Ok(etag)
    }

    /// Asks the Hub to assemble the parts.
    pub(super) async fn complete(
        &self,
        upload: &Multipart,
        action: &Action,
        object: ObjectId,
        timeout: Duration,
    ) -> Result<()> {
        let parts = upload.parts.iter().enumerate();
        let request = storage(self.cx, Request::post(self.cx.resolve(&action.href)))
            .operation("lfs_complete")
            .header_timeout(timeout)
            .idempotent(true)
            .json(&Completion {
                oid: object.oid.as_str(),
                parts: parts
                    .map(|(index, part)| CompletedPart {
                        part_number: index + 1,
                        etag: part.etag.as_deref().unwrap_or_default(),
                    })
                    .collect(),
            })
            .header("accept", MEDIA_TYPE)
            .header("content-type", MEDIA_TYPE);
        self.cx.client.fetch(request).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_for_the_same_upload_alone() {
        let mut upload = Multipart::new(4, (0..2).map(|_| BodyGuard::default()));
        upload.continue_as("https://h/complete?uploadId=a&signature=1");
        upload.parts[0].etag = Some("x".into());
        upload.continue_as("https://h/complete?signature=2&uploadId=a");
        assert!(
            upload.parts[0].etag.is_some(),
            "only the signature is fresh"
        );
        upload.continue_as("https://h/complete?uploadId=b&signature=2");
        assert!(upload.parts[0].etag.is_none());
        assert!(upload.fits(4) && !upload.fits(5));
        assert_eq!(upload_id("/done/7?x=1"), "/done/7?x=1");
    }
}
