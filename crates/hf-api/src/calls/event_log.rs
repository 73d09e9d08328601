//! Logs sent as server-sent events: read once, or followed across lost
//! connections.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::log_cursor::{LogCursor, Verdict};
use crate::transport::Lines;
use crate::{CallFuture, Error, ErrorKind, HfApi, ItemStream, Request, Result};

/// The maximum number of reconnections of a followed log without a new event.
const RETRIES: u32 = 5;
/// The longest pause before a reconnection.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The first pause after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// The first pause after a stream that ended though its Job runs: the Job's
/// stage lags behind its last line.
const AFTER_END: Duration = Duration::from_secs(2);

/// Returns whether the job or Space of the log has ended.
type Finished = Box<dyn Fn() -> CallFuture<bool> + Send + Sync>;

/// A log to read.
pub(super) struct EventLog {
    api: HfApi,
    request: Request,
    /// The number of last events that the first request asks for.
    tail: Option<u64>,
    /// Silence that ends a replay, or means a lost connection.
    silence: Duration,
    follow: bool,
    /// Statuses that mean that there are no events yet.
    tolerated: &'static [u16],
    finished: Option<Finished>,
    cursor: LogCursor,
    lines: Option<Lines>,
    /// The error of the last line: where the connection ends with it, the line
    /// was cut off, and what is left of it is dropped.
    malformed: Option<Error>,
    tries: u32,
    pause: Duration,
    ended: bool,
}

impl EventLog {
    /// Creates the log that `request` reads. Each new connection replays its
    /// events, unless it is [`live`](Self::live).
    pub(super) fn new(api: &HfApi, request: Request, follow: bool, silence: Duration) -> Self {
        Self {
            api: api.clone(),
            // The log reconnects by itself and resumes where it broke off.
            request: request
                .idempotent(false)
                .header_timeout(silence)
                .idle_timeout(silence),
            tail: None,
            silence,
            follow,
            tolerated: &[],
            finished: None,
            cursor: LogCursor::default(),
            lines: None,
            malformed: None,
            tries: 0,
            pause: Duration::ZERO,
            ended: false,
        }
    }

    /// Starts with the last events only.
    pub(super) fn tail(mut self, tail: Option<u64>) -> Self {
        self.tail = tail;
        self
    }

    /// Marks the events as live: a new connection does not replay them.
    pub(super) fn live(mut self) -> Self {
        self.cursor = LogCursor::live();
        self
    }

    /// Adds statuses that mean that there are no events yet.
    pub(super) fn tolerate(mut self, statuses: &'static [u16]) -> Self {
        self.tolerated = statuses;
        self
    }

    /// Sets the check whether the log has ended, made when a connection ends.
    /// Without it, the end of a response is the end of the log.
    pub(super) fn until(
        mut self,
        finished: impl Fn() -> CallFuture<bool> + Send + Sync + 'static,
    ) -> Self {
        self.finished = Some(Box::new(finished));
        self
    }

    /// Streams the events.
    pub(super) fn events(self) -> ItemStream<Value> {
        stream::try_unfold(self, |mut log| async move {
            Ok(log.next().await?.map(|event| (event, log)))
        })
        .boxed()
    }

    async fn next(&mut self) -> Result<Option<Value>> {
        while !self.ended {
            let Some(lines) = &mut self.lines else {
                self.connect().await?;
                continue;
            };
            let line = match tokio::time::timeout(self.silence, lines.try_next()).await {
                Ok(line) => line,
                Err(_) => Err(Error::timeout("the log is silent")),
            };
            let malformed = self.malformed.take();
            match line {
                Ok(Some(line)) => {
                    if let Some(error) = malformed {
                        return Err(error);
                    }
                    match self.cursor.take(&line) {
                        Ok(Verdict::Skip) => {}
                        Ok(Verdict::End) => self.ended = true,
                        Ok(Verdict::Event(event)) => {
                            self.tries = 0;
                            self.pause = Duration::ZERO;
                            return Ok(Some(event));
                        }
                        Err(error) => self.malformed = Some(error),
                    }
                }
                Ok(None) => {
                    let cut_off = malformed.map(|error| {
                        Error::new(ErrorKind::Network, "the log ended inside an event")
                            .with_source(error)
                    });
                    self.after(cut_off).await?;
                }
                Err(error) => self.after(Some(error)).await?,
            }
        }
        Ok(None)
    }

    async fn connect(&mut self) -> Result<()> {
        let request = self.request.clone().query_some("tail", self.tail);
        let opened = self.api.client().execute(self.api.apply(request));
        let response = match tokio::time::timeout(self.silence, opened).await {
            Ok(response) => response,
            Err(_) => Err(Error::timeout("no response to the request for the log")),
        };
        match response {
            Ok(response) => {
                let date = (!self.follow).then(|| response.header("date")).flatten();
                self.cursor.connected(date);
                self.lines = Some(response.lines());
                Ok(())
            }
            Err(error) => match error.status() {
                None => self.after(Some(error)).await,
                Some(status) if self.tolerated.contains(&status.as_u16()) => self.after(None).await,
                Some(_) => Err(error),
            },
        }
    }

