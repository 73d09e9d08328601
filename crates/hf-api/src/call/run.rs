//! How calls run: thin generic shells over one monomorphic core.

use std::future::Future;

use futures_util::{StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;

use super::Context;
use crate::blocking::Anywhere;
use crate::{CallFuture, Error, HfApi, ItemStream, Request, Result};

use hf_transport::{BufferedResponse, Pages};

/// What the derive implements for every call.
pub trait Call: Sized + Send + Sync + 'static {
    /// The name of the method, which is that of Python's `HfApi`.
    const NAME: &'static str;

    /// What awaiting the call gives.
    type Output: Send + 'static;

    /// Returns the client and the options of the call.
    #[doc(hidden)]
    fn context(&self) -> &Context;
}

/// What the derive implements for calls that return lists.
pub trait Items: Call {
    /// One item.
    type Item: Send + 'static;
}

/// A call that is one request and its answer.
pub trait Endpoint: Call {
    /// The request, without I/O.
    fn request(&self, api: &HfApi) -> Result<Request>;

    /// The result, from an answer that is a success.
    fn decode(&self, response: BufferedResponse, api: &HfApi) -> Result<Self::Output>;

    /// The result where the answer is an error, if the call makes one of it.
    fn recover(&self, error: Error, api: &HfApi) -> Result<Self::Output> {
        let _ = api;
        Err(error)
    }
}

/// A call that is a list in pages, each a JSON array.
pub trait Listing: Items<Item: DeserializeOwned> {
    /// The request of the first page; the others follow from its `Link`.
    fn request(&self, api: &HfApi) -> Result<Request>;

    /// The most items wanted, over all pages.
    fn limit(&self) -> Option<usize> {
        None
    }

    /// Whether an item is wanted; the limit counts also those that are not.
    fn keep(&self, item: &Self::Item) -> bool {
        let _ = item;
        true
    }
}

/// A call whose items come from code.
pub trait Streaming: Items {
    /// The items, on a client that carries the options of the call.
    fn run(self, api: HfApi) -> ItemStream<Self::Item>;
}

/// A call that is code: several requests, waiting, files.
pub trait Operation: Call {
    /// Runs it, on a client that carries the options of the call.
    fn run(self, api: HfApi) -> impl Future<Output = Result<Self::Output>> + Send + 'static;
}

/// Runs an [`Endpoint`].
pub(crate) fn run_endpoint<E: Endpoint>(call: E) -> CallFuture<E::Output> {
    let sent = call.context().api().and_then(|api| {
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
    match call.context().api() {
        Ok(api) => Box::pin(Anywhere::new(call.run(api))),
        Err(error) => failed(error),
    }
}

/// Runs a [`Listing`] page by page: the next page is fetched while the items
/// before it are used, unless the limit ends on this one.
pub(crate) fn stream_listing<L: Listing>(call: L) -> ItemStream<L::Item> {
    match pages(call) {
        Ok(pages) => Anywhere::new(pages).boxed(),
        Err(error) => failed_stream(error),
    }
}

/// All items of a [`Listing`].
pub(crate) fn collect_listing<L: Listing>(call: L) -> CallFuture<Vec<L::Item>> {
    match pages(call) {
        Ok(pages) => Box::pin(Anywhere::new(pages.collect())),
        Err(error) => failed(error),
    }
}

fn pages<L: Listing>(call: L) -> Result<Pages<L::Item>> {
    let api = call.context().api()?;
    let request = call.request(&api)?.operation(L::NAME);
    let mut pages = api.client().pages(api.apply(request));
    if let Some(limit) = call.limit() {
        pages = pages.limit(limit);
    }
    Ok(pages.keep(move |item| call.keep(item)))
}

/// Runs a [`Streaming`].
pub(crate) fn stream_operation<S: Streaming>(call: S) -> ItemStream<S::Item> {
    match call.context().api() {
        Ok(api) => Anywhere::new(call.run(api)).boxed(),
        Err(error) => failed_stream(error),
    }
}

/// All items of a stream.
pub(crate) fn collect<T: Send + 'static>(stream: ItemStream<T>) -> CallFuture<Vec<T>> {
    Box::pin(stream.try_collect())
}

/// A call that failed before it was sent.
pub(crate) fn failed<T: Send + 'static>(error: Error) -> CallFuture<T> {
    Box::pin(std::future::ready(Err(error)))
}

fn failed_stream<T: Send + 'static>(error: Error) -> ItemStream<T> {
    futures_util::stream::iter([Err(error)]).boxed()
}

impl HfApi {
    /// Sends `request` and collects its answer; an error status is an error.
    pub(crate) fn fetch(&self, request: Request) -> CallFuture<BufferedResponse> {
        let api = self.clone();
        Box::pin(async move { api.client().fetch(api.apply(request)).await })
    }

    /// Like [`fetch`](Self::fetch), with a limit for the bytes of the answer.
    pub(crate) async fn fetch_limited(
        &self,
        request: Request,
        limit: u64,
    ) -> Result<BufferedResponse> {
        let response = self.client().execute(self.apply(request)).await?;
        response.collect(limit).await
    }

    /// Like [`fetch`](Self::fetch), for code that needs JSON.
    pub(crate) async fn fetch_json<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        self.fetch(request).await?.json()
    }

    /// The pages of a list, the next one fetched while one is used.
    pub(crate) fn response_pages(&self, request: Request) -> ItemStream<BufferedResponse> {
        self.client().response_pages(self.apply(request)).boxed()
    }
}

/// Returns the size of what `f` returns, without calling it.
#[cfg(all(test, feature = "by-name"))]
pub(crate) fn size_of_returned<A, B, R>(_f: fn(A, B) -> R) -> usize {
    size_of::<R>()
}
