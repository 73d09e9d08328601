//! Requests by a pool of connections.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::Failure;

#[derive(Clone)]
pub(crate) struct Http {
    client: Client<HttpConnector, Empty<Bytes>>,
    pub(crate) endpoint: String,
    token: String,
}

impl Http {
    pub(crate) fn from_env() -> Result<Self, Failure> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            endpoint: std::env::var("HF_ENDPOINT")?,
            token: std::env::var("HF_TOKEN").unwrap_or_default(),
        })
    }

    /// The response behind all redirects.
    pub(crate) async fn get(
        &self,
        target: &str,
        range: Option<&str>,
    ) -> Result<http::Response<Incoming>, Failure> {
        let mut url = if target.starts_with("http") {
            target.to_owned()
        } else {
            format!("{}{target}", self.endpoint)
        };
        loop {
            let mut request = http::Request::get(&url);
            if url.starts_with(&self.endpoint) {
                request = request.header("authorization", format!("Bearer {}", self.token));
            }
            if let Some(range) = range {
                request = request.header("range", range);
            }
            let response = self.client.request(request.body(Empty::new())?).await?;
            let Some(location) = response.headers().get("location") else {
                // The bench refuses some requests; a bare client waits the second that the response asks for.
                if response.status() == http::StatusCode::TOO_MANY_REQUESTS {
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    continue;
                }
                return Ok(response);
            };
            let location = location.to_str()?.to_owned();
            response.into_body().collect().await?;
            url = if location.starts_with('/') {
                format!("{}{location}", self.endpoint)
            } else {
                location
            };
        }
    }

    pub(crate) async fn bytes(&self, target: &str, range: Option<&str>) -> Result<Bytes, Failure> {
        let response = self.get(target, range).await?;
        Ok(response.into_body().collect().await?.to_bytes())
    }

    /// The items of all pages.
    pub(crate) async fn pages<T: serde::de::DeserializeOwned>(
        &self,
        target: String,
    ) -> Result<Vec<T>, Failure> {
        let mut items = Vec::new();
        let mut next = Some(target);
        while let Some(page) = next.take() {
            let response = self.get(&page, None).await?;
            let link = response.headers().get("link");
            next = link
                .and_then(|link| link.to_str().ok()?.split_once('>'))
                .map(|(url, _)| url.trim_start_matches('<').to_owned());
            let body = response.into_body().collect().await?.to_bytes();
            items.append(&mut serde_json::from_slice(&body)?);
        }
        Ok(items)
    }
}
