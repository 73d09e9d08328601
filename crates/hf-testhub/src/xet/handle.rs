//! What tests do with the content store.
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;

use super::Settings;
use super::external::External;
use crate::blob::Blob;
use crate::hub::Hub;
use crate::record::{Listener, RecordedRequest};

/// The Xet content store of a [`Hub`]: configures and inspects it without HTTP.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use hf_testhub::TestHub;
///
/// let hub = TestHub::start().await;
/// hub.set_xet(true);
/// hub.xet().set_grants(false);
/// let hash = hub.add_xet_file("content");
/// assert_eq!(hub.xet().file(&hash).unwrap().to_bytes().unwrap(), "content");
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Xet<'a>(&'a Hub);

/// Counters of the store since the start of the Hub or the last [`clear_stats`](Xet::clear_stats).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct XetStats {
    /// Uploaded xorbs that did not exist before.
    pub new_xorbs: u64,
    /// Uploaded xorbs that already existed.
    pub known_xorbs: u64,
    /// The size of uploaded xorbs in bytes, as they were sent.
    pub xorb_bytes: u64,
    /// Shards that were accepted.
    pub shards: u64,
    /// Files in accepted shards.
    pub files: u64,
    /// Deduplication queries.
    pub dedup_queries: u64,
    /// Deduplication queries for which a shard was returned.
    pub dedup_hits: u64,
    /// Successful reconstruction requests.
    pub reconstructions: u64,
}

/// How many requests to a listener carried which kind of token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokensSeen {
    /// Tokens of the Hub's users.
    pub hub: usize,
    /// Tokens of the content store.
    pub store: usize,
    /// Any other `Authorization`.
    pub other: usize,
}

impl<'a> Xet<'a> {
    pub(crate) fn new(hub: &'a Hub) -> Self {
        Self(hub)
    }

    fn set(self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.0.xet_state().settings);
    }

    /// Sets whether xorbs may be uploaded by grant, to the storage (the default), or only to the store itself.
    pub fn set_grants(self, on: bool) {
        self.set(|settings| settings.grants = on);
    }

    /// Sets whether shards are taken by the second version of the route (the default), or only by the first.
    pub fn set_shards_v2(self, on: bool) {
        self.set(|settings| settings.shards_v2 = on);
    }

    /// Sets whether reconstructions are served by the second version of the route (the default), or only by
    /// the first.
    pub fn set_reconstructions_v2(self, on: bool) {
        self.set(|settings| settings.reconstructions_v2 = on);
    }

    /// Sets whether deduplication queries find known chunks (the default), or treat every chunk as unknown.
    pub fn set_dedup(self, on: bool) {
        self.set(|settings| settings.dedup = on);
    }

    /// Sets whether the chunk hashes in responses are keyed (the default).
    pub fn set_keyed_dedup(self, on: bool) {
        self.set(|settings| settings.keyed = on);
    }

    /// Sets how long responses to deduplication queries are valid (a week by default). Zero means that they
    /// are already expired.
    pub fn set_dedup_lifetime(self, lifetime: Duration) {
        self.set(|settings| settings.dedup_lifetime = signed(lifetime));
    }

    /// Sets for how long tokens given from now on are valid (15 minutes by default). Zero is expired at once.
    pub fn set_token_lifetime(self, lifetime: Duration) {
        self.set(|settings| settings.token_lifetime = signed(lifetime));
    }

    /// Revokes all tokens given so far: the store refuses them with 401.
    pub fn revoke_tokens(self) {
        self.0.xet_state().tokens.revoke_all();
    }

    /// Sets what tokens call the store, whatever it is; `None` is its URL.
    pub fn set_cas_url(self, url: Option<&str>) {
        self.set(|settings| settings.cas_url = url.map(ToOwned::to_owned));
    }

    /// Puts another content store behind the Hub, whose tokens are those of this one: it is at `url` and keeps its
    /// shards in a folder, from which the Hub learns what clients sent there.
    pub fn set_external_store(self, url: &str, shards: impl Into<PathBuf>) {
        self.0.xet_state().external = Some(External::new(shards.into()));
        self.set_cas_url(Some(url));
    }

    /// Sets where redirects say that tokens are fetched, whatever it is; `None` is the route on the Hub.
    pub fn set_refresh_route(self, url: Option<&str>) {
        self.set(|settings| settings.refresh_route = url.map(ToOwned::to_owned));
    }

    /// Returns the content of a file by its Xet hash, if the store has it.
    pub fn file(self, hash: &str) -> Option<Blob> {
        let hash: hf_cas::Hash = hash.parse().ok()?;
        // The empty file has no chunks, and is never uploaded.
        if hash == hf_cas::Hash::ZERO {
            return Some(Blob::from(Vec::new()));
        }
        Some(self.0.xet_state().file(&hash)?.blob.clone())
    }

    /// Returns the Xet hash of the file whose SHA-256 this is, if the store has it.
    pub fn hash_of(self, sha256: &str) -> Option<String> {
        let hash = self.0.xet_state().by_sha256(sha256)?;
        Some(hash.to_string())
    }

    /// Returns how many xorbs the store holds.
    pub fn xorbs(self) -> usize {
        self.0.xet_state().xorbs()
    }

    /// Returns the counters of the store.
    pub fn stats(self) -> XetStats {
        self.0.xet_state().stats
    }

    /// Begins to count anew.
    pub fn clear_stats(self) {
        self.0.xet_state().stats = XetStats::default();
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// # Tokens on their way
impl Hub {
    /// Counts the recorded requests to a listener that carried a token in their headers or their query, by its kind.
    pub fn tokens_seen(&self, origin: Listener) -> TokensSeen {
        let (of_hub, of_store) = self.known_tokens();
        let mut seen = TokensSeen::default();
        for request in self.requests() {
            if request.listener == origin {
                let hub = carries(&request, &of_hub);
                let store = carries(&request, &of_store);
                seen.hub += usize::from(hub);
                seen.store += usize::from(store);
                let other = request.headers.contains_key(http::header::AUTHORIZATION);
                seen.other += usize::from(other && !hub && !store);
            }
        }
        seen
    }

    /// Returns the recorded requests that carried a token to a listener where it does not belong: the Hub's tokens
    /// belong to the Hub, the store's to the store, and none to the storage and the bridge. Anything but an empty
    /// list is a leak.
    pub fn leaked_tokens(&self) -> Vec<String> {
        let (of_hub, of_store) = self.known_tokens();
        let leaks = |request: &RecordedRequest| match request.listener {
            Listener::Hub => carries(request, &of_store),
            Listener::Cas => carries(request, &of_hub),
            Listener::Storage | Listener::Bridge => {
                request.headers.contains_key(http::header::AUTHORIZATION)
                    || carries(request, &of_hub)
                    || carries(request, &of_store)
            }
        };
        self.requests()
            .iter()
            .filter(|request| leaks(request))
            .map(|request| format!("{:?}: {}", request.listener, request.line()))
            .collect()
    }

    fn known_tokens(&self) -> (Vec<String>, Vec<String>) {
        let of_hub = self.state().tokens.keys().cloned().collect();
        let state = self.xet_state();
        (
            of_hub,
            state.tokens.names().map(ToOwned::to_owned).collect(),
        )
    }
}

fn carries(request: &RecordedRequest, tokens: &[String]) -> bool {
    let values = request.headers.values();
    let mut texts = values
        .map(http::HeaderValue::as_bytes)
        .chain([request.query.as_bytes(), request.path.as_bytes()]);
    texts.any(|text| {
        tokens.iter().any(|token| {
            text.windows(token.len())
                .any(|part| part == token.as_bytes())
        })
    })
}
