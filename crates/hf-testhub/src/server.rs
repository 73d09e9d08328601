//! From a socket to an answer: accept, record, go wrong where asked for, dispatch.
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, IF_RANGE, RANGE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;

use crate::blob::mix;
use crate::fault::{Effects, apply};
use crate::hub::Hub;
use crate::lock;
use crate::record::{Capture, Origin, RecordedRequest};
use crate::response::{HubError, HubResponse, header_value};
use crate::routes;
use crate::store::Viewer;
use crate::wire::{BodyPlan, HubBody, Stop, Wire, WireIo};

/// Answers kept for repetition; more than that and all are forgotten.
const KEPT: usize = 1024;

pub(crate) async fn listen(hub: Hub, origin: Origin, listener: TcpListener) {
    loop {
        let Ok((tcp, _)) = listener.accept().await else {
            // Out of file handles, most likely: wait till some are free again.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let _ = tcp.set_nodelay(true);
        let connection = hub.0.connections.fetch_add(1, Ordering::Relaxed);
        let hub = hub.clone();
        tokio::spawn(async move {
            let wire = Wire::default();
            let io = WireIo::new(tcp, wire.clone(), hub.0.pace.clone());
            let service = service_fn(|request| {
                let visit = Exchange {
                    hub: hub.clone(),
                    origin,
                    connection,
                    wire: wire.clone(),
                };
                visit.answer(request)
            });
            let mut builder = Builder::new(TokioExecutor::new());
            builder.http1().timer(TokioTimer::new());
            // Clients that go away in the middle are everyday here.
            let _ = builder.serve_connection(TokioIo::new(io), service).await;
        });
    }
}

/// One request on its way through.
struct Exchange {
    hub: Hub,
    origin: Origin,
    connection: u64,
    wire: Wire,
}

/// Notes the end of a request however it comes about.
struct InFlight(Hub, Origin);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.0.log.end(self.1);
    }
}

impl Exchange {
    async fn answer(self, request: Request<Incoming>) -> io::Result<Response<HubBody>> {
        if self.hub.0.stopped.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let number = self.hub.0.log.begin(RecordedRequest {
            number: 0,
            connection: self.connection,
            origin: self.origin,
            method: parts.method.clone(),
            path: path.clone(),
            query: query.clone(),
            headers: parts.headers.clone(),
            body: Bytes::new(),
            body_len: 0,
            status: None,
        });
        let _in_flight = InFlight(self.hub.clone(), self.origin);

        let latency = self.hub.0.latency.load(Ordering::Relaxed);
        if latency > 0 {
            tokio::time::sleep(Duration::from_micros(latency)).await;
        }
        let effects = self
            .hub
            .0
            .faults
            .pick(self.origin, &parts.method, &path, &query);
        let (mut response, plan) = match effects {
            None => {
                let mut body = RequestBody::new(self.hub.clone(), number, body);
                (self.process(&parts, &mut body).await?, BodyPlan::default())
            }
            Some(effects) => self.go_wrong(&effects, &mut parts, body, number).await?,
        };
        self.hub.0.log.status(number, response.status);
        let token = mix(number);
        response.headers.insert(
            HeaderName::from_static("x-request-id"),
            header_value(&format!(
                "Root=1-{:08x}-{token:016x}{:08x}",
                number + 1,
                self.connection
            )),
        );
        response.headers.insert(
            HeaderName::from_static("x-powered-by"),
            HeaderValue::from_static("huggingface-moon"),
        );
        let body = HubBody::new(response.body, response.range, plan, self.wire);
        let mut sent = Response::new(body);
        *sent.status_mut() = response.status;
        *sent.headers_mut() = response.headers;
        Ok(sent)
    }

