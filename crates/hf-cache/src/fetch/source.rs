//! The source of a file's bytes: its URL on the Hub, and the storage that the Hub redirects to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hf_transport::{Error, Request, Response, Result};
use hf_types::{Etag, HfFileMetadata};
use http::StatusCode;
use http::header::{IF_RANGE, RANGE};

use super::byte_range::ByteRange;
use super::context::Context;
use super::metadata::metadata_of;
use super::open_response::OpenResponse;
use super::resolve_cache::ResolveCache;

/// A file on the Hub.
#[derive(Debug)]
pub(crate) struct Source {
    /// The path relative to the endpoint, including the commit.
    target: String,
    /// Where the bytes were found, for as long as that works. When a signed URL has expired, a new one is requested
    /// from the Hub.
    found: Mutex<Option<Found>>,
    /// For a source that is read many times, also at once: whoever holds it asks the Hub, and the others wait for what
    /// it says.
    resolving: Option<tokio::sync::Mutex<()>>,
    shortcut: Option<Shortcut>,
}

/// A URL that has the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// A signed URL of a storage service, which gets no token.
    Storage(String),
    /// A URL of the Hub itself.
    Hub(String),
}

/// The URL that the redirect of a small file is expected to lead to.
#[derive(Debug)]
struct Shortcut {
    target: String,
    learned: Arc<ResolveCache>,
    /// Whether the last response came from `target` without a redirect.
    taken: AtomicBool,
}

/// How often a request may be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempts {
    /// As often as the client is configured to.
    Configured,
    /// Not at all, because the request is optional.
    One,
}

/// The response of the Hub.
#[derive(Debug)]
pub(crate) enum HubResponse {
    /// The content itself.
    Content(Box<OpenResponse>),
    /// A redirect to the content.
    Redirect(HfFileMetadata),
}

impl Source {
    pub(crate) fn new(target: String) -> Self {
        Self {
            target,
            found: Mutex::new(None),
            resolving: None,
            shortcut: None,
        }
    }

    /// Creates a source that is read many times: its redirects are resolved once, whichever server they lead to.
    pub(crate) fn for_ranges(target: String) -> Self {
        Self {
            resolving: Some(tokio::sync::Mutex::new(())),
            ..Self::new(target)
        }
    }

    /// Creates a source that requests `shortcut` directly, once the redirects of other files have proven that URL.
    pub(crate) fn with_shortcut(
        target: String,
        shortcut: Option<String>,
        learned: &Arc<ResolveCache>,
    ) -> Self {
        let shortcut = shortcut.map(|target| Shortcut {
            target,
            learned: learned.clone(),
            taken: AtomicBool::new(false),
        });
        Self {
            shortcut,
            ..Self::new(target)
        }
    }

    /// Stops using shortcuts because the content of the last response is wrong. Returns whether that response came by
    /// one, so that the caller may try again without.
    pub(crate) fn leave_shortcut(&self) -> bool {
        let Some(shortcut) = &self.shortcut else {
            return false;
        };
        let taken = shortcut.taken.load(Ordering::Relaxed);
        if taken {
            shortcut.learned.refute("the content is wrong");
        }
        taken
    }

    /// Requests the shortcut if it is proven. Returns `None` if it is not, or if the response is not what was expected.
    async fn by_shortcut(&self, cx: &Context, attempts: Attempts) -> Result<Option<OpenResponse>> {
        let Some(shortcut) = &self.shortcut else {
            return Ok(None);
        };
        let proven = shortcut.learned.is_proven();
        shortcut.taken.store(proven, Ordering::Relaxed);
        if !proven {
            return Ok(None);
        }
        let request = request(&shortcut.target, ByteRange::ALL, attempts);
        match cx.request_content(request).await {
            Ok(response) if response.status() == StatusCode::OK => Ok(Some(OpenResponse {
                response,
                metadata: None,
            })),
            Err(e) if !is_gone(&e) => Err(e),
            Ok(_) | Err(_) => {
                shortcut.learned.refute("the URL does not work");
                shortcut.taken.store(false, Ordering::Relaxed);
                Ok(None)
            }
        }
    }

