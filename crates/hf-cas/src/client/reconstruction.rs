//! How a file is put together.

use std::ops::Range;

use hf_transport::{Error, ErrorKind, Origin, Request, Result};
use http::{Method, StatusCode, Uri};

use super::cas::{CasClient, Newer};
use super::store_url::is_web;
use super::xorbs::is_unknown;
use crate::Hash;
use crate::reconstruct::{Reconstruction, Version};

/// The longest description that is read: that of 256 MiB of the smallest chunks, each a term with a signed URL of its own.
const LIMIT: u64 = 64 << 20;

impl CasClient {
    /// Returns how `range` of a file of `size` bytes is put together: `GET /v2/reconstructions/{file}`, or the first version
    /// of it where the store does not know that.
    ///
    /// The response comes from outside, and is checked: see [`Reconstruction`].
    ///
    /// # Errors
    /// A 404 for a file that the store does not have; a 416 for a range beyond what it has of the file; `Decode` for a
    /// response that cannot be right.
    pub async fn reconstruct(
        &self,
        file: &Hash,
        range: Range<u64>,
        size: u64,
    ) -> Result<Reconstruction> {
        if self.is_known(Newer::Reconstructions) {
            match self.ask(Version::V2, file, range.clone(), size).await {
                // It may be the file that it does not know.
                Err(error) if is_unknown(&error) => {}
                found => return found,
            }
        }
        let found = self.ask(Version::V1, file, range, size).await?;
        self.set_unknown(Newer::Reconstructions);
        Ok(found)
    }

    async fn ask(
        &self,
        version: Version,
        file: &Hash,
        range: Range<u64>,
        size: u64,
    ) -> Result<Reconstruction> {
        let path = format!("/{}/reconstructions/{file}", version.as_str());
        let wanted = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        let response = self
            .fetch(&path, |url| {
                let request = Request::get(url)
                    .buffer_limit(LIMIT)
                    .operation("xet_reconstruct");
                if range == (0..size) {
                    request
                } else {
                    request.header("range", &wanted)
                }
            })
            .await;
        let response = match response {
            Ok(response) => response,
            // Not the end of the file: the Hub says that it has more.
            Err(error) if error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) => {
                return Err(error.with_kind(ErrorKind::Checksum).with_context(format_args!(
                    "bytes {}..{} of the file {file}, which has {size} bytes by what the Hub says, are beyond its end",
                    range.start, range.end
                )));
            }
            Err(error) => return Err(error),
        };
        let located = |error: Error| {
            error
                .with_context(format_args!("the Xet store's reconstruction of {file}"))
                .with_request(&Method::GET, &response.url().to_string())
        };
        let mut plan = Reconstruction::parse(version, response.body(), range, size)
            .map_err(|error| located(error.into()))?;
        let encrypted = Origin::of(response.url()).is_some_and(|origin| origin.is_https());
        let hub = self.client().endpoint();
        for url in plan.urls_mut() {
            let moved = hub.rewrite(url).into_owned();
            let usable = moved
                .parse()
                .ok()
                .filter(is_web)
                .and_then(|uri: Uri| Origin::of(&uri))
                .is_some_and(|origin| origin.is_https() || !encrypted);
            if !usable {
                let shown = hf_transport::redact_url(&moved).escape_debug().to_string();
                return Err(located(Error::decode(format!(
                    "`{shown}` is not a URL to read from"
                ))));
            }
            *url = moved;
        }
        Ok(plan)
    }
}