    async fn go_wrong(
        &self,
        effects: &Arc<Effects>,
        parts: &mut Parts,
        body: Incoming,
        number: u64,
    ) -> io::Result<(HubResponse, BodyPlan)> {
        if let Some(hook) = &effects.hook {
            hook(&self.hub);
        }
        if let Some(delay) = effects.delay {
            tokio::time::sleep(delay).await;
        }
        if effects.ignore_range {
            parts.headers.remove(RANGE);
            parts.headers.remove(IF_RANGE);
        }
        let mut body = RequestBody::new(self.hub.clone(), number, body);
        if let Some((after, how)) = effects.upload_stop {
            body.read_until(after).await?;
            self.stop(how).await;
        }
        let replaced =
            effects.response.is_some() || effects.script.is_some() || effects.head_stop.is_some();
        let mut response = if effects.process_first || !replaced {
            self.process(parts, &mut body).await?
        } else {
            HubResponse::new(StatusCode::OK, "")
        };
        let mut raw = None;
        if let Some(script) = &effects.script {
            let body = body.collect().await?;
            if let Some(mut request) = self.hub.0.log.get(number) {
                request.body = body;
                let canned = script(&request);
                (response, raw) = (canned.response, canned.raw);
            }
        } else if let Some(canned) = &effects.response {
            (response, raw) = (canned.response.clone(), canned.raw.clone());
        }
        // An answer before the end of the request would be taken for a broken connection.
        body.drain().await?;
        if let Some(raw) = raw {
            self.wire.end(Stop::Cut, raw);
            std::future::pending::<()>().await;
        }
        if let Some(how) = effects.head_stop {
            self.stop(how).await;
        }
        let target = parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str());
        Ok(apply(effects, response, target))
    }

    /// Ends the connection, or keeps silent until the client gives up. Does not come back.
    async fn stop(&self, how: Stop) {
        if how != Stop::Stall {
            self.wire.end(how, Bytes::new());
        }
        std::future::pending::<()>().await;
    }

    async fn process(&self, parts: &Parts, body: &mut RequestBody) -> io::Result<HubResponse> {
        if self.origin == Origin::Storage {
            return routes::storage(&self.hub, parts, body).await;
        }
        let viewer = match viewer(&self.hub, parts) {
            Ok(viewer) => viewer,
            Err(refusal) => {
                body.drain().await?;
                return Ok(refusal.into_response(!parts.uri.path().starts_with("/api/")));
            }
        };
        let key = (parts.method == Method::GET && parts.uri.path().starts_with("/api/"))
            .then(|| format!("{viewer:?} {}", parts.uri));
        if let Some(key) = &key
            && let Some(response) = kept(&self.hub, key)
        {
            return Ok(response);
        }
        let body = body.collect().await?;
        let ask = routes::Request::new(parts, body, viewer);
        let before = self.hub.state().generation;
        let mut response = routes::hub(&self.hub, &ask);
        if let Some(key) = key
            && response.status == StatusCode::OK
            && !response.body.is_discarded()
        {
            if !response.headers.contains_key(http::header::ETAG) {
                response = response.weak_etag();
            }
            let mut kept = lock(&self.hub.0.kept);
            if kept.0 != before || kept.1.len() >= KEPT {
                kept.0 = before;
                kept.1.clear();
            }
            kept.1.insert(key, response.clone());
        }
        Ok(response)
    }
}

fn kept(hub: &Hub, key: &str) -> Option<HubResponse> {
    let generation = hub.state().generation;
    let kept = lock(&hub.0.kept);
    (kept.0 == generation).then(|| kept.1.get(key).cloned())?
}

/// Who a request comes from, by its token.
fn viewer(hub: &Hub, parts: &Parts) -> Result<Viewer, HubError> {
    let Some(header) = parts.headers.get(AUTHORIZATION) else {
        return Ok(Viewer::Anonymous);
    };
    let token = header
        .to_str()
        .ok()
        .and_then(|text| text.strip_prefix("Bearer "))
        .ok_or_else(HubError::bad_credentials)?;
    let state = hub.state();
    match state.tokens.get(token) {
        Some(token) => Ok(Viewer::User {
            name: token.user.clone(),
            role: token.role,
        }),
        None if token.starts_with("hf_") => Err(HubError::unauthorized()),
        None => Err(HubError::bad_credentials()),
    }
}

/// A request body, recorded while it is read.
pub(crate) struct RequestBody {
    hub: Hub,
    number: u64,
    body: Incoming,
    seen: Capture,
    done: bool,
}

impl RequestBody {
    fn new(hub: Hub, number: u64, body: Incoming) -> Self {
        let seen = Capture::new(hub.0.log.body_limit());
        Self {
            hub,
            number,
            body,
            seen,
            done: false,
        }
    }

    /// The next bytes of the body; `None` at its end.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        while !self.done {
            match self.body.frame().await {
                None => self.done = true,
                Some(Err(error)) => return Err(io::Error::other(error)),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.seen.see(&bytes);
                        return Ok(Some(bytes));
                    }
                }
            }
        }
        Ok(None)
    }

    pub(crate) async fn drain(&mut self) -> io::Result<()> {
        while self.next().await?.is_some() {}
        Ok(())
    }

    async fn read_until(&mut self, n: u64) -> io::Result<()> {
        while self.seen.len() < n && self.next().await?.is_some() {}
        Ok(())
    }

    async fn collect(&mut self) -> io::Result<Bytes> {
        let Some(first) = self.next().await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.next().await? else {
            return Ok(first);
        };
        let mut all = BytesMut::from(&first[..]);
        all.extend_from_slice(&second);
        while let Some(more) = self.next().await? {
            all.extend_from_slice(&more);
        }
        Ok(all.freeze())
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if self.seen.len() > 0 {
            self.hub
                .0
                .log
                .body(self.number, self.seen.head(), self.seen.len());
        }
    }
}
