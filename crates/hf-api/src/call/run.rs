//! How calls run: thin generic shells over one monomorphic core.

use std::future::Future;

use futures_util::{StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;

use super::Context;
use crate::blocking::Anywhere;
use crate::{CallFuture, Error, HfApi, ItemStream, Request, Result};

use hf_transport::{BufferedResponse, Pages};

/// A call. Implemented by the derive.
pub trait Call: Sized + Send + Sync + 'static {
    /// The name of the method, which is that of Python's `HfApi`.
    const NAME: &'static str;

    /// The result of the call.
    type Output: Send + 'static;

    /// Returns the client and the options of the call.
    #[doc(hidden)]
    fn context(&self) -> &Context;
}

/// A call that returns a list. Implemented by the derive.
pub trait Items: Call {
    /// The type of an item.
    type Item: Send + 'static;
}

/// A call that is one request and its response.
pub trait SingleRequest: Call {
    /// Builds the request, without I/O.
    fn request(&self, api: &HfApi) -> Result<Request>;

    /// Reads the result from a successful response.
    fn decode(&self, response: BufferedResponse, api: &HfApi) -> Result<Self::Output>;

    /// Turns an error response into the result, for calls that can; returns the
    /// error by default.
    fn recover(&self, error: Error, api: &HfApi) -> Result<Self::Output> {
        let _ = api;
        Err(error)
    }
}

/// A call that is a list in pages, each a JSON array.
pub trait Listing: Items<Item: DeserializeOwned> {
    /// Builds the request of the first page; its `Link` header leads to the
    /// others.
    fn request(&self, api: &HfApi) -> Result<Request>;

    /// Returns the maximum number of items, over all pages.
    fn limit(&self) -> Option<usize> {
        None
    }

    /// Returns whether to keep an item; the limit counts dropped ones, too.
    fn keep(&self, item: &Self::Item) -> bool {
        let _ = item;
        true
    }
}

/// A call whose items are produced by code.
pub trait Streaming: Items {
    /// Streams the items, on a client that carries the options of the call.
    fn run(self, api: HfApi) -> ItemStream<Self::Item>;
}

/// A call that is implemented by code: several requests, polling, files.
pub trait Operation: Call {
    /// Runs it, on a client that carries the options of the call.
    fn run(self, api: HfApi) -> impl Future<Output = Result<Self::Output>> + Send + 'static;
}

/// Runs a [`SingleRequest`].
pub(crate) fn run_single_request<E: SingleRequest>(call: E) -> CallFuture<E::Output> {
    let sent = call.context().api(E::NAME).and_then(|api| {
        let request = call.request(&api)?;
        Ok((api.fetch(request.operation(E::NAME)), api))
    });
    Box::pin(Anywhere::new(async move {
        let (response, api) = sent?;
        match response.await {
            Ok(response) => call.decode(response, &api),
            Err(error) => call.recover(error, &api),
        }
    }))
}

/// Runs an [`Operation`].
pub(crate) fn run_operation<O: Operation>(call: O) -> CallFuture<O::Output> {
    match call.context().api(O::NAME) {
        Ok(api) => Box::pin(Anywhere::new(call.run(api))),
        Err(error) => failed(error),
    }
}

/// Streams a [`Listing`] page by page: the next page is fetched while the items
/// before it are used, unless the limit is reached on this one.
pub(crate) fn stream_listing<L: Listing>(call: L) -> ItemStream<L::Item> {
    match pages(call) {
        Ok(pages) => Anywhere::new(pages).boxed(),
        Err(error) => failed_stream(error),
    }
}

/// Collects the items of a [`Listing`].
pub(crate) fn collect_listing<L: Listing>(call: L) -> CallFuture<Vec<L::Item>> {
    match pages(call) {
        Ok(pages) => Box::pin(Anywhere::new(pages.collect())),
        Err(error) => failed(error),
    }
}

fn pages<L: Listing>(call: L) -> Result<Pages<L::Item>> {
    let api = call.context().api(L::NAME)?;
    let request = call.request(&api)?.operation(L::NAME);
    let mut pages = api.client().pages(api.apply(request));
    if let Some(limit) = call.limit() {
        pages = pages.limit(limit);
    }
    Ok(pages.keep(move |item| call.keep(item)))
}

/// Streams a [`Streaming`].
pub(crate) fn stream_operation<S: Streaming>(call: S) -> ItemStream<S::Item> {
    match call.context().api(S::NAME) {
        Ok(api) => Anywhere::new(call.run(api)).boxed(),
        Err(error) => failed_stream(error),
    }
}

/// Collects the items of a stream.
pub(crate) fn collect<T: Send + 'static>(stream: ItemStream<T>) -> CallFuture<Vec<T>> {
    Box::pin(stream.try_collect())
}

/// Returns the future of a call that failed before it was sent.
pub(crate) fn failed<T: Send + 'static>(error: Error) -> CallFuture<T> {
    Box::pin(std::future::ready(Err(error)))
}

fn failed_stream<T: Send + 'static>(error: Error) -> ItemStream<T> {
    futures_util::stream::iter([Err(error)]).boxed()
}

impl HfApi {
    /// Sends `request` and collects its response; an error status is an error.
    pub(crate) fn fetch(&self, request: Request) -> CallFuture<BufferedResponse> {
        let api = self.clone();
        Box::pin(async move { api.client().fetch(api.apply(request)).await })
    }

    /// Like [`fetch`](Self::fetch), with a limit on the size of the response.
    pub(crate) async fn fetch_limited(
        &self,
        request: Request,
        limit: u64,
    ) -> Result<BufferedResponse> {
        let response = self.client().execute(self.apply(request)).await?;
        response.collect(limit).await
    }

    /// Like [`fetch`](Self::fetch), and reads the JSON of the response.
    pub(crate) async fn fetch_json<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        self.fetch(request).await?.json()
    }

    /// Streams the pages of a list; the next one is fetched while one is used.
    pub(crate) fn response_pages(&self, request: Request) -> ItemStream<BufferedResponse> {
        self.client().response_pages(self.apply(request)).boxed()
    }
}

/// Returns the size of what `f` returns, without calling it.
#[cfg(all(test, feature = "by-name"))]
pub(crate) fn size_of_returned<A, B, R>(_f: fn(A, B) -> R) -> usize {
    size_of::<R>()
}
