use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use http::HeaderMap;

/// Topics that were warned of in this process.
static TOLD: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// How many topics are kept: a server that makes up new ones must not fill memory.
const TOPICS: usize = 256;

/// Passes on what the Hub wants its users to know (`X-HF-Warning: topic; message`), each topic once.
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
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    (told.len() < TOPICS && told.insert(topic.to_owned())).then(|| message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_told_once() {
        assert_eq!(fresh("unit-test; be warned"), Some("be warned".to_owned()));
        assert_eq!(fresh("unit-test; be warned again"), None);
        assert_eq!(fresh("unit-test-2;"), None);
        assert_eq!(fresh("unit-test-2; a; b"), Some("a; b".to_owned()));
    }
}
