//! The rate limit state that concurrent calls share.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, Request, StatusCode};
use tokio::time::Instant;

use super::headers::{RateLimit, retry_after};
use crate::origin::Origin;
use crate::request::{RequestOptions, TokenMode};

/// How many consecutive 429 responses mean that the quota is exhausted, if the server does not say so itself.
const REFUSALS: u32 = 3;

/// The rate limit state that concurrent calls share. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct RateLimits(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    known: Mutex<HashMap<Key, State>>,
    /// Whether `known` has entries, so that most responses need not lock it.
    any: AtomicBool,
    hasher: RandomState,
}

/// The state of one key. Keys without limits have no entry.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// The time until which requests are delayed.
    until: Option<Instant>,
    /// Consecutive 429 responses since the last other one.
    refusals: u32,
}

impl State {
    fn is_over(&self, now: Instant) -> bool {
        self.refusals == 0 && self.until.is_none_or(|until| until <= now)
    }
}

/// Requests that are counted together: those of one kind, to one server, by one caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    origin: Origin,
    class: Class,
    /// A hash of the request's own token, if it has one.
    caller: u64,
}

/// The kinds of requests that the Hub counts separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Class {
    Api,
    Resolvers,
    Pages,
}

impl Class {
    fn of(path: &str) -> Self {
        if path.contains("/resolve/") || path.contains("/resolve-cache/") {
            Self::Resolvers
        } else if path.contains("/api/") {
            Self::Api
        } else {
            Self::Pages
        }
    }
}

impl RateLimits {
    pub(crate) fn key<B>(&self, request: &Request<B>) -> Option<Key> {
        let caller = match request
            .extensions()
            .get::<RequestOptions>()
            .map(RequestOptions::token)
        {
            None | Some(TokenMode::Default | TokenMode::Required) => 0,
            Some(TokenMode::None) => 1,
            Some(TokenMode::Explicit(token)) => self.0.hasher.hash_one(token.expose()),
        };
        Some(Key {
            origin: Origin::of(request.uri())?,
            class: Class::of(request.uri().path()),
            caller,
        })
    }

    /// Returns how long to wait before a request of this key.
    pub(crate) fn wait(&self, key: &Key) -> Option<Duration> {
        if !self.0.any.load(Ordering::Acquire) {
            return None;
        }
        let now = Instant::now();
        let until = self.lock().get(key)?.until?;
        (until > now).then(|| until - now)
    }

    /// Records what a response says about the limit: an exhausted quota, or a refusal.
    pub(crate) fn note(&self, key: Key, status: StatusCode, headers: &HeaderMap) {
        let used_up = RateLimit::from_headers(headers)
            .filter(|limit| limit.remaining == 0)
            .map(|limit| limit.reset);
        let refused = status == StatusCode::TOO_MANY_REQUESTS;
        if used_up.is_none() && !refused && !self.0.any.load(Ordering::Acquire) {
            return;
        }
        let now = Instant::now();
        let mut known = self.lock();
        let state = known.entry(key).or_default();
        state.refusals = if refused {
            state.refusals.saturating_add(1)
        } else {
            0
        };
        let asked = || {
            (state.refusals >= REFUSALS)
                .then(|| retry_after(headers, SystemTime::now()))
                .flatten()
        };
        if let Some(until) = used_up
            .or_else(asked)
            .and_then(|wait| now.checked_add(wait))
        {
            state.until = state.until.max(Some(until));
        }
        known.retain(|_, state| !state.is_over(now));
        self.0.any.store(!known.is_empty(), Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, State>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Token;

    fn request(url: &str, token: TokenMode) -> Request<()> {
        let mut request = Request::get(url).body(()).unwrap();
        request
            .extensions_mut()
            .insert(RequestOptions::new().with_token(token));
        request
    }

    #[tokio::test(start_paused = true)]
    async fn what_one_call_learns_holds_for_its_kind() {
        let limits = RateLimits::default();
        let key = |url: &str, mode| limits.key(&request(url, mode)).unwrap();
        let api = key("https://h/api/models", TokenMode::Default);
        let mut headers = HeaderMap::new();
        headers.insert("ratelimit", "\"api\";r=1;t=30".parse().unwrap());
        limits.note(api.clone(), StatusCode::OK, &headers);
        assert_eq!(limits.wait(&api), None);
        headers.insert("ratelimit", "\"api\";r=0;t=30".parse().unwrap());
        limits.note(api.clone(), StatusCode::OK, &headers);
        tokio::time::advance(Duration::from_secs(10)).await;
        let explicit = TokenMode::Explicit(Token::new("x").unwrap());
        for (url, mode, waits) in [
            ("https://h/api/datasets/x", TokenMode::Required, true),
            ("https://h/ns/n/resolve/main/f", TokenMode::Default, false),
            ("https://other/api/models", TokenMode::Default, false),
            ("https://h/api/models", TokenMode::None, false),
            ("https://h/api/models", explicit, false),
        ] {
            let wait = limits.wait(&key(url, mode));
            assert_eq!(wait, waits.then_some(Duration::from_secs(20)), "{url}");
        }
        tokio::time::advance(Duration::from_secs(20)).await;
        assert_eq!(limits.wait(&api), None);
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[tokio::test(start_paused = true)]
    async fn one_sporadic_429_holds_nobody_else_up_and_three_in_a_row_do() {
        let limits = RateLimits::default();
        let key = limits
            .key(&request("https://h/api/x", TokenMode::Default))
            .unwrap();
        let asked = headers("retry-after", "7");
        let refuse = || limits.note(key.clone(), StatusCode::TOO_MANY_REQUESTS, &asked);
        for _ in 0..10 {
            refuse();
            refuse();
            limits.note(key.clone(), StatusCode::OK, &HeaderMap::new());
            assert_eq!(limits.wait(&key), None);
        }
        limits.note(key.clone(), StatusCode::SERVICE_UNAVAILABLE, &asked);
        assert_eq!(limits.wait(&key), None);
        for _ in 0..3 {
            refuse();
        }
        assert_eq!(limits.wait(&key), Some(Duration::from_secs(7)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_over_is_forgotten() {
        let limits = RateLimits::default();
        let ok = |token: &str, headers: &HeaderMap| {
            let mode = TokenMode::Explicit(Token::new(token).unwrap());
            let key = limits.key(&request("https://h/api/x", mode)).unwrap();
            limits.note(key, StatusCode::OK, headers);
        };
        let used_up = headers("ratelimit", "\"api\";r=0;t=30");
        for caller in 0..100 {
            ok(&format!("hf_{caller}"), &used_up);
        }
        assert_eq!(limits.lock().len(), 100);
        tokio::time::advance(Duration::from_secs(31)).await;
        ok("hf_0", &HeaderMap::new());
        assert!(limits.lock().is_empty());
        assert!(!limits.0.any.load(Ordering::Acquire));
    }
}
