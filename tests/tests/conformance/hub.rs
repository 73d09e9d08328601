//! A scripted Hub that responds as the case says, and records its requests.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::case::{Asked, Reply, Response};
use crate::requests::{decoded, described, pairs};

/// Statuses that are tried again: their replies are given as often as asked.
pub(crate) const TRIED_AGAIN: [u16; 6] = [408, 429, 500, 502, 503, 504];

/// The Hub and a storage host, each at an origin of its own.
pub(crate) struct Hub {
    pub(crate) names: Names,
    state: Arc<Mutex<State>>,
    tasks: Vec<JoinHandle<()>>,
}

/// What `{endpoint}` and its like stand for.
#[derive(Debug, Clone)]
pub(crate) struct Names(pub(crate) Vec<(&'static str, String)>);

impl Names {
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, value) in &self.0 {
            filled = filled.replace(name, value);
        }
        filled
    }

    pub(crate) fn template(&self, text: &str) -> String {
        let mut made = text.to_owned();
        for (name, value) in &self.0 {
            made = made.replace(value.as_str(), name);
        }
        made
    }
}

struct State {
    replies: Vec<(Reply, usize)>,
    one_get: bool,
    asked: Vec<Asked>,
}

impl Hub {
    /// Starts both hosts. `folders` are further names.
    /// With `one_get`, a reply to HEAD is also one to GET.
    pub(crate) async fn start(
        replies: &[Reply],
        one_get: bool,
        folders: Vec<(&'static str, String)>,
    ) -> Self {
        let hub = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let storage = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = |listener: &TcpListener| {
            let address = listener.local_addr().expect("a bound listener");
            format!("http://{address}")
        };
        let mut names = vec![("{endpoint}", url(&hub)), ("{storage}", url(&storage))];
        names.extend(folders);
        let names = Names(names);
        let replies = replies
            .iter()
            .map(|reply| match reply.times {
                0 => (reply.clone(), usize::MAX),
                times => (reply.clone(), times),
            })
            .collect();
        let state = Arc::new(Mutex::new(State {
            replies,
            one_get,
            asked: Vec::new(),
        }));
        let tasks = [(hub, "endpoint"), (storage, "storage")]
            .map(|(listener, host)| {
                tokio::spawn(serve(listener, host, names.clone(), Arc::clone(&state)))
            })
            .into();
        Self {
            names,
            state,
            tasks,
        }
    }

    /// What was asked so far, in order of arrival.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        lock(&self.state).asked.clone()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, host: &'static str, names: Names, state: Arc<Mutex<State>>) {
    let names = Arc::new(names);
    while let Ok((stream, _)) = listener.accept().await {
        let (names, state) = (Arc::clone(&names), Arc::clone(&state));
        let service = service_fn(move |request| {
            let (names, state) = (Arc::clone(&names), Arc::clone(&state));
            async move { Ok::<_, Infallible>(answer(request, host, &names, &state).await) }
        });
        tokio::spawn(async move {
            // A client that hangs up early is its own affair.
            let _ = http1::Builder::new()
                .auto_date_header(false)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    host: &'static str,
    names: &Names,
    state: &Mutex<State>,
) -> http::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let asked = described(&head, &body, host, names);
    let query = pairs(head.uri.query().unwrap_or_default());
    let reply = {
        let mut state = lock(state);
        let mut found = choose(&mut state.replies, &asked, host, &query);
        if found.is_none() && state.one_get && asked.method == "GET" {
            let head = Asked {
                method: "HEAD".to_owned(),
                ..asked.clone()
            };
            found = choose(&mut state.replies, &head, host, &query);
        }
        state.asked.push(asked);
        found
    };
    match reply {
        Some(response) => respond(&response, names, head.method == http::Method::HEAD),
        None => http::Response::builder()
            .status(599)
            .header(
                "x-error-message",
                format!("no reply for {} {}", head.method, head.uri.path()),
            )
            .body(Full::default())
            .expect("a plain response"),
    }
}

/// The first reply that fits and is not spent; of statuses that are tried
/// again, a spent one too.
fn choose(
    replies: &mut [(Reply, usize)],
    asked: &Asked,
    host: &str,
    query: &[(String, String)],
) -> Option<Response> {
    let fits = |reply: &Reply| {
        reply.matches.method == asked.method
            && reply.matches.host.as_deref().unwrap_or("endpoint") == host
            && decoded(&reply.matches.path) == decoded(&asked.path)
            && reply
                .matches
                .query
                .iter()
                .all(|(name, value)| query.iter().any(|(n, v)| n == name && v == value))
    };
    if let Some((reply, left)) = replies
        .iter_mut()
        .find(|(reply, left)| *left > 0 && fits(reply))
    {
        *left -= 1;
        return Some(reply.response.clone());
    }
    replies
        .iter()
        .find(|(reply, _)| TRIED_AGAIN.contains(&reply.response.status) && fits(reply))
        .map(|(reply, _)| reply.response.clone())
}

fn respond(response: &Response, names: &Names, is_head: bool) -> http::Response<Full<Bytes>> {
    let content = if let Some(json) = &response.json {
        names.fill(json.get()).into_bytes()
    } else if let Some(text) = &response.text {
        names.fill(text).into_bytes()
    } else {
        base64::engine::general_purpose::STANDARD
            .decode(response.base64.as_deref().unwrap_or_default())
            .expect("base64 in a case")
    };
    let status = StatusCode::from_u16(response.status).expect("a status in a case");
    let mut builder = http::Response::builder().status(status);
    let mut has_length = false;
    for (name, values) in &response.headers {
        has_length |= name == "content-length";
        for value in values.each() {
            builder = builder.header(name, names.fill(value));
        }
    }
    if is_head && !has_length {
        builder = builder.header("content-length", content.len());
    }
    let content = if is_head { Vec::new() } else { content };
    builder
        .body(Full::new(Bytes::from(content)))
        .expect("headers in a case are well-formed")
}
