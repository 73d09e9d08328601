//! Faults on request: which requests they hit, how often, and what they do.
mod apply;
mod canned;
mod plan;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::Method;

pub(crate) use apply::apply;
pub use canned::CannedResponse;
pub(crate) use plan::Effects;
pub use plan::Fault;

use crate::lock;
use crate::record::Origin;

/// Which requests a fault hits.
#[derive(Clone, Debug)]
pub(crate) struct Matcher {
    pub(crate) method: Option<Method>,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) origin: Option<Origin>,
}

impl Matcher {
    fn hits(&self, origin: Origin, method: &Method, path: &str, query: &str) -> bool {
        self.origin.is_none_or(|wanted| wanted == origin)
            && self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self
                .query
                .as_ref()
                .is_none_or(|part| query.contains(part.as_str()))
            && glob(&self.path, path)
    }
}

/// `*` stands for any run of characters, `/` included; everything else for itself.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A fault that was put in place: tells how often it struck, and can be lifted.
#[derive(Clone, Debug)]
pub struct FaultHandle(Arc<Placed>);

impl FaultHandle {
    /// How many requests it hit so far.
    pub fn fired(&self) -> usize {
        self.0.fired.load(Ordering::SeqCst)
    }

    /// Lifts the fault: no request is hit from now on.
    pub fn lift(&self) {
        self.0.lifted.store(true, Ordering::SeqCst);
    }
}

#[derive(Debug)]
pub(crate) struct Placed {
    matcher: Matcher,
    skip: usize,
    times: Option<usize>,
    effects: Arc<Effects>,
    seen: AtomicUsize,
    fired: AtomicUsize,
    lifted: AtomicBool,
}

#[derive(Default)]
pub(crate) struct Faults {
    any: AtomicBool,
    placed: Mutex<Vec<Arc<Placed>>>,
}

impl Faults {
    pub(crate) fn place(&self, fault: Fault) -> FaultHandle {
        let placed = Arc::new(Placed {
            matcher: fault.matcher,
            skip: fault.skip,
            times: fault.times,
            effects: Arc::new(fault.effects),
            seen: AtomicUsize::new(0),
            fired: AtomicUsize::new(0),
            lifted: AtomicBool::new(false),
        });
        lock(&self.placed).push(Arc::clone(&placed));
        self.any.store(true, Ordering::SeqCst);
        FaultHandle(placed)
    }

    pub(crate) fn clear(&self) {
        lock(&self.placed).clear();
        self.any.store(false, Ordering::SeqCst);
    }

    /// The first fault in place that still has something to do for this request.
    pub(crate) fn pick(
        &self,
        origin: Origin,
        method: &Method,
        path: &str,
        query: &str,
    ) -> Option<Arc<Effects>> {
        if !self.any.load(Ordering::SeqCst) {
            return None;
        }
        for placed in lock(&self.placed).iter() {
            let done = placed.lifted.load(Ordering::SeqCst)
                || placed
                    .times
                    .is_some_and(|times| placed.fired.load(Ordering::SeqCst) >= times);
            if done || !placed.matcher.hits(origin, method, path, query) {
                continue;
            }
            if placed.seen.fetch_add(1, Ordering::SeqCst) < placed.skip {
                continue;
            }
            placed.fired.fetch_add(1, Ordering::SeqCst);
            return Some(Arc::clone(&placed.effects));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("*", "/any/thing", true),
            ("/api/*/commit/*", "/api/models/u/n/commit/main", true),
            ("/api/*/commit/*", "/api/models/u/n/preupload/main", false),
            ("/exact", "/exact", true),
            ("/exact", "/exact/not", false),
            ("*/resolve/*.bin", "/u/n/resolve/main/a.bin", true),
            ("*/resolve/*.bin", "/u/n/resolve/main/a.bin.txt", false),
            ("/a*a", "/a", false),
            ("*ab*ab", "/ab", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
