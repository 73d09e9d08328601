//! Dry runs of calls.

use std::future::{Future, IntoFuture};

use super::run::{Call, failed};
use crate::blocking::Anywhere;
use crate::{CallFuture, HfApi, Result};

/// A call that has a dry run.
pub trait Plan: Call {
    /// The result of the dry run.
    type Plan: Send + 'static;

    /// Makes the dry run, on a client that carries the options of the call.
    fn plan(self, api: HfApi) -> impl Future<Output = Result<Self::Plan>> + Send + 'static;
}

/// The dry run of a call: awaited, it returns what the call would do, and
/// changes nothing.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let files = api.snapshot_download("gpt2").dry_run().await?;
/// let bytes: u64 = files.iter().filter(|file| file.will_download).filter_map(|file| file.file_size).sum();
/// println!("{bytes} bytes to download");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a call does nothing until it is awaited"]
pub struct DryRun<C>(C);

impl<C: Plan> DryRun<C> {
    pub(crate) fn new(call: C) -> Self {
        Self(call)
    }

    /// Returns the future of the dry run.
    pub fn send(self) -> CallFuture<C::Plan> {
        match self.0.context().api(C::NAME) {
            Ok(api) => Box::pin(Anywhere::new(self.0.plan(api))),
            Err(error) => failed(error),
        }
    }

    /// Makes the dry run and blocks this thread until its result is there. See
    /// [`blocking`](crate::blocking).
    pub fn wait(self) -> Result<C::Plan> {
        crate::blocking::wait(self.send())
    }
}

impl<C: Plan> IntoFuture for DryRun<C> {
    type Output = Result<C::Plan>;
    type IntoFuture = CallFuture<C::Plan>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}
