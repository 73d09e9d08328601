//! Paginated lists, in which the `Link` header contains the URL of the next page.

mod link;

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::BuildHasher;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use http::Uri;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::origin::Origin;
use crate::redact::redact_url;
use crate::request::Request;
use crate::response::BufferedResponse;

pub(crate) use link::find_link;

impl Client {
    /// Returns a list whose pages are JSON arrays, as a stream of its items.
    ///
    /// The next page is requested as soon as the previous one has arrived. Empty pages do not end the list.
    /// The URL of the next page (`Link: <...>; rel="next"`) may be relative, that of the public Hub, or that
    /// of the same list at another host, as a mirror or proxy passes it on: its path and query are then
    /// requested from the endpoint, so that the token stays there. A link to anything else at another origin,
    /// or to a page that was already read, is a `Pagination` error.
    ///
    /// ```no_run
    /// use futures_util::TryStreamExt;
    /// use hf_transport::{Client, Request};
    /// # async fn f(client: Client) -> hf_transport::Result<()> {
    /// let mut models = client.pages::<serde_json::Value>(Request::get("/api/models")).limit(2_000);
    /// while let Some(model) = models.try_next().await? {
    ///     println!("{}", model["id"]);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn pages<T: DeserializeOwned + Send + 'static>(&self, request: Request) -> Pages<T> {
        Pages::of_arrays(self.response_pages(request))
    }

    /// Returns a list whose pages have another form; `decode` appends the items of one page.
    pub fn pages_with<T: Send + 'static>(
        &self,
        request: Request,
        decode: impl Fn(&BufferedResponse, &mut Vec<T>) -> Result<()> + Send + 'static,
    ) -> Pages<T> {
        Pages::new(self.response_pages(request), decode)
    }

    /// Returns the pages of a list as complete responses.
    pub fn response_pages(&self, request: Request) -> ResponsePages {
        ResponsePages::new(self.clone(), request)
    }
}

/// The pages of a list as complete responses; see [`Client::response_pages`].
pub struct ResponsePages {
    client: Client,
    template: Request,
    /// The origin of the list. Pages elsewhere are never read.
    origin: Option<Origin>,
    state: State,
    /// A page that is held back until the request for the next one has been sent.
    waiting: Option<BufferedResponse>,
    prefetch: bool,
    seen: HashSet<u64>,
    hasher: RandomState,
}

enum State {
    /// The next request, which has not been sent yet.
    Idle(Box<Request>),
    Fetching(Fetch),
    Failed(Error),
    Done,
}

/// A page in flight. The runtime drives it, so that it arrives while the reader is busy.
enum Fetch {
    Task(tokio::task::JoinHandle<Result<BufferedResponse>>),
    Inline(Pin<Box<dyn Future<Output = Result<BufferedResponse>> + Send>>),
}

impl ResponsePages {
    pub(crate) fn new(client: Client, first: Request) -> Self {
        let template = first.clone().without_query();
        let origin = first
            .url(client.endpoint())
            .parse()
            .ok()
            .and_then(|uri| Origin::of(&uri));
        Self {
            client,
            origin,
            template,
            state: State::Idle(Box::new(first)),
            waiting: None,
            prefetch: true,
            seen: HashSet::new(),
            hasher: RandomState::new(),
        }
    }

    /// Sets whether the next page is requested before it is needed. Defaults to true.
    pub fn prefetch(mut self, prefetch: bool) -> Self {
        self.prefetch = prefetch;
        self
    }

    /// Sends the request for the next page now, if there is one.
    pub fn fetch_next(&mut self) {
        if let State::Idle(request) = std::mem::replace(&mut self.state, State::Done) {
            let (client, request) = (self.client.clone(), *request);
            let fetch = async move { client.fetch(request).await };
            self.state = State::Fetching(match tokio::runtime::Handle::try_current() {
                Ok(runtime) => Fetch::Task(runtime.spawn(fetch)),
                Err(_) => Fetch::Inline(Box::pin(fetch)),
            });
        }
    }

    fn plan(&mut self, response: &BufferedResponse) -> State {
        self.seen.insert(self.hasher.hash_one(response.url()));
        match next_page(self.client.endpoint(), self.origin.as_ref(), response) {
            Ok(None) => State::Done,
            Ok(Some(next)) if self.seen.contains(&self.hasher.hash_one(&next)) => {
                State::Failed(refused(response, "it leads to a page that was read before"))
            }
            Ok(Some(next)) => {
                State::Idle(Box::new(self.template.clone().retarget(next.to_string())))
            }
            Err(error) => State::Failed(error),
        }
    }
}

impl Stream for ResponsePages {
    type Item = Result<BufferedResponse>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pages = &mut *self;
        if let Some(response) = pages.waiting.take() {
            return Poll::Ready(Some(Ok(response)));
        }
        loop {
            match &mut pages.state {
                State::Idle(_) => pages.fetch_next(),
                State::Fetching(fetch) => {
                    let fetched = match fetch {
                        Fetch::Inline(future) => ready!(future.as_mut().poll(cx)),
                        Fetch::Task(task) => match ready!(Pin::new(task).poll(cx)) {
                            Ok(fetched) => fetched,
                            // A user's layer panicked. Without prefetch, the panic would have surfaced here
                            // as well.
                            Err(error) if error.is_panic() => {
                                std::panic::resume_unwind(error.into_panic())
                            }
                            Err(error) => Err(Error::network(
                                "the runtime shut down while a page was fetched",
                            )
                            .with_source(error)),
                        },
                    };
                    let response = match fetched {
                        Ok(response) => response,
                        Err(error) => {
                            pages.state = State::Done;
                            return Poll::Ready(Some(Err(error)));
                        }
                    };
                    pages.state = pages.plan(&response);
                    if pages.prefetch && matches!(pages.state, State::Idle(_)) {
                        pages.fetch_next();
                        // Yielding once lets the runtime send the request before the reader is busy with this
                        // page, even on a single thread.
                        pages.waiting = Some(response);
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    return Poll::Ready(Some(Ok(response)));
                }
                State::Failed(_) | State::Done => {
                    return match std::mem::replace(&mut pages.state, State::Done) {
                        State::Failed(error) => Poll::Ready(Some(Err(error))),
                        _ => Poll::Ready(None),
                    };
                }
            }
        }
    }
}

