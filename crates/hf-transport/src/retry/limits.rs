use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, Request, StatusCode};
use tokio::time::Instant;

use super::headers::{RateLimit, retry_after};
use crate::marks::{Marks, TokenMode};
use crate::origin::Origin;

/// What concurrent calls know together about the rate limit. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct RateLimits(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Until when it is no use to ask.
    closed: Mutex<HashMap<Key, Instant>>,
    hasher: RandomState,
}

/// What is counted together: a server's requests of one kind by one caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    origin: Origin,
    class: Class,
    /// A hash of the token that a request brought of its own.
    caller: u64,
}

/// The kinds that the Hub counts apart.
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
            .get::<Marks>()
            .map(|marks| &marks.token)
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

    /// How long to wait before a request of this key.
    pub(crate) fn wait(&self, key: &Key) -> Option<Duration> {
        let mut closed = self.0.closed.lock().unwrap_or_else(PoisonError::into_inner);
        let left = closed.get(key)?.saturating_duration_since(Instant::now());
        if left.is_zero() {
            closed.remove(key);
            return None;
        }
        Some(left)
    }

    /// Takes note of what an answer says: a used-up quota, or a refusal with a time.
    pub(crate) fn note(&self, key: Key, status: StatusCode, headers: &HeaderMap) {
        let used_up = RateLimit::from_headers(headers)
            .filter(|limit| limit.remaining == 0)
            .map(|limit| limit.reset);
        let refused = || {
            (status == StatusCode::TOO_MANY_REQUESTS)
                .then(|| retry_after(headers, SystemTime::now()))
                .flatten()
        };
        let Some(wait) = used_up.or_else(refused).filter(|wait| !wait.is_zero()) else {
            return;
        };
        let Some(until) = Instant::now().checked_add(wait) else {
            return;
        };
        let mut closed = self.0.closed.lock().unwrap_or_else(PoisonError::into_inner);
        let known = closed.entry(key).or_insert(until);
        *known = (*known).max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Token;

    fn request(url: &str, token: TokenMode) -> Request<()> {
        let mut request = Request::get(url).body(()).unwrap();
        request.extensions_mut().insert(Marks {
            token,
            ..Marks::default()
        });
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

    #[tokio::test(start_paused = true)]
    async fn a_refusal_s_retry_after_counts_too() {
        let limits = RateLimits::default();
        let key = limits
            .key(&request("https://h/api/x", TokenMode::Default))
            .unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "7".parse().unwrap());
        limits.note(key.clone(), StatusCode::SERVICE_UNAVAILABLE, &headers);
        assert_eq!(limits.wait(&key), None);
        limits.note(key.clone(), StatusCode::TOO_MANY_REQUESTS, &headers);
        assert_eq!(limits.wait(&key), Some(Duration::from_secs(7)));
    }
}
