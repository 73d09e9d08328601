//! Faults that tests inject: which requests they affect, how often, and what they do.
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
use crate::record::Listener;

/// Selects the requests that a fault affects.
#[derive(Clone, Debug)]
pub(crate) struct Matcher {
    pub(crate) method: Option<Method>,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) listener: Option<Listener>,
}

impl Matcher {
    fn hits(&self, origin: Listener, method: &Method, path: &str, query: &str) -> bool {
        self.listener.is_none_or(|wanted| wanted == origin)
            && self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self
                .query
                .as_ref()
                .is_none_or(|part| query.contains(part.as_str()))
            && glob(&self.path, path)
    }
}

/// Matches a pattern in which `*` matches any sequence of characters, including `/`.
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

/// A handle to an installed fault. It counts how often the fault was triggered, and can remove it.
#[derive(Clone, Debug)]
pub struct FaultHandle(Arc<InstalledFault>);

impl FaultHandle {
    /// Returns how many requests the fault has affected so far.
    pub fn fired(&self) -> usize {
        self.0.fired.load(Ordering::SeqCst)
    }

    /// Removes the fault, which affects no further requests.
    pub fn lift(&self) {
        self.0.lifted.store(true, Ordering::SeqCst);
    }
}

#[derive(Debug)]
pub(crate) struct InstalledFault {
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
    installed: Mutex<Vec<Arc<InstalledFault>>>,
}

impl Faults {
    pub(crate) fn install(&self, fault: Fault) -> FaultHandle {
        let installed = Arc::new(InstalledFault {
            matcher: fault.matcher,
            skip: fault.skip,
            times: fault.times,
            effects: Arc::new(fault.effects),
            seen: AtomicUsize::new(0),
            fired: AtomicUsize::new(0),
            lifted: AtomicBool::new(false),
        });
        lock(&self.installed).push(Arc::clone(&installed));
        self.any.store(true, Ordering::SeqCst);
        FaultHandle(installed)
    }

    pub(crate) fn clear(&self) {
        lock(&self.installed).clear();
        self.any.store(false, Ordering::SeqCst);
    }

    /// Returns the first installed fault that applies to this request and is not exhausted.
    pub(crate) fn pick(
        &self,
        origin: Listener,
        method: &Method,
        path: &str,
        query: &str,
    ) -> Option<Arc<Effects>> {
        if !self.any.load(Ordering::SeqCst) {
            return None;
        }
        for installed in lock(&self.installed).iter() {
            let done = installed.lifted.load(Ordering::SeqCst)
                || installed
                    .times
                    .is_some_and(|times| installed.fired.load(Ordering::SeqCst) >= times);
            if done || !installed.matcher.hits(origin, method, path, query) {
                continue;
            }
            if installed.seen.fetch_add(1, Ordering::SeqCst) < installed.skip {
                continue;
            }
            installed.fired.fetch_add(1, Ordering::SeqCst);
            return Some(Arc::clone(&installed.effects));
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
