//! Serves connections: accepts them, records requests, applies faults and behaviors, and
//! dispatches.
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CACHE_CONTROL, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;

use crate::blob::mix;
use crate::disguise::disguise;
use crate::fault::{Effects, apply};
use crate::hostile::{Misbehavior, Verdict};
use crate::hub::Hub;
use crate::record::{Listener, RecordedRequest};
use crate::request_body::RequestBody;
use crate::response::{HubError, HubResponse, header_value};
use crate::routes;
use crate::store::Viewer;
use crate::wire::{BodyPlan, HubBody, Stop, Wire, WireIo};

pub(crate) async fn listen(hub: Hub, origin: Listener, listener: TcpListener) {
    loop {
        let Ok((tcp, _)) = listener.accept().await else {
            // Most likely out of file descriptors: wait until some are free again.
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
                let exchange = Exchange {
                    hub: hub.clone(),
                    listener: origin,
                    connection,
                    wire: wire.clone(),
                };
                exchange.serve(request)
            });
            let mut builder = Builder::new(TokioExecutor::new());
            builder.http1().timer(TokioTimer::new());
            // Clients that disconnect early are normal here.
            let _ = builder.serve_connection(TokioIo::new(io), service).await;
        });
    }
}

/// A request and its response.
struct Exchange {
    hub: Hub,
    listener: Listener,
    connection: u64,
    wire: Wire,
}

/// Counts a request as in flight until it is dropped, which happens with the last byte of the
/// response or when the client disconnects.
pub(crate) struct InFlight(Hub, Listener);

impl InFlight {
    pub(crate) fn sent(&self, bytes: usize) {
        self.0.0.log.sent(self.1, bytes as u64);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.0.log.end(self.1);
    }
}

impl Exchange {
    async fn serve(self, request: Request<Incoming>) -> io::Result<Response<HubBody>> {
        if self.hub.0.stopped.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let (number, open) = self.hub.0.log.begin(RecordedRequest {
            number: 0,
            connection: self.connection,
            listener: self.listener,
            method: parts.method.clone(),
            path: path.clone(),
            query: query.clone(),
            headers: parts.headers.clone(),
            body: Bytes::new(),
            body_len: 0,
            status: None,
        });
        let in_flight = InFlight(self.hub.clone(), self.listener);

        let latency = self.hub.0.latency.load(Ordering::Relaxed);
        if latency > 0 {
            tokio::time::sleep(Duration::from_micros(latency)).await;
        }
        let mut body = RequestBody::new(self.hub.clone(), number, body);
        let faults = &self.hub.0.faults;
        let effects = faults.pick(self.listener, &parts.method, &path, &query);
        let (mut response, plan) = if let Some(effects) = effects {
            self.spoil(&effects, &mut parts, &mut body, number).await?
        } else if let Some(behavior) = self.hub.behavior(self.listener, &path) {
            self.misbehave(&behavior, &mut parts, &mut body, open)
                .await?
        } else {
            let response = self.process(&parts, &mut body).await?;
            (response, BodyPlan::default())
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
        let body = HubBody::new(response.body, response.range, plan, self.wire, in_flight);
        let mut sent = Response::new(body);
        *sent.status_mut() = response.status;
        *sent.headers_mut() = response.headers;
        Ok(sent)
    }

    /// Serves a request that a fault applies to.
    async fn spoil(
        &self,
        effects: &Arc<Effects>,
        parts: &mut Parts,
        body: &mut RequestBody,
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
        if let Some((after, how)) = effects.upload_stop {
            body.read_until(after).await?;
            self.stop(how).await;
        }
        let replaced =
            effects.response.is_some() || effects.script.is_some() || effects.head_stop.is_some();
        let mut response = if effects.process_first || !replaced {
            self.process(parts, body).await?
        } else {
            HubResponse::new(StatusCode::OK, "")
        };
        let mut raw = None;
        if let Some(script) = &effects.script {
            let content = body.collect().await?;
            if let Some(mut request) = self.hub.0.log.get(number) {
                request.body = content;
                let canned = script(&request);
                (response, raw) = (canned.response, canned.raw);
            }
        } else if let Some(canned) = &effects.response {
            (response, raw) = (canned.response.clone(), canned.raw.clone());
        }
        // A client would take a response before the end of its request for a broken connection.
        body.drain().await?;
        if let Some(raw) = raw {
            self.wire.end(Stop::Cut, raw);
            std::future::pending::<()>().await;
        }
        if let Some(how) = effects.head_stop {
            self.stop(how).await;
        }
        Ok(apply(effects, response, target(parts)))
    }

    /// Serves a request according to the behavior of the listener.
    async fn misbehave(
        &self,
        behavior: &Misbehavior,
        parts: &mut Parts,
        body: &mut RequestBody,
        open: usize,
    ) -> io::Result<(HubResponse, BodyPlan)> {
        let port = self.hub.address(self.listener).port();
        match behavior.before(parts, open, port) {
            Verdict::Process(range) => {
                let response = self.process(parts, body).await?;
                let endpoint = self.hub.endpoint();
                Ok(behavior.after(
                    response,
                    &parts.method,
                    &endpoint,
                    target(parts),
                    range.as_ref(),
                ))
            }
            Verdict::Respond(response) => {
                body.drain().await?;
                Ok((*response, BodyPlan::default()))
            }
            Verdict::Stop(how) => {
                self.stop(how).await;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
        }
    }

    /// Ends the connection, or keeps it open without sending anything until the client gives up.
    /// Does not return.
    async fn stop(&self, how: Stop) {
        if how != Stop::Stall {
            self.wire.end(how, Bytes::new());
        }
        std::future::pending::<()>().await;
    }

    async fn process(&self, parts: &Parts, body: &mut RequestBody) -> io::Result<HubResponse> {
        match self.listener {
            Listener::Hub => {}
            Listener::Storage => return routes::storage(&self.hub, parts, body).await,
            Listener::Cas => return routes::cas(&self.hub, parts, body).await,
            Listener::Bridge => return routes::bridge(&self.hub, parts, body).await,
        }
        let viewer = match viewer(&self.hub, parts) {
            Ok(viewer) => viewer,
            Err(refusal) => {
                body.drain().await?;
                return Ok(refusal.into_response(!parts.uri.path().starts_with("/api/")));
            }
        };
        let plain = [RANGE, IF_NONE_MATCH]
            .iter()
            .all(|name| !parts.headers.contains_key(name));
        let key = (parts.method == Method::GET && plain && parts.uri.path().starts_with("/api/"))
            .then(|| format!("{viewer:?} {}", parts.uri));
        if let Some(key) = &key
            && let Some(response) = self.hub.0.cached.get(key, self.hub.state().generation)
        {
            return Ok(response);
        }
        let content = body.collect().await?;
        let request = routes::Request::new(parts, content, viewer);
        let generation = self.hub.state().generation;
        let response = routes::hub(&self.hub, &request);
        let mut response = disguise(&self.hub, &request, response);
        if let Some(key) = key
            && response.status == StatusCode::OK
            && !response.headers.contains_key(CACHE_CONTROL)
            && !response.body.is_discarded()
        {
            if !response.headers.contains_key(ETAG) {
                response = response.weak_etag();
            }
            self.hub.0.cached.insert(key, generation, response.clone());
        }
        Ok(response)
    }
}

/// Returns the path and query as they were sent.
fn target(parts: &Parts) -> &str {
    parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str())
}

/// Returns the sender of a request, identified by its token.
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
