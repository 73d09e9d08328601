//! The Xet content store behind the Hub: chunks in xorbs, files as lists of terms, and who may have them.
mod accept;
mod content;
mod dedup;
mod external;
mod file;
mod handle;
mod lie;
mod reconstruction;
mod store;
mod tokens;
mod xorb;

pub(crate) use accept::accept;
pub(crate) use external::learn;
pub use handle::{TokensSeen, Xet, XetStats};
pub use lie::Lie;
pub(crate) use reconstruction::{Version, answer};
pub(crate) use store::{Grant, XetState};
pub(crate) use tokens::Scope;
pub(crate) use xorb::Xorb;

/// How the store behaves where the real one has its reasons.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Whether xorbs are uploaded by grant if the client asks for one.
    pub(crate) grants: bool,
    pub(crate) shards_v2: bool,
    pub(crate) reconstructions_v2: bool,
    /// Whether deduplication queries find known chunks.
    pub(crate) dedup: bool,
    /// Whether the shards in responses have a key.
    pub(crate) keyed: bool,
    pub(crate) dedup_lifetime: jiff::SignedDuration,
    pub(crate) token_lifetime: jiff::SignedDuration,
    /// What tokens call the store, instead of its URL.
    pub(crate) cas_url: Option<String>,
    /// Where redirects say that tokens are fetched, instead of on the Hub.
    pub(crate) refresh_route: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            grants: true,
            shards_v2: true,
            reconstructions_v2: true,
            dedup: true,
            keyed: true,
            dedup_lifetime: jiff::SignedDuration::from_hours(24 * 7),
            token_lifetime: jiff::SignedDuration::from_mins(15),
            cas_url: None,
            refresh_route: None,
        }
    }
}
