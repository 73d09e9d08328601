//! Asking the Hub about a file without fetching it.

use hf_transport::{ErrorKind, RedirectMode, Request, Result};
use hf_types::HfFileMetadata;
use http::StatusCode;

use super::context::Context;
use super::metadata::metadata_of;
use super::source::{Attempts, ByteRange, HubResponse, Source};

/// Returns what the Hub says about the file at `target`, a URL or a path below the endpoint.
///
/// `HEAD`; redirects within the Hub are followed, one to a storage is the response.
///
/// With [`Attempts::One`] the first failure is final, for a caller that has a cached file to fall back on.
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
        // Some mirrors have no `HEAD`. The headers of a `GET` say the same; its body is dropped unread.
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

/// Whether the file at `target` exists: `false` also for a repository or revision that does not, or is not visible.
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