    /// Creates a source whose storage URL is already known, so that the next request goes there and not to
    /// the Hub.
    pub(crate) fn with_storage(target: String, storage: Option<String>) -> Self {
        Self {
            found: Mutex::new(storage.map(Found::Storage)),
            ..Self::new(target)
        }
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Option<Found>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a URL that does not work any more, unless another request has found a new one since.
    fn forget(&self, gone: &Found) {
        let mut found = self.found();
        if found.as_ref() == Some(gone) {
            *found = None;
        }
    }

    /// Requests the URL at which the bytes were found before. Returns `None` if there is none, or if it does not work
    /// any more.
    async fn by_found(
        &self,
        cx: &Context,
        range: ByteRange,
        etag: Option<&Etag>,
        attempts: Attempts,
    ) -> Result<Option<OpenResponse>> {
        let Some(found) = self.found().clone() else {
            return Ok(None);
        };
        let response = match &found {
            Found::Storage(url) => {
                let response = cx.request_storage(request(url, range, attempts)).await;
                response.map(|response| HubResponse::content(response, None))
            }
            Found::Hub(url) => hub_response(cx, url, range, etag, attempts).await,
        };
        match response {
            Ok(HubResponse::Content(open)) => Ok(Some(*open)),
            // The signature has expired or the storage has moved; the Hub knows the new URL.
            Ok(HubResponse::Redirect(_)) => {
                self.forget(&found);
                Ok(None)
            }
            Err(e) if is_gone(&e) => {
                self.forget(&found);
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    /// Requests bytes. With `etag`, the server sends the whole file if it now has other content.
    pub(crate) async fn get(
        &self,
        cx: &Context,
        range: ByteRange,
        etag: Option<&Etag>,
        attempts: Attempts,
    ) -> Result<OpenResponse> {
        let turn = loop {
            if let Some(open) = self.by_found(cx, range, etag, attempts).await? {
                return Ok(open);
            }
            let Some(resolving) = &self.resolving else {
                break None;
            };
            let turn = resolving.lock().await;
            if self.found().is_none() {
                break Some(turn);
            }
        };
        if let Some(open) = self.by_shortcut(cx, attempts).await? {
            return Ok(open);
        }
        match self.ask(cx, range, etag, attempts).await? {
            HubResponse::Content(open) => {
                if let Some(Shortcut {
                    target, learned, ..
                }) = &self.shortcut
                {
                    learned.observe(target, open.response.url());
                }
                if turn.is_some() {
                    *self.found() = Some(Found::Hub(open.response.url().to_string()));
                }
                Ok(*open)
            }
            HubResponse::Redirect(metadata) => {
                if let Some(shortcut) = &self.shortcut {
                    shortcut.learned.refute("the redirect leads to a storage");
                }
                let location = metadata.location.clone();
                let found = Found::Storage(location.clone());
                *self.found() = Some(found.clone());
                drop(turn);
                let response = cx.request_storage(request(&location, range, attempts));
                match response.await {
                    Ok(response) => Ok(OpenResponse {
                        response,
                        metadata: Some(metadata),
                    }),
                    Err(e) => {
                        self.forget(&found);
                        Err(e)
                    }
                }
            }
        }
    }

    /// Sends a request to the Hub, which sends the bytes or redirects to them.
    pub(crate) async fn ask(
        &self,
        cx: &Context,
        range: ByteRange,
        etag: Option<&Etag>,
        attempts: Attempts,
    ) -> Result<HubResponse> {
        hub_response(cx, &self.target, range, etag, attempts).await
    }
}

async fn hub_response(
    cx: &Context,
    target: &str,
    range: ByteRange,
    etag: Option<&Etag>,
    attempts: Attempts,
) -> Result<HubResponse> {
    let mut request = request(target, range, attempts);
    if range != ByteRange::ALL
        && let Some(etag) = etag
    {
        request = request.header(IF_RANGE, format!("\"{etag}\""));
    }
    let response = cx.request_content(request).await?;
    let metadata = metadata_of(cx.client.endpoint(), &response)?;
    if response.status().is_redirection() {
        return Ok(HubResponse::Redirect(metadata));
    }
    Ok(HubResponse::content(response, Some(metadata)))
}

impl HubResponse {
    fn content(response: Response, metadata: Option<HfFileMetadata>) -> Self {
        Self::Content(Box::new(OpenResponse { response, metadata }))
    }
}

/// Whether this URL does not work any more, so that the Hub has to be asked for another one.
fn is_gone(error: &Error) -> bool {
    error.status().is_some_and(|status| {
        status.is_client_error()
            && status != StatusCode::TOO_MANY_REQUESTS
            && status != StatusCode::RANGE_NOT_SATISFIABLE
    })
}

fn request(url: &str, range: ByteRange, attempts: Attempts) -> Request {
    let mut request = Request::get(url).operation("hf_hub_download");
    if let Some(range) = range.header() {
        request = request.header(RANGE, range);
    }
    match attempts {
        Attempts::Configured => request,
        Attempts::One => request.max_retries(0),
    }
}
