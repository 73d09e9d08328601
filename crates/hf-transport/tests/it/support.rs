//! A scripted service for the bottom of the stack, and small servers on loopback.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use hf_transport::{
    Body, BoxError, Client, ClientBuilder, Config, Error, RequestOptions, ResponseBody,
};
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tower::Service;

/// A request for a table.
pub(crate) type Make = fn() -> hf_transport::Request;

/// What the scripted service does with one request.
pub(crate) enum Step {
    Answer(Response<ResponseBody>),
    Fail(BoxError),
    Hang,
}

/// A status with nothing else.
pub(crate) fn status(status: u16) -> Step {
    answer(status, &[], "")
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Step {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Step::Answer(response.body(ResponseBody::from(body)).unwrap())
}

pub(crate) fn fail(error: Error) -> Step {
    Step::Fail(error.into())
}

/// A request as it arrived at the bottom.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) attempt: u32,
    /// The name of the request, and that of the user's call.
    pub(crate) operations: (Option<&'static str>, Option<&'static str>),
    pub(crate) at: Instant,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A service that follows a script step by step and records its requests. After the
/// last step it responds with 200.
#[derive(Clone, Default)]
pub(crate) struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            seen: Arc::default(),
        }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// `GET https://hub.test/x` for each request.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen()
            .iter()
            .map(|seen| format!("{} {}", seen.method, seen.url))
            .collect()
    }

    /// A client for `https://hub.test` with the token `hf_test` over this service.
    pub(crate) fn client(&self) -> ClientBuilder {
        settled()
            .endpoint("https://hub.test")
            .token("hf_test")
            .service(self.clone())
    }
}

impl Service<Request<Body>> for Script {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let script = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let options = head.extensions.get::<RequestOptions>();
            script.seen.lock().unwrap().push(Seen {
                method: head.method,
                url: head.uri.to_string(),
                headers: head.headers,
                body,
                attempt: options.map_or(0, RequestOptions::attempt),
                operations: (
                    options.and_then(RequestOptions::operation),
                    options.and_then(RequestOptions::root_operation),
                ),
                at: Instant::now(),
            });
            let step = script.steps.lock().unwrap().pop_front();
            match step.unwrap_or_else(|| status(200)) {
                Step::Answer(response) => Ok(response),
                Step::Fail(error) => Err(error),
                Step::Hang => std::future::pending().await,
            }
        })
    }
}

/// A builder that looks at no environment.
pub(crate) fn settled() -> ClientBuilder {
    let config = Config::from_lookup(|name| (name == "HF_HOME").then(|| "/nonexistent".to_owned()));
    Client::builder().config(config.unwrap())
}

/// A server on loopback that responds to each request with the result of a function.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn http<F>(handler: F) -> Self
    where
        F: Fn(Request<Bytes>) -> Response<Full<Bytes>> + Clone + Send + Sync + 'static,
    {
        Self::raw(move |stream| serve(TokioIo::new(stream), handler.clone())).await
    }

    /// A server that does with each connection what `handler` says.
    pub(crate) async fn raw<F, T>(handler: F) -> Self
    where
        F: Fn(TcpStream) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(handler(stream));
            }
        });
        Self { address, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Speaks HTTP/1.1 or HTTP/2 on a connection.
pub(crate) async fn serve<I, F>(io: I, handler: F)
where
    I: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    F: Fn(Request<Bytes>) -> Response<Full<Bytes>> + Clone + Send + Sync + 'static,
{
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let handler = handler.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body
                .collect()
                .await
                .map(http_body_util::Collected::to_bytes)
                .unwrap_or_default();
            Ok::<_, Infallible>(handler(Request::from_parts(head, body)))
        }
    });
    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
    // A client that hangs up is no fault of the server.
    let _ = builder.serve_connection(io, service).await;
}

pub(crate) fn text(body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    Response::new(Full::new(body.into()))
}

/// Two retries, at once.
pub(crate) fn quick_retry() -> hf_transport::RetryConfig {
    hf_transport::RetryConfig::quick().with_max_retries(2)
}