    /// Decides how to continue after a connection has failed or ended.
    async fn after(&mut self, failure: Option<Error>) -> Result<()> {
        let connected = self.lines.take().is_some();
        let silent = failure
            .as_ref()
            .is_some_and(|error| error.kind() == ErrorKind::Timeout);
        let broken = match failure {
            None => None,
            // Nothing more is replayed.
            Some(_) if silent && !self.follow => None,
            // The check below says whether the log has ended.
            Some(_) if silent && self.finished.is_some() => None,
            Some(_) if silent && self.tries >= RETRIES => {
                self.ended = true;
                return Ok(());
            }
            // Only what a new connection may mend is tried again.
            Some(error) if !(silent || error.kind() == ErrorKind::Network) => return Err(error),
            Some(error) => Some(error),
        };
        let is_broken = broken.is_some();
        if let Some(error) = broken {
            if !self.follow || self.tries >= RETRIES {
                return Err(error);
            }
            self.tries += 1;
            self.pause = longer(self.pause, AFTER_FAILURE);
            tracing::warn!(%error, "the log stream was interrupted; reconnecting in {:?}", self.pause);
        }
        if self.tail.take().is_some() {
            self.cursor.after_tail();
        }
        if !self.follow {
            self.ended = true;
            return Ok(());
        }
        let Some(finished) = &self.finished else {
            self.ended = !is_broken && connected;
            if !self.ended {
                tokio::time::sleep(self.pause).await;
            }
            return Ok(());
        };
        if finished().await? {
            self.ended = true;
            return Ok(());
        }
        if is_broken {
            tokio::time::sleep(self.pause).await;
        } else {
            self.pause = longer(self.pause, AFTER_END);
            tokio::time::sleep(self.pause).await;
            self.ended = finished().await?;
        }
        Ok(())
    }
}

/// Doubles a pause, between `least` and the longest pause.
fn longer(pause: Duration, least: Duration) -> Duration {
    (pause * 2).clamp(least, LONGEST_PAUSE)
}

/// Returns the line of a log: the `data` of an event.
pub(super) fn data(event: Value) -> Option<String> {
    match event {
        Value::Object(mut event) => match event.remove("data") {
            Some(Value::String(line)) => Some(line),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const SILENCE: Duration = Duration::from_millis(100);
    const EVENTS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                          transfer-encoding: chunked\r\n\r\n";

    /// A Hub that says this to each request, and then no more.
    async fn says(answer: String) -> HfApi {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hub = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut asked = [0; 4096];
                if socket.read(&mut asked).await.unwrap() == 0 {
                    continue;
                }
                socket.write_all(answer.as_bytes()).await.unwrap();
                open.push(socket);
            }
        });
        HfApi::builder().endpoint(&hub).no_token().build().unwrap()
    }

    async fn read(api: &HfApi, follow: bool) -> Result<Vec<Value>> {
        EventLog::new(api, Request::get("/log"), follow, SILENCE)
            .events()
            .try_collect()
            .await
    }

    #[tokio::test]
    async fn a_log_that_is_not_followed_ends_when_it_is_silent() {
        let line = "data: {\"data\": \"a\"}\n\n";
        let api = says(format!("{EVENTS}{:x}\r\n{line}\r\n", line.len())).await;
        let events = read(&api, false).await.unwrap();
        assert_eq!(events, [serde_json::json!({"data": "a"})]);
        // Silence before the response headers counts as an empty log.
        assert!(
            read(&says(String::new()).await, false)
                .await
                .unwrap()
                .is_empty()
        );
    }

    #[tokio::test]
    async fn a_followed_log_that_stops_inside_a_line_goes_on_with_a_new_connection() {
        let line = |number: u32| format!("data: {{\"data\": \"{number}\"}}\n\n");
        let whole = format!("{}{}", line(1), line(2));
        let cut = &whole[..whole.len() - 9];
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n";
        let bodies = [cut.to_owned(), whole.clone()];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hub = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for body in bodies {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut asked = [0; 4096];
                let _ = socket.read(&mut asked).await.unwrap();
                let length = body.len();
                let response = format!("{head}content-length: {length}\r\n\r\n{body}");
                socket.write_all(response.as_bytes()).await.unwrap();
            }
        });
        let api = HfApi::builder().endpoint(&hub).no_token().build().unwrap();
        let events = read(&api, true).await.unwrap();
        let texts: Vec<_> = events.into_iter().filter_map(data).collect();
        assert_eq!(texts, ["1", "2"], "nothing twice, nothing lost");
    }

    #[tokio::test]
    async fn what_a_new_connection_cannot_mend_is_not_tried_again() {
        let line = "data: {broken\n\n";
        let api = says(format!("{EVENTS}{:x}\r\n{line}\r\n", line.len())).await;
        assert_eq!(
            read(&api, true).await.unwrap_err().kind(),
            ErrorKind::Decode
        );
        let api = says("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
        let error = read(&api, true).await.unwrap_err();
        assert!(error.status().is_some_and(|status| status.as_u16() == 404));
    }

    #[test]
    fn pauses_grow_to_ten_seconds() {
        let mut pause = Duration::ZERO;
        let mut seconds = Vec::new();
        for _ in 0..6 {
            pause = longer(pause, AFTER_FAILURE);
            seconds.push(pause.as_secs());
        }
        assert_eq!(seconds, [1, 2, 4, 8, 10, 10]);
        assert_eq!(longer(Duration::ZERO, AFTER_END).as_secs(), 2);
    }

    #[test]
    fn lines_of_a_log() {
        assert_eq!(data(serde_json::json!({"data": "a"})).as_deref(), Some("a"));
        assert_eq!(data(serde_json::json!({"data": 1})), None);
        assert_eq!(data(serde_json::json!([])), None);
    }
}
