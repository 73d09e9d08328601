//! Waiting for an Inference Endpoint, on a service with scripted responses.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hf_api::calls::inference_endpoint_ext::InferenceEndpointExt;
use hf_api::types::InferenceEndpoint;
use hf_api::{ErrorKind, HfApi, Services};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A service whose endpoint goes through some states, one for each look, and
/// then stays in the last; what it was asked is noted.
#[derive(Clone)]
struct Service {
    base: String,
    states: Arc<Mutex<Vec<&'static str>>>,
    health: Arc<Mutex<Vec<u16>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    async fn start(states: &[&'static str], health: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = Self {
            base: format!("http://{}", listener.local_addr().unwrap()),
            states: Arc::new(Mutex::new(states.iter().rev().copied().collect())),
            health: Arc::new(Mutex::new(health.iter().rev().copied().collect())),
            asked: Arc::default(),
        };
        let serving = service.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(socket));
            }
        });
        service
    }

    async fn serve(self, socket: TcpStream) {
        let mut socket = BufReader::new(socket);
        loop {
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                if socket.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                if line == "\r\n" {
                    break;
                }
                head.push(line.trim().to_ascii_lowercase());
            }
            let path = head[0].split(' ').nth(1).unwrap().to_owned();
            let token = head.iter().any(|line| line == "authorization: bearer hf_x");
            let token = if token { " with token" } else { "" };
            self.asked.lock().unwrap().push(format!("{path}{token}"));
            let (status, body) = if path == "/health" {
                (next(&self.health), String::new())
            } else {
                (200, self.endpoint(next(&self.states)).to_string())
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n\r\n{body}");
            if socket.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn endpoint(&self, state: &str) -> Value {
        json!({
            "name": "e", "type": "authenticated", "healthRoute": "/health",
            "model": {"repository": "gpt2", "framework": "pytorch", "revision": "main", "task": "x"},
            "status": {
                "state": state, "url": (state == "running").then_some(&self.base),
                "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
            },
        })
    }

    fn api(&self) -> HfApi {
        let api = HfApi::builder()
            .endpoint("http://127.0.0.1:9")
            .token("hf_x")
            .build()
            .unwrap();
        let services = Services::new().inference_endpoints(format!("{}/v2", self.base));
        api.with_services(services)
    }

    async fn get(&self) -> (HfApi, InferenceEndpoint) {
        let api = self.api();
        let endpoint = api
            .get_inference_endpoint("e")
            .namespace("u")
            .await
            .unwrap();
        (api, endpoint)
    }
}

/// The next of a script, whose last stays.
fn next<T: Copy>(script: &Mutex<Vec<T>>) -> T {
    let mut script = script.lock().unwrap();
    if script.len() > 1 {
        script.pop().unwrap()
    } else {
        script[0]
    }
}

const SOON: Duration = Duration::from_millis(5);

#[tokio::test]
async fn it_is_ready_when_it_runs_and_says_that_it_is_well() {
    let service = Service::start(&["pending", "initializing", "running"], &[503, 200]).await;
    let (api, endpoint) = service.get().await;
    let ready = endpoint.wait(&api).refresh_every(SOON).await.unwrap();
    assert!(ready.is_running());
    assert_eq!(ready.namespace, "u");
    let looks = "/v2/endpoint/u/e with token";
    // Its own address is not the service's, and is not https: no token.
    let expected = [looks, looks, looks, "/health", looks, "/health"];
    assert_eq!(*service.asked.lock().unwrap(), expected);
}

#[tokio::test]
async fn what_has_failed_is_not_waited_for() {
    for state in ["failed", "updateFailed"] {
        let service = Service::start(&["initializing", state], &[200]).await;
        let (api, endpoint) = service.get().await;
        let error = endpoint.wait(&api).refresh_every(SOON).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InferenceEndpoint);
        assert!(error.to_string().contains(state), "{error}");
    }
}

#[tokio::test]
async fn time_may_be_up() {
    let service = Service::start(&["initializing"], &[200]).await;
    let (api, endpoint) = service.get().await;
    let wait = endpoint.wait(&api).refresh_every(SOON).timeout(SOON * 4);
    let error = wait.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("still initializing"), "{error}");
    let never = endpoint.wait(&api).refresh_every(Duration::ZERO);
    assert_eq!(never.await.unwrap_err().kind(), ErrorKind::Validation);
}

#[test]
fn it_can_be_waited_for_without_async_code() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(Service::start(&["running"], &[200]));
    let (api, endpoint) = runtime.block_on(service.get());
    assert!(endpoint.wait(&api).wait().unwrap().is_running());
}
