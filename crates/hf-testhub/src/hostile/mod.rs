//! Servers that misbehave systematically, for property tests.
//!
//! A [`Fault`](crate::Fault) affects selected requests. A [`Behavior`] describes a whole server:
//! one that refuses ranges, cuts every body off, sends errors in XML, or allows one connection. It
//! is a plain value made of small independent parts, so that a property test can generate any
//! combination of them and print the one that failed:
//!
//! ```
//! use hf_testhub::hostile::{Behavior, Errors, RangeSupport};
//! use hf_testhub::{Listener, TestHub};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let hub = TestHub::start().await;
//! // A storage that ignores `Range`, cuts each body after a megabyte, and is overloaded every third time.
//! hub.set_behavior(
//!     Listener::Storage,
//!     Behavior::new()
//!         .range(RangeSupport::Ignored)
//!         .cut_after(1 << 20)
//!         .errors(Errors::every(3, 503)),
//! );
//! // ... run the client under test; then it must have ended within bounds:
//! assert!(hub.requests().len() < 100);
//! assert!(hub.bytes_sent(Listener::Storage) < 100 << 20);
//! # }
//! ```
//!
//! Each enum lists its variants in `ALL`, for `proptest::sample::select` and for loops over all of them.
mod apply;
mod behavior;
mod errors;
mod kinds;
mod links;

pub(crate) use apply::{Misbehavior, Verdict};
pub use behavior::{Behavior, Cut, Redirects, ResponseLimit};
pub use errors::{ErrorBody, Errors, REASON, When};
pub use kinds::{Encoding, EtagForm, Excess, RangeSupport, RedirectTarget, StopKind};
pub use links::LinkForm;
