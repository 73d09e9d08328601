//! Reads responses line by line: text, NDJSON, server-sent events.

mod events;
mod split;

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};
use crate::json;
use crate::response::{BodyChunks, Response};

pub(crate) use events::Assembler;
pub use events::Event;
pub(crate) use split::{Ends, Splitter};

/// The maximum length of a line in bytes; real log lines and events are far shorter.
pub const LINE_LIMIT: usize = 16 << 20;

impl Response {
    /// Returns the body as a stream of lines, without their terminators (`\n` or `\r\n`).
    ///
    /// A line longer than [`LINE_LIMIT`] is a `TooLarge` error. An unterminated line at the end of the body
    /// is returned as well.
    pub fn lines(self) -> Lines {
        Lines {
            chunks: self.chunks(),
            splitter: Splitter::new(Ends::Lf),
            done: false,
        }
    }

    /// Returns the body as a stream of JSON values, one per line. Blank lines are skipped.
    ///
    /// A line that cannot be decoded is a `Decode` error with its number and the field.
    pub fn ndjson<T: DeserializeOwned>(self) -> Ndjson<T> {
        Ndjson {
            lines: self.lines(),
            number: 0,
            item: PhantomData,
        }
    }

    /// Returns the body as a stream of server-sent events.
    ///
    /// An event at the end of the body is returned even without the terminating blank line. Give the request
    /// an [`idle_timeout`](crate::Request::idle_timeout) that suits the stream.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use futures_util::TryStreamExt;
    /// use hf_transport::{Client, Request};
    /// # async fn f(client: Client) -> hf_transport::Result<()> {
    /// let request = Request::get("/api/spaces/me/demo/logs/run").idle_timeout(Duration::MAX);
    /// let mut events = client.execute(request).await?.events();
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{}: {}", event.event, event.data);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn events(self) -> Events {
        Events {
            lines: Lines {
                chunks: self.chunks(),
                splitter: Splitter::new(Ends::Any),
                done: false,
            },
            assembler: Assembler::default(),
        }
    }
}

/// The lines of a body; see [`Response::lines`].
#[derive(Debug)]
pub struct Lines {
    chunks: BodyChunks,
    splitter: Splitter,
    done: bool,
}

impl Lines {
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            if let Some(line) = self.splitter.next_line() {
                return Poll::Ready(Some(Ok(line)));
            }
            if self.done {
                return Poll::Ready(None);
            }
            if self.splitter.pending() > LINE_LIMIT {
                self.done = true;
                return Poll::Ready(Some(Err(Error::new(
                    ErrorKind::TooLarge,
                    format!("a line of the response is longer than {LINE_LIMIT} bytes"),
                ))));
            }
            match ready!(Pin::new(&mut self.chunks).poll_next(cx)) {
                Some(Ok(chunk)) => self.splitter.push(&chunk),
                Some(Err(error)) => {
                    self.done = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    self.done = true;
                    return Poll::Ready(self.splitter.rest().map(Ok));
                }
            }
        }
    }
}

impl Stream for Lines {
    type Item = Result<String>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_bytes(cx)
            .map_ok(|line| String::from_utf8_lossy(&line).into_owned())
    }
}

/// The values of a body; see [`Response::ndjson`].
#[derive(Debug)]
pub struct Ndjson<T> {
    lines: Lines,
    number: u64,
    item: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Stream for Ndjson<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(line) = ready!(self.lines.poll_bytes(cx)?) else {
                return Poll::Ready(None);
            };
            self.number += 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            return Poll::Ready(Some(json::from_slice(&line).map_err(|plain| {
                let text = json::explain::<T>(&line, &plain);
                Error::decode(format!(
                    "line {} of the response does not have the expected form: {text}",
                    self.number
                ))
                .with_source(plain)
            })));
        }
    }
}

/// The events of a body; see [`Response::events`].
#[derive(Debug)]
pub struct Events {
    lines: Lines,
    assembler: Assembler,
}

impl Stream for Events {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let event = match ready!(self.lines.poll_bytes(cx)?) {
                Some(line) => {
                    if self.assembler.size() > LINE_LIMIT {
                        self.lines.done = true;
                        return Poll::Ready(Some(Err(Error::new(
                            ErrorKind::TooLarge,
                            format!("an event of the response is longer than {LINE_LIMIT} bytes"),
                        ))));
                    }
                    self.assembler.line(&line)
                }
                None => match self.assembler.end() {
                    Some(event) => Some(event),
                    None => return Poll::Ready(None),
                },
            };
            if event.is_some() {
                return Poll::Ready(event.map(Ok));
            }
        }
    }
}
