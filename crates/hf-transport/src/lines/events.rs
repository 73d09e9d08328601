use std::time::Duration;

/// One server-sent event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its type; `message` unless the server says otherwise.
    pub event: String,
    /// Its data; several `data` lines are joined by line feeds.
    pub data: String,
    /// The last id the server gave, of this event or an earlier one.
    pub id: Option<String>,
    /// How long the server wants a client to wait before it connects again.
    pub retry: Option<Duration>,
}

/// Puts events together from lines, by the rules of the HTML standard.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    event: String,
    data: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
    started: bool,
}

impl Assembler {
    /// How much of an unfinished event is held.
    pub(super) fn size(&self) -> usize {
        self.data.as_ref().map_or(0, String::len)
    }

    /// Takes a line; a blank one may complete an event.
    pub(super) fn line(&mut self, mut line: &[u8]) -> Option<Event> {
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
            // A comment starts with a colon: its field is empty.
            _ => {}
        }
        None
    }

    /// Completes the event that has been begun, if it has data.
    pub(super) fn end(&mut self) -> Option<Event> {
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
