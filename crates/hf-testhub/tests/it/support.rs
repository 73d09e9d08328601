//! A small HTTP client on a raw socket, which shows what really came over the wire.

use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use hf_testhub::TestHub;
use serde_json::Value;

/// How a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All that was promised arrived.
    Whole,
    /// The connection was closed before.
    Closed,
    /// The connection was reset.
    Reset,
    /// Nothing came any more.
    Silence,
}

#[derive(Debug)]
pub(crate) struct Response {
    /// 0 if no head arrived.
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.headers, self.text());
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The target of `Link: <...>; rel="next"`.
    pub(crate) fn next(&self) -> Option<String> {
        let link = self.header("link")?;
        let (url, rest) = link.strip_prefix('<')?.split_once('>')?;
        rest.contains("rel=\"next\"").then(|| url.to_owned())
    }

    pub(crate) fn error_code(&self) -> Option<&str> {
        self.header("x-error-code")
    }
}

/// A request under construction.
pub(crate) struct Call {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    patience: Duration,
}

impl Call {
    pub(crate) fn new(method: &str, url: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            patience: Duration::from_secs(20),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn json(self, value: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(value.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// How long to wait for more.
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends it on a connection of its own.
    pub(crate) fn send(self) -> Response {
        let rest = self.url.strip_prefix("http://").expect("an http address");
        let (address, path) = rest.split_at(rest.find('/').expect("a path"));
        let mut tcp = TcpStream::connect(address).expect("the Hub listens");
        self.send_on(&mut tcp, address, path)
    }

    /// Sends it on a connection that is kept.
    pub(crate) fn send_on(&self, tcp: &mut TcpStream, address: &str, path: &str) -> Response {
        tcp.set_read_timeout(Some(self.patience)).unwrap();
        let mut head = format!("{} {path} HTTP/1.1\r\nhost: {address}\r\n", self.method);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !self.body.is_empty() || !matches!(self.method.as_str(), "GET" | "HEAD") {
            let _ = write!(head, "content-length: {}\r\n", self.body.len());
        }
        head.push_str("\r\n");
        let sent = tcp
            .write_all(head.as_bytes())
            .and_then(|()| tcp.write_all(&self.body));
        let mut reader = Reader {
            tcp,
            have: Vec::new(),
        };
        match (sent, reader.response(self.method == "HEAD")) {
            (Err(error), response) if response.status == 0 => Response {
                end: end_of(&error),
                ..response
            },
            (_, response) => response,
        }
    }
}

fn end_of(error: &io::Error) -> End {
    match error.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionAborted => End::Reset,
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => End::Silence,
        _ => panic!("{error}"),
    }
}

struct Reader<'a> {
    tcp: &'a mut TcpStream,
    have: Vec<u8>,
}

impl Reader<'_> {
    /// Reads some more; `Err` tells how it ended.
    fn more(&mut self) -> Result<(), End> {
        let mut buffer = vec![0; 65536];
        match self.tcp.read(&mut buffer) {
            Ok(0) => Err(End::Closed),
            Ok(n) => {
                self.have.extend_from_slice(&buffer[..n]);
                Ok(())
            }
            Err(error) => Err(end_of(&error)),
        }
    }

    fn until(&mut self, mark: &[u8]) -> Result<Vec<u8>, End> {
        loop {
            if let Some(at) = self.have.windows(mark.len()).position(|w| w == mark) {
                let rest = self.have.split_off(at + mark.len());
                return Ok(std::mem::replace(&mut self.have, rest));
            }
            self.more()?;
        }
    }

    fn exactly(&mut self, n: usize, into: &mut Vec<u8>) -> Result<(), End> {
        let wanted = into.len() + n;
        loop {
            let take = self.have.len().min(wanted - into.len());
            into.extend(self.have.drain(..take));
            if into.len() == wanted {
                return Ok(());
            }
            self.more()?;
        }
    }

    fn response(&mut self, head_only: bool) -> Response {
        let mut response = Response {
            status: 0,
            headers: Vec::new(),
            body: Vec::new(),
            end: End::Whole,
        };
        let head = match self.until(b"\r\n\r\n") {
            Ok(head) => head,
            Err(end) => {
                response.body = std::mem::take(&mut self.have);
                return Response { end, ..response };
            }
        };
        let head = String::from_utf8(head).expect("a head in ASCII");
        let mut lines = head.lines();
        let first = lines.next().expect("a status line");
        response.status = first
            .split(' ')
            .nth(1)
            .and_then(|s| s.parse().ok())
            .unwrap_or(0);
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').expect("a header");
            response
                .headers
                .push((name.to_lowercase(), value.trim().to_owned()));
        }
        if head_only || matches!(response.status, 204 | 304) {
            return response;
        }
        let mut body = Vec::new();
        let length = response
            .header("content-length")
            .map(|l| l.parse::<usize>().expect("a length"));
        let chunked = response.header("transfer-encoding") == Some("chunked");
        let end = if let Some(length) = length {
            self.exactly(length, &mut body)
        } else if chunked {
            self.chunks(&mut body)
        } else {
            loop {
                if let Err(end) = self.more() {
                    body.append(&mut self.have);
                    break if end == End::Closed { Ok(()) } else { Err(end) };
                }
            }
        };
        response.body = body;
        response.end = end.err().unwrap_or(End::Whole);
        response
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> Result<(), End> {
        loop {
            let line = self.until(b"\r\n")?;
            let size = usize::from_str_radix(String::from_utf8_lossy(&line).trim(), 16)
                .expect("a chunk size");
            self.exactly(size, body)?;
            self.until(b"\r\n")?;
            if size == 0 {
                return Ok(());
            }
        }
    }
}

/// Calls on a Hub, with its writing token.
pub(crate) trait Calls {
    fn call(&self, method: &str, path: &str) -> Call;

    fn anonymous(&self, method: &str, path: &str) -> Call;

    fn get(&self, path: &str) -> Response {
        self.call("GET", path).send()
    }

    fn head(&self, path: &str) -> Response {
        self.call("HEAD", path).send()
    }

    fn post(&self, path: &str, body: &Value) -> Response {
        self.call("POST", path).json(body).send()
    }
}

impl Calls for TestHub {
    fn call(&self, method: &str, path: &str) -> Call {
        self.anonymous(method, path).token(self.token())
    }

    fn anonymous(&self, method: &str, path: &str) -> Call {
        Call::new(method, format!("{}{path}", self.endpoint()))
    }
}

/// The lines of a commit.
pub(crate) fn ndjson(lines: &[Value]) -> String {
    lines
        .iter()
        .fold(String::new(), |text, line| text + &line.to_string() + "\n")
}

pub(crate) fn names(value: &Value, key: &str) -> Vec<String> {
    let items = value.as_array().expect("a list");
    items
        .iter()
        .map(|item| item[key].as_str().expect("a text").to_owned())
        .collect()
}
