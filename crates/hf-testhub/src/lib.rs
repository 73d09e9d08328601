#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod blob;
mod bulk;
mod cached;
mod card;
mod disguise;
mod encoding;
mod fault;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod hostile;
mod hub;
mod inspect;
mod mimic;
mod names;
mod op;
mod options;
mod range;
mod record;
mod request_body;
mod response;
mod routes;
mod seed;
mod server;
mod store;
mod test_hub;
mod wire;
mod xet;

pub use blob::Blob;
pub use fault::{CannedResponse, Fault, FaultHandle};
pub use hf_types::{Gated, RepoType};
pub use hub::Hub;
pub use inspect::CommitSummary;
pub use mimic::Mimic;
pub use names::RepoName;
pub use op::Op;
pub use options::HubOptions;
pub use record::{Listener, RecordedRequest};
pub use store::Role;
pub use test_hub::TestHub;
pub use xet::{Lie, TokensSeen, Xet, XetStats};

/// Locks a mutex even if another thread panicked while holding it, so that a failed test is not
/// hidden behind a poisoned lock.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
