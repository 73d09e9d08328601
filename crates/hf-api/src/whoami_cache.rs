//! Earlier results of `whoami`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hf_transport::digest::Sha256Hasher;
use hf_types::WhoAmI;

use crate::Token;

/// The time for which a result is used: after it, a token that was revoked or
/// whose scopes have changed is noticed.
const LIFETIME: Duration = Duration::from_secs(600);

/// The maximum number of results, so that a server that acts for many users
/// does not grow without bound.
const CAPACITY: usize = 256;

/// Results of `whoami`, by the SHA-256 of the token: no token is kept.
#[derive(Default)]
pub(crate) struct WhoamiCache(Mutex<HashMap<[u8; 32], (Instant, WhoAmI)>>);

impl WhoamiCache {
    pub(crate) fn get(&self, token: &Token, now: Instant) -> Option<WhoAmI> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, me) = kept.get(&fingerprint(token))?;
        is_fresh(*at, now).then(|| me.clone())
    }

    pub(crate) fn insert(&self, token: &Token, me: &WhoAmI, now: Instant) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (at, _)| is_fresh(*at, now));
        if kept.len() >= CAPACITY
            && let Some(oldest) = kept
                .iter()
                .min_by_key(|(_, (at, _))| *at)
                .map(|(key, _)| *key)
        {
            kept.remove(&oldest);
        }
        kept.insert(fingerprint(token), (now, me.clone()));
    }
}

fn is_fresh(at: Instant, now: Instant) -> bool {
    now.saturating_duration_since(at) < LIFETIME
}

fn fingerprint(token: &Token) -> [u8; 32] {
    Sha256Hasher::digest(token.expose()).to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(number: usize) -> Token {
        Token::new(format!("hf_{number}")).unwrap()
    }

    #[test]
    fn what_whoami_said_is_asked_for_again_after_ten_minutes() {
        let (cache, start) = (WhoamiCache::default(), Instant::now());
        cache.insert(&token(1), &WhoAmI::default(), start);
        assert!(cache.get(&token(1), start + LIFETIME / 2).is_some());
        assert!(cache.get(&token(2), start).is_none());
        assert!(cache.get(&token(1), start + LIFETIME).is_none());
    }

    #[test]
    fn the_cache_of_many_tokens_does_not_grow_for_ever() {
        let (cache, start) = (WhoamiCache::default(), Instant::now());
        for number in 0..2 * CAPACITY {
            let later = start + Duration::from_millis(number as u64);
            cache.insert(&token(number), &WhoAmI::default(), later);
        }
        assert_eq!(cache.0.lock().unwrap().len(), CAPACITY);
        assert!(
            cache.get(&token(0), start).is_none(),
            "the oldest goes first"
        );
        assert!(cache.get(&token(2 * CAPACITY - 1), start).is_some());
    }
}
