//! Where the bytes of one file come from: the Hub's address of it, and the storage that the Hub sends us to.

use std::sync::{Mutex, PoisonError};

use hf_transport::{Error, ErrorKind, RedirectMode, Request, Response, Result, TokenMode};
use hf_types::Etag;
use http::StatusCode;
use http::header::{IF_RANGE, RANGE};

use super::context::Context;
use super::metadata::{X_LINKED_ETAG, content_range, content_size, is_identity, metadata_of};
use hf_types::HfFileMetadata;

/// One file on the Hub.
#[derive(Debug)]
pub(crate) struct Source {
    /// The path below the endpoint, with the commit in it.
    target: String,
    /// Where the Hub sent us, while it works; asked again when the signature has ended.
    storage: Mutex<Option<String>>,
}

/// The bytes that are asked for: from the first to the second, exclusive, or to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) start: u64,
    pub(crate) end: Option<u64>,
}

impl Wanted {
    pub(crate) const ALL: Self = Self {
        start: 0,
        end: None,
    };

    pub(crate) fn from(start: u64) -> Self {
        Self { start, end: None }
    }

    fn header(self) -> Option<String> {
        match (self.start, self.end) {
            (0, None) => None,
            (start, None) => Some(format!("bytes={start}-")),
            (start, Some(end)) => Some(format!("bytes={start}-{}", end.saturating_sub(1))),
        }
    }
}

/// An answer whose body is about to be read.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) response: Response,
    /// What the Hub said on the way, unless the storage was asked directly.
    pub(crate) metadata: Option<HfFileMetadata>,
    /// The storage that answered, if it was not the Hub itself.
    pub(crate) storage: Option<String>,
}

/// What the Hub answers.
#[derive(Debug)]
pub(crate) enum Asked {
    /// The bytes.
    Here(Box<Opened>),
    /// Where they are.
    Elsewhere(HfFileMetadata),
}

/// What an answer means for the bytes that were asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The body starts where it should.
    AsAsked,
    /// The body is the whole file: the range was ignored, or the content has changed.
    FromStart,
}

impl Source {
    pub(crate) fn new(target: String) -> Self {
        Self {
            target,
            storage: Mutex::new(None),
        }
    }

    /// The same for a file whose storage is known: what follows `opened` need not ask the Hub again.
    pub(crate) fn after(target: String, opened: Option<&Opened>) -> Self {
        Self {
            target,
            storage: Mutex::new(opened.and_then(|o| o.storage.clone())),
        }
    }

    /// Asks for bytes; `etag` makes the server send the whole file if its content is another by now.
    pub(crate) async fn get(
        &self,
        cx: &Context,
        wanted: Wanted,
        etag: Option<&Etag>,
    ) -> Result<Opened> {
        let storage = self
            .storage
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(url) = storage {
            match cx.client.execute(storage_request(&url, wanted)).await {
                Ok(response) => {
                    return Ok(Opened {
                        response,
                        metadata: None,
                        storage: Some(url),
                    });
                }
                // The signature has ended, or the storage has moved: the Hub knows.
                Err(e)
                    if e.status().is_some_and(|s| {
                        s.is_client_error() && s != StatusCode::TOO_MANY_REQUESTS
                    }) =>
                {
                    *self.storage.lock().unwrap_or_else(PoisonError::into_inner) = None;
                }
                Err(e) => return Err(e),
            }
        }
        match self.ask(cx, wanted, etag).await? {
            Asked::Here(opened) => Ok(*opened),
            Asked::Elsewhere(metadata) => self.follow(cx, wanted, metadata).await,
        }
    }

    /// Asks the Hub, which sends the bytes or says where they are.
    pub(crate) async fn ask(
        &self,
        cx: &Context,
        wanted: Wanted,
        etag: Option<&Etag>,
    ) -> Result<Asked> {
        let mut request = Request::get(self.target.as_str())
            .token(cx.token.clone())
            .redirect(RedirectMode::SameOrigin)
            .accept_compressed(false)
            .operation("hf_hub_download");
        if let Some(range) = wanted.header() {
            request = request.header(RANGE, range);
            if let Some(etag) = etag {
                request = request.header(IF_RANGE, format!("\"{etag}\""));
            }
        }
        let response = cx.client.execute(request).await?;
        let metadata = metadata_of(cx.client.endpoint(), &response)?;
        if response.status().is_redirection() {
            return Ok(Asked::Elsewhere(metadata));
        }
        Ok(Asked::Here(Box::new(Opened {
            response,
            metadata: Some(metadata),
            storage: None,
        })))
    }

    /// Asks the storage that the Hub has named.
    pub(crate) async fn follow(
        &self,
        cx: &Context,
        wanted: Wanted,
        metadata: HfFileMetadata,
    ) -> Result<Opened> {
        let location = metadata.location.clone();
        let response = cx
            .client
            .execute(storage_request(&location, wanted))
            .await?;
        *self.storage.lock().unwrap_or_else(PoisonError::into_inner) = Some(location.clone());
        Ok(Opened {
            response,
            metadata: Some(metadata),
            storage: Some(location),
        })
    }
}

/// The token stays with the Hub: a storage is asked by its signed address alone.
fn storage_request(url: &str, wanted: Wanted) -> Request {
    let request = Request::get(url)
        .token(TokenMode::None)
        .redirect(RedirectMode::Follow)
        .accept_compressed(false)
        .operation("hf_hub_download");
    match wanted.header() {
        Some(range) => request.header(RANGE, range),
        None => request,
    }
}

impl Opened {
    /// Whether the body is what was asked for, before any of it is read.
    ///
    /// # Errors
    /// `Checksum` if it is another content: another ETag, another size. `Network` for an answer that makes no sense.
    pub(crate) fn check(&self, wanted: Wanted, etag: &Etag, size: Option<u64>) -> Result<Answer> {
        let headers = self.response.headers();
        // A storage has ETags of its own; the Hub's say what the content is.
        let of_the_hub =
            headers.contains_key(X_LINKED_ETAG) || self.response.url().path().contains("/resolve");
        if let Some(found) = self.metadata.as_ref().and_then(|m| m.etag.as_ref())
            && found != etag
            && of_the_hub
        {
            return Err(Error::new(
                ErrorKind::Checksum,
                format!("the server now has another content: ETag {found}, expected {etag}"),
            ));
        }
        if !is_identity(headers) {
            return Err(senseless("it is compressed, though that was not asked for"));
        }
        let answer = match self.response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let (start, _) = content_range(headers)
                    .ok_or_else(|| senseless("a part without a Content-Range"))?;
                if start != wanted.start {
                    return Err(senseless(&format!(
                        "bytes from {start} instead of {}",
                        wanted.start
                    )));
                }
                Answer::AsAsked
            }
            StatusCode::OK if wanted.start == 0 => Answer::AsAsked,
            StatusCode::OK => Answer::FromStart,
            status => return Err(senseless(&format!("status {status}"))),
        };
        match (content_size(headers), size) {
            (Some(found), Some(size)) if found != size => Err(Error::new(
                ErrorKind::Checksum,
                format!("the server announces {found} bytes of a file that has {size}"),
            )),
            _ => Ok(answer),
        }
    }
}

fn senseless(what: &str) -> Error {
    Error::network(format!(
        "an answer that makes no sense for a download: {what}"
    ))
}
