//! Calls without async code: one background runtime serves them all.
//!
//! Every call has `.wait()`, every list `.iter()`. They work in plain
//! threads and inside another runtime alike, as the work is done elsewhere;
//! inside a runtime they block its thread, so prefer `.await` there.

use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, sync_channel};

use futures_util::StreamExt;
use tokio::runtime::Handle;

use crate::{CallFuture, Error, ErrorKind, ItemStream, Result};

/// Items that were received but not yet asked for.
const READ_AHEAD: usize = 64;

static RUNTIME: LazyLock<std::io::Result<Handle>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("hf-api".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
});

fn runtime() -> Result<&'static Handle> {
    RUNTIME.as_ref().map_err(|error| {
        Error::new(
            ErrorKind::Io,
            format!("the background thread for blocking calls did not start: {error}"),
        )
    })
}

/// Blocks until `future` is done.
pub fn wait<T: Send + 'static>(future: CallFuture<T>) -> Result<T> {
    let (result, done) = sync_channel(1);
    runtime()?.spawn(async move {
        // The receiver waits below; it is gone only if its thread is.
        let _ = result.send(future.await);
    });
    done.recv().unwrap_or_else(|_| Err(panicked()))
}

/// Iterates over a stream.
pub(crate) fn iter<T: Send + 'static>(mut stream: ItemStream<T>) -> Iter<T> {
    let (items, received) = tokio::sync::mpsc::channel(READ_AHEAD);
    let error = match runtime() {
        Ok(runtime) => {
            runtime.spawn(async move {
                while let Some(item) = stream.next().await {
                    if items.send(item).await.is_err() {
                        break;
                    }
                }
            });
            None
        }
        Err(error) => Some(error),
    };
    Iter {
        received: Some(received),
        error,
    }
}

fn panicked() -> Error {
    Error::new(
        ErrorKind::Network,
        "the call ended without a result, as its task panicked",
    )
}

/// The items of a list, in a thread that may block. Dropping it stops the
/// requests.
#[derive(Debug)]
pub struct Iter<T> {
    received: Option<tokio::sync::mpsc::Receiver<Result<T>>>,
    error: Option<Error>,
}

impl<T: Send + 'static> Iterator for Iter<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let mut received = self.received.take()?;
        let (result, done): (_, Receiver<_>) = sync_channel(1);
        let Ok(runtime) = runtime() else { return None };
        runtime.spawn(async move {
            let item = received.recv().await;
            let _ = result.send((item, received));
        });
        let (item, received) = done.recv().ok()?;
        self.received = Some(received);
        item
    }
}
