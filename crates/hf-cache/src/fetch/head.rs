//! Requests the metadata of a file without its content.

use hf_transport::{ErrorKind, RedirectMode, Request, Result};
use hf_types::HfFileMetadata;
use http::StatusCode;

use super::byte_range::ByteRange;
use super::context::Context;
use super::metadata::metadata_of;
use super::source::{Attempts, HubResponse, Source};

/// Returns the metadata of the file at `target`, a URL or a path relative to the endpoint.
///
/// Sends `HEAD`. Redirects within the Hub are followed; a redirect to storage is the response.
///
/// With [`Attempts::One`], the first failure is final, for a caller that can fall back on a cached file.
pub(crate) async fn file_metadata(
    cx: &Context,
    target: &str,
    attempts: Attempts,
) -> Result<HfFileMetadata> {
    let mut request = cx
        .metadata_request(Request::head(target))
        .redirect(RedirectMode::SameOrigin)
        .accept_compressed(false)
        .operation("get_hf_file_metadata");
    if attempts == Attempts::One {
        request = request.max_retries(0);
    }
    match cx.client.execute(request).await {
        Ok(response) => metadata_of(cx.client.endpoint(), &response),
        // Some mirrors do not support `HEAD`. A `GET` returns the same headers; its body is dropped unread.
        Err(e)
            if matches!(
                e.status(),
                Some(StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED)
            ) =>
        {
            let source = Source::new(target.to_owned());
            match source.ask(cx, ByteRange::ALL, None, attempts).await? {
                HubResponse::Redirect(metadata) => Ok(metadata),
                HubResponse::Content(open) => metadata_of(cx.client.endpoint(), &open.response),
            }
        }
        Err(e) => Err(e),
    }
}

/// Returns whether the file at `target` exists. Also returns `false` if the repository or revision does not
/// exist or is not visible.
pub(crate) async fn exists(cx: &Context, target: &str) -> Result<bool> {
    match file_metadata(cx, target, Attempts::Configured).await {
        Ok(_) => Ok(true),
        Err(e)
            if matches!(
                e.kind(),
                ErrorKind::RepositoryNotFound
                    | ErrorKind::EntryNotFound
                    | ErrorKind::RevisionNotFound
            ) =>
        {
            Ok(false)
        }
        Err(e) => Err(e),
    }
}
