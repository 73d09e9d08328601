//! Lists that come in pages, with the address of the next one in the `Link` header.

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
use crate::reply::Reply;
use crate::request::Request;

pub(crate) use link::find_link;

/// The pages of a list as whole answers; see [`Client::reply_pages`].
pub struct ReplyPages {
    client: Client,
    template: Request,
    /// Where the pages are: links that leave it are refused.
    origin: Option<Origin>,
    state: State,
    /// A page that waits while the request for the next one is brought on its way.
    waiting: Option<Reply>,
    prefetch: bool,
    seen: HashSet<u64>,
    hasher: RandomState,
}

enum State {
    /// The next request, not sent yet.
    Idle(Box<Request>),
    Fetching(Fetch),
    Failed(Error),
    Done,
}

/// A page on its way: driven by the runtime, so that it arrives while the reader is busy.
enum Fetch {
    Task(tokio::task::JoinHandle<Result<Reply>>),
    Inline(Pin<Box<dyn Future<Output = Result<Reply>> + Send>>),
}

impl ReplyPages {
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

    /// `false`: a page is asked for when it is wanted, not before.
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

    fn plan(&mut self, reply: &Reply) -> State {
        self.seen.insert(self.hasher.hash_one(&reply.url));
        match next_page(self.client.endpoint(), self.origin.as_ref(), reply) {
            Ok(None) => State::Done,
            Ok(Some(next)) if self.seen.contains(&self.hasher.hash_one(&next)) => {
                State::Failed(refused(reply, "it leads to a page that was read already"))
            }
            Ok(Some(next)) => {
                State::Idle(Box::new(self.template.clone().retarget(next.to_string())))
            }
            Err(error) => State::Failed(error),
        }
    }
}

impl Stream for ReplyPages {
    type Item = Result<Reply>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pages = &mut *self;
        if let Some(reply) = pages.waiting.take() {
            return Poll::Ready(Some(Ok(reply)));
        }
        loop {
            match &mut pages.state {
                State::Idle(_) => pages.fetch_next(),
                State::Fetching(fetch) => {
                    let fetched =
                        match fetch {
                            Fetch::Inline(future) => ready!(future.as_mut().poll(cx)),
                            Fetch::Task(task) => match ready!(Pin::new(task).poll(cx)) {
                                Ok(fetched) => fetched,
                                Err(error) => Err(Error::network("the task of a page was stopped")
                                    .with_source(error)),
                            },
                        };
                    let reply = match fetched {
                        Ok(reply) => reply,
                        Err(error) => {
                            pages.state = State::Done;
                            return Poll::Ready(Some(Err(error)));
                        }
                    };
                    pages.state = pages.plan(&reply);
                    if pages.prefetch && matches!(pages.state, State::Idle(_)) {
                        pages.fetch_next();
                        // One turn of the runtime puts the request on the wire before the reader
                        // gets busy with this page, on a single thread, too.
                        pages.waiting = Some(reply);
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    return Poll::Ready(Some(Ok(reply)));
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

impl Drop for ReplyPages {
    fn drop(&mut self) {
        if let State::Fetching(Fetch::Task(task)) = &self.state {
            task.abort();
        }
    }
}

impl std::fmt::Debug for ReplyPages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplyPages")
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}

type Decode<T> = Box<dyn Fn(&Reply, &mut Vec<T>) -> Result<()> + Send>;
type Keep<T> = Box<dyn Fn(&T) -> bool + Send>;

/// The items of a list, page after page; see [`Client::pages`].
pub struct Pages<T> {
    replies: ReplyPages,
    decode: Decode<T>,
    keep: Option<Keep<T>>,
    items: std::vec::IntoIter<T>,
    left: Option<usize>,
}

impl<T> Pages<T> {
    pub(crate) fn new(
        replies: ReplyPages,
        decode: impl Fn(&Reply, &mut Vec<T>) -> Result<()> + Send + 'static,
    ) -> Self {
        Self {
            replies,
            decode: Box::new(decode),
            keep: None,
            items: Vec::new().into_iter(),
            left: None,
        }
    }

    /// Ends after `limit` items; no page is asked for that could not matter.
    pub fn limit(mut self, limit: usize) -> Self {
        self.left = Some(limit);
        self.replies.prefetch = false;
        self
    }

    /// Leaves out the items that `keep` refuses. They count for the [limit](Self::limit).
    pub fn keep(mut self, keep: impl Fn(&T) -> bool + Send + 'static) -> Self {
        self.keep = Some(Box::new(keep));
        self
    }

    /// All items, each decoded into the place where it stays.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn collect(mut self) -> Result<Vec<T>> {
        let mut all: Vec<T> = std::mem::take(&mut self.items).collect();
        while let Some(reply) = std::future::poll_fn(|cx| self.poll_reply(cx)).await {
            self.read(&reply?, &mut all)?;
        }
        Ok(all)
    }

    /// The next page, unless no more items are wanted.
    fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Reply>>> {
        if self.left == Some(0) {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.replies).poll_next(cx)
    }

    /// Appends the items of a page, and asks for the next one if it can matter.
    fn read(&mut self, reply: &Reply, items: &mut Vec<T>) -> Result<()> {
        let before = items.len();
        (self.decode)(reply, items).inspect_err(|_| self.left = Some(0))?;
        if let Some(left) = &mut self.left {
            items.truncate(before + *left);
            *left -= items.len() - before;
            if *left > 0 {
                self.replies.fetch_next();
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
    pub(crate) fn of_arrays(replies: ReplyPages) -> Self {
        Self::new(replies, Reply::json_into)
    }
}

// The items are handed out, never pinned.
impl<T> Unpin for Pages<T> {}

impl<T> Stream for Pages<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pages = &mut *self;
        loop {
            if let Some(item) = pages.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(reply) = ready!(pages.poll_reply(cx)) else {
                return Poll::Ready(None);
            };
            let mut items = Vec::new();
            match reply.and_then(|reply| pages.read(&reply, &mut items)) {
                Ok(()) => pages.items = items.into_iter(),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl<T> std::fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("replies", &self.replies)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// The address of the next page, at the endpoint; anything that leads elsewhere is refused.
fn next_page(endpoint: &Endpoint, origin: Option<&Origin>, reply: &Reply) -> Result<Option<Uri>> {
    let Some(link) = find_link(&reply.headers, "next") else {
        return Ok(None);
    };
    let next = endpoint
        .resolve(&reply.url, &link)
        .map_err(|why| refused(reply, &why))?;
    if origin.is_some_and(|origin| origin.contains(&next)) {
        Ok(Some(next))
    } else {
        Err(refused(reply, "it leads to another origin than the list's")
            .with_hint("the Hub's pages stay at the Hub: is a mirror in between that does not rewrite them?"))
    }
}

fn refused(reply: &Reply, why: &str) -> Error {
    Error::new(
        ErrorKind::Pagination,
        format!("the link to the next page is not followed: {why}"),
    )
    .with_request(&reply.method, &reply.url.to_string())
}
