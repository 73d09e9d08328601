//! Server-sent events.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::json;

/// One server-sent event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The event type; `message` unless the server sets another.
    pub event: String,
    /// The data; several `data` lines are joined by line feeds.
    pub data: String,
    /// The most recent id that the server sent, with this event or an earlier one.
    pub id: Option<String>,
    /// How long the server asks clients to wait before they reconnect.
    pub retry: Option<Duration>,
}

impl Event {
    /// Decodes the data as JSON. Half a surrogate pair is decoded as U+FFFD.
    ///
    /// # Errors
    /// Returns `Decode`, with the path of the field that could not be decoded.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let data = self.data.as_bytes();
        json::from_slice(data).map_err(|plain| {
            let text = json::explain::<T>(data, &plain);
            Error::decode(format!(
                "the data of a `{}` event does not have the expected form: {text}",
                self.event
            ))
            .with_source(plain)
        })
    }
}

/// Assembles events from lines according to the HTML standard.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    event: String,
    data: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
    started: bool,
}

impl Assembler {
    /// Returns the size in bytes of the unfinished event.
    pub(crate) fn size(&self) -> usize {
        self.data.as_ref().map_or(0, String::len)
    }

    /// Adds a line. A blank line may complete an event.
    pub(crate) fn line(&mut self, mut line: &[u8]) -> Option<Event> {
        if !std::mem::replace(&mut self.started, true) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.is_empty() {
            return self.end();
        }
        let line = String::from_utf8_lossy(line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            "retry" => {
                if let Ok(millis) = value.parse() {
                    self.retry = Some(Duration::from_millis(millis));
                }
            }
            // A line that starts with a colon is a comment: its field name is empty.
            _ => {}
        }
        None
    }

    /// Completes the unfinished event, if it has data.
    pub(crate) fn end(&mut self) -> Option<Event> {
        let event = std::mem::take(&mut self.event);
        let data = self.data.take()?;
        Some(Event {
            event: if event.is_empty() {
                "message".to_owned()
            } else {
                event
            },
            data,
            id: self.id.clone(),
            retry: self.retry,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(text: &str) -> Vec<(String, String, Option<String>)> {
        let mut assembler = Assembler::default();
        let mut events: Vec<_> = text
            .split('\n')
            .filter_map(|line| assembler.line(line.as_bytes()))
            .collect();
        events.extend(assembler.end());
        events
            .into_iter()
            .map(|e| (e.event, e.data, e.id))
            .collect()
    }

    #[test]
    fn event_forms() {
        let message = |data: &str, id: Option<&str>| {
            ("message".to_owned(), data.to_owned(), id.map(str::to_owned))
        };
        assert_eq!(events("\u{feff}data: a\n\n"), [message("a", None)]);
        assert_eq!(
            events("data:a\ndata:  b\ndata\n\n"),
            [message("a\n b\n", None)]
        );
        assert_eq!(
            events(": hello\n\nevent: x\n\ndata: a\n\n"),
            [message("a", None)]
        );
        assert_eq!(
            events("id: 1\nevent: log\ndata: {\"a\":1}\n\ndata: b\n\nid\ndata: c"),
            [
                (
                    "log".to_owned(),
                    "{\"a\":1}".to_owned(),
                    Some("1".to_owned())
                ),
                message("b", Some("1")),
                message("c", Some("")),
            ]
        );
        assert_eq!(events("other: x\ndata: a: b\n\n"), [message("a: b", None)]);
    }

    #[test]
    fn the_data_of_an_event_decodes_with_half_a_surrogate_pair() {
        let mut assembler = Assembler::default();
        assembler.line(br#"data: {"data":"cut \ud83d"}"#);
        let event = assembler.end().unwrap();
        let value: serde_json::Value = event.json().unwrap();
        assert_eq!(value["data"], "cut \u{fffd}");
        let error = event.json::<Vec<u8>>().unwrap_err();
        assert!(error.to_string().contains("`message` event"), "{error}");
    }

    #[test]
    fn retry_is_milliseconds() {
        let mut assembler = Assembler::default();
        for line in ["retry: 1500", "retry: soon", "data: a"] {
            assert_eq!(assembler.line(line.as_bytes()), None);
        }
        assert_eq!(
            assembler.end().unwrap().retry,
            Some(Duration::from_millis(1_500))
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic_it(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..20)) {
            let mut assembler = Assembler::default();
            for line in &lines {
                let _ = assembler.line(line);
            }
            let _ = assembler.end();
        }
    }
}
