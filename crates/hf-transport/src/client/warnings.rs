//! Warnings that the Hub sends in response headers.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use http::HeaderMap;

/// Topics already logged by this process.
static WARNED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// The maximum number of topics kept: a server that invents new ones must not fill the memory.
const TOPICS: usize = 256;

/// Logs the warnings of a response (`X-HF-Warning: topic; message`), each topic once per process.
pub(super) fn pass_on(headers: &HeaderMap) {
    for value in headers.get_all("x-hf-warning") {
        if let Some(message) = fresh(&String::from_utf8_lossy(value.as_bytes())) {
            tracing::warn!("{message}");
        }
    }
}

fn fresh(text: &str) -> Option<String> {
    let (topic, message) = text.split_once(';').unwrap_or(("", text));
    let (topic, message) = (topic.trim(), message.trim());
    if message.is_empty() {
        return None;
    }
    let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
    (warned.len() < TOPICS && warned.insert(topic.to_owned())).then(|| message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_logged_once() {
        assert_eq!(fresh("unit-test; be warned"), Some("be warned".to_owned()));
        assert_eq!(fresh("unit-test; be warned again"), None);
        assert_eq!(fresh("unit-test-2;"), None);
        assert_eq!(fresh("unit-test-2; a; b"), Some("a; b".to_owned()));
    }
}
