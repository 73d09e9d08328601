//! Files from the chunks of a store.
//!
//! ```text
//! session           what the downloads of a program share: settings, memory
//!   file            a file of a store: written in any order, streamed, read in parts
//!     run           many responses at once, what fails asked for again
//!       fetch       one response; its bytes go to the driver as a `message`
//!       source      the file in its store, and what the session shares
//!       plan        how the file is put together: what the store says, checked
//!       multipart   the ranges of a response
//!       chunk_cache what was fetched before, on disk
//!       record      from a response to what is kept of it
//!       assemble    from the bytes of a xorb to chunks at their places
//!     verify        the tree over all chunks
//! ```
//!
//! `plan`, `multipart`, `record`, `assemble` and `verify` make no requests and can be used with any other transport.

mod assemble;
mod chunk_cache;
mod fetch;
mod file;
mod message;
mod multipart;
mod plan;
mod ranges;
mod record;
mod run;
mod session;
mod settings;
mod sink;
mod source;
mod verify;
mod wire;

pub use file::{FileDownload, Verified};
pub use multipart::RangeBody;
pub use plan::{Fetch, Part, Reconstruction, Term, Version};
pub use session::DownloadSession;
pub use settings::DownloadSettings;
pub use sink::Sink;
