//! Finding the new events of a log that is read again from its start.

use std::time::{Duration, SystemTime};

use hf_types::Timestamp;
use serde_json::Value;

use crate::{Error, Result};

/// The resolution of the `Date` header, which has whole seconds.
const DATE_RESOLUTION: Duration = Duration::from_secs(1);

/// The state of a replay: which events were seen.
#[derive(Debug, Default)]
pub(super) struct LogCursor {
    live: bool,
    /// The number of events of the whole log that were seen.
    seen: u64,
    /// The number of events that this connection has sent.
    received: u64,
    /// The last event, whose number in the whole log is unknown.
    resume_after: Option<Value>,
    last: Option<Value>,
    /// The time after which events are not part of the replay.
    ends_at: Option<SystemTime>,
}

/// The decision on a line.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    Skip,
    Event(Value),
    End,
}

impl LogCursor {
    /// Creates the state of a stream without history: all its events are new.
    pub(super) fn live() -> Self {
        Self {
            live: true,
            ..Self::default()
        }
    }

    /// Begins a connection; with the `Date` of its response, the replay ends at
    /// that time.
    pub(super) fn connected(&mut self, date: Option<&str>) {
        self.received = 0;
        self.ends_at = date
            .and_then(|date| httpdate::parse_http_date(date).ok())
            .map(|date| date + DATE_RESOLUTION);
    }

    /// Notes that what was seen so far is the end of the log: the next
    /// connection sends all of it.
    pub(super) fn after_tail(&mut self) {
        self.resume_after.clone_from(&self.last);
        self.seen = 0;
    }

    /// Decides on a line of the log.
    ///
    /// # Errors
    /// `Decode` for an event that is not JSON.
    pub(super) fn take(&mut self, line: &str) -> Result<Verdict> {
        let Some(event) = line
            .strip_prefix("data: ")
            .filter(|data| data.starts_with('{'))
        else {
            return Ok(Verdict::Skip);
        };
        let number = self.received;
        self.received += 1;
        if self.resume_after.is_none() && number < self.seen {
            return Ok(Verdict::Skip);
        }
        let event: Value = hf_transport::json::from_slice(event.as_bytes())
            .map_err(|error| Error::decode(format!("an event of the log: {error}")))?;
        if let Some(last) = &self.resume_after {
            if event == *last {
                self.resume_after = None;
                self.seen = self.received;
                return Ok(Verdict::Skip);
            }
            if let (Some(at), Some(until)) = (time(&event), time(last))
                && at <= until
            {
                return Ok(Verdict::Skip);
            }
            // The last event is missing here: the first later one is new.
            self.resume_after = None;
            self.seen = number;
        }
        if !self.live {
            self.seen = self.received;
        }
        if let (Some(end), Some(at)) = (self.ends_at, time(&event))
            && at.to_system_time().is_some_and(|at| at > end)
        {
            return Ok(Verdict::End);
        }
        if !self.live {
            self.last = Some(event.clone());
        }
        Ok(Verdict::Event(event))
    }
}

fn time(event: &Value) -> Option<Timestamp> {
    event.get("timestamp")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(second: u32, text: &str) -> Value {
        json!({"data": text, "timestamp": format!("2026-01-01T00:00:{second:02}Z")})
    }

    fn read(cursor: &mut LogCursor, events: &[Value]) -> Vec<String> {
        events
            .iter()
            .filter_map(
                |event| match cursor.take(&format!("data: {event}")).unwrap() {
                    Verdict::Event(event) => Some(event["data"].as_str().unwrap().to_owned()),
                    _ => None,
                },
            )
            .collect()
    }

    #[test]
    fn a_new_connection_brings_what_is_new() {
        let log = [event(1, "a"), event(2, "b"), event(2, "c"), event(3, "d")];
        let mut cursor = LogCursor::default();
        cursor.connected(None);
        assert_eq!(read(&mut cursor, &log[..2]), ["a", "b"]);
        cursor.connected(None);
        assert_eq!(read(&mut cursor, &log[..3]), ["c"]);
        cursor.connected(None);
        assert_eq!(read(&mut cursor, &log), ["d"]);
    }

    #[test]
    fn after_the_tail_the_log_goes_on_behind_it() {
        let log = [event(1, "a"), event(2, "b"), event(2, "c"), event(3, "d")];
        let mut cursor = LogCursor::default();
        cursor.connected(None);
        assert_eq!(read(&mut cursor, &log[1..3]), ["b", "c"]);
        cursor.after_tail();
        cursor.connected(None);
        assert_eq!(read(&mut cursor, &log), ["d"]);
        cursor.connected(None);
        let longer = [&log[..], &[event(4, "e")]].concat();
        assert_eq!(read(&mut cursor, &longer), ["e"]);
    }

    #[test]
    fn where_the_last_line_of_the_tail_is_gone_time_tells() {
        let mut cursor = LogCursor::default();
        cursor.connected(None);
        assert_eq!(read(&mut cursor, &[event(2, "lost")]), ["lost"]);
        cursor.after_tail();
        cursor.connected(None);
        let log = [event(1, "a"), event(2, "b"), event(3, "c"), event(3, "d")];
        assert_eq!(read(&mut cursor, &log), ["c", "d"]);
    }

    #[test]
    fn a_tail_that_brought_nothing_changes_nothing() {
        let mut cursor = LogCursor::default();
        cursor.connected(None);
        cursor.after_tail();
        cursor.connected(None);
        assert_eq!(read(&mut cursor, &[event(1, "a")]), ["a"]);
    }

    #[test]
    fn a_live_stream_is_never_skipped() {
        let mut cursor = LogCursor::live();
        for _ in 0..2 {
            cursor.connected(None);
            assert_eq!(read(&mut cursor, &[event(1, "a")]), ["a"]);
        }
    }

    #[test]
    fn a_replay_ends_at_the_date_of_its_response() {
        let mut cursor = LogCursor::default();
        cursor.connected(Some("Thu, 01 Jan 2026 00:00:02 GMT"));
        assert_eq!(
            read(&mut cursor, &[event(1, "a"), event(3, "b")]),
            ["a", "b"]
        );
        let late = cursor.take(&format!("data: {}", event(4, "c"))).unwrap();
        assert_eq!(late, Verdict::End);
    }

    #[test]
    fn other_lines() {
        let mut cursor = LogCursor::default();
        for line in [
            "",
            ": keep-alive",
            "event: x",
            "data: []",
            "data:{}",
            "id: 1",
        ] {
            assert_eq!(cursor.take(line).unwrap(), Verdict::Skip, "{line}");
        }
        assert!(cursor.take("data: {broken").is_err());
    }
}