impl Drop for ResponsePages {
    fn drop(&mut self) {
        if let State::Fetching(Fetch::Task(task)) = &self.state {
            task.abort();
        }
    }
}

impl std::fmt::Debug for ResponsePages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponsePages")
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}

type Decode<T> = Box<dyn Fn(&BufferedResponse, &mut Vec<T>) -> Result<()> + Send>;
type Keep<T> = Box<dyn Fn(&T) -> bool + Send>;

/// The items of a list, page after page; see [`Client::pages`].
pub struct Pages<T> {
    responses: ResponsePages,
    decode: Decode<T>,
    keep: Option<Keep<T>>,
    items: std::vec::IntoIter<T>,
    left: Option<usize>,
}

impl<T> Pages<T> {
    pub(crate) fn new(
        responses: ResponsePages,
        decode: impl Fn(&BufferedResponse, &mut Vec<T>) -> Result<()> + Send + 'static,
    ) -> Self {
        Self {
            responses,
            decode: Box::new(decode),
            keep: None,
            items: Vec::new().into_iter(),
            left: None,
        }
    }

    /// Ends the list after `limit` items. Pages that cannot contribute are not requested.
    pub fn limit(mut self, limit: usize) -> Self {
        self.left = Some(limit);
        self.responses.prefetch = false;
        self
    }

    /// Skips the items for which `keep` returns false. They still count towards the [limit](Self::limit).
    pub fn keep(mut self, keep: impl Fn(&T) -> bool + Send + 'static) -> Self {
        self.keep = Some(Box::new(keep));
        self
    }

    /// Collects all items. Each is decoded directly into the result.
    ///
    /// # Errors
    /// The same as those of the stream.
    pub async fn collect(mut self) -> Result<Vec<T>> {
        let mut all: Vec<T> = std::mem::take(&mut self.items).collect();
        while let Some(response) = std::future::poll_fn(|cx| self.poll_response(cx)).await {
            self.read(&response?, &mut all)?;
        }
        Ok(all)
    }

    /// Returns the next page, unless no more items are wanted.
    fn poll_response(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<BufferedResponse>>> {
        if self.left == Some(0) {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.responses).poll_next(cx)
    }

    /// Appends the items of a page, and requests the next page if it can contribute.
    fn read(&mut self, response: &BufferedResponse, items: &mut Vec<T>) -> Result<()> {
        let before = items.len();
        (self.decode)(response, items).inspect_err(|_| self.left = Some(0))?;
        if let Some(left) = &mut self.left {
            items.truncate(before + *left);
            *left -= items.len() - before;
            if *left > 0 {
                self.responses.fetch_next();
            }
        }
        if let Some(keep) = &self.keep
            && !items[before..].iter().all(keep)
        {
            let page = items.split_off(before);
            items.extend(page.into_iter().filter(keep));
        }
        Ok(())
    }
}

impl<T: DeserializeOwned + 'static> Pages<T> {
    pub(crate) fn of_arrays(responses: ResponsePages) -> Self {
        Self::new(responses, BufferedResponse::json_into)
    }
}

// The items are moved out and never pinned.
impl<T> Unpin for Pages<T> {}

impl<T> Stream for Pages<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pages = &mut *self;
        loop {
            if let Some(item) = pages.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(response) = ready!(pages.poll_response(cx)) else {
                return Poll::Ready(None);
            };
            let mut items = Vec::new();
            match response.and_then(|response| pages.read(&response, &mut items)) {
                Ok(()) => pages.items = items.into_iter(),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl<T> std::fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("responses", &self.responses)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// Returns the URL of the next page, at the origin of the list.
fn next_page(
    endpoint: &Endpoint,
    origin: Option<&Origin>,
    response: &BufferedResponse,
) -> Result<Option<Uri>> {
    let Some(link) = find_link(response.headers(), "next") else {
        return Ok(None);
    };
    let page = response.url();
    let next = endpoint
        .resolve(page, &link)
        .map_err(|error| refused(response, error.message()))?;
    if origin.is_some_and(|origin| origin.contains(&next)) {
        return Ok(Some(next));
    }
    // A mirror passes on the Hub's own URL, and a server behind a proxy writes `http` or its internal host
    // name: both refer to the same list.
    if let Some(query) = next.query()
        && next.path().ends_with(endpoint.path_of(page))
        && let (Some(scheme), Some(authority)) = (page.scheme_str(), page.authority())
        && let Ok(here) = format!("{scheme}://{authority}{}?{query}", page.path()).parse()
    {
        return Ok(Some(here));
    }
    Err(refused(
        response,
        &format!(
            "{} is not a page of this list",
            redact_url(&next.to_string())
        ),
    )
    .with_hint(
        "all pages of a list must come from the Hub; check whether a mirror or proxy rewrites `Link` headers",
    ))
}

fn refused(response: &BufferedResponse, why: &str) -> Error {
    response.locate(Error::new(
        ErrorKind::Pagination,
        format!("the link to the next page was not followed: {why}"),
    ))
}
