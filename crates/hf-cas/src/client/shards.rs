//! Sending shards.

use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use hf_transport::{Error, ErrorKind, Request, Response, Result, Retryability};
use serde::Deserialize;

use super::cas::{CasClient, Newer};
use super::xorbs::is_unknown;

/// A store compares a shard with the xorbs it names before it responds. In the older form it says nothing meanwhile.
const VALIDATION: Duration = Duration::from_secs(300);
/// In the newer form it reports how far it is; silence of this length is a failure.
const SILENCE: Duration = Duration::from_secs(60);
/// How often a shard is sent whose validation has failed for a reason that may pass.
const ATTEMPTS: u32 = 4;

/// A line of the response to `POST /v2/shards`.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    Result,
    Error {
        message: String,
        #[serde(default)]
        retryable: bool,
    },
    /// How far it is, and whatever is added later.
    #[serde(other)]
    Progress,
}

impl CasClient {
    /// Sends a shard: afterwards its files can be reconstructed. It may be sent again without harm.
    ///
    /// `POST /v2/shards`, whose response reports the validation, or `POST /v1/shards` where the store does not know that.
    ///
    /// # Errors
    /// What the store responds; `Upload` with its words if it does not accept the shard.
    pub async fn post_shard(&self, shard: Bytes) -> Result<()> {
        if self.is_known(Newer::Shards) {
            match self.post_v2(&shard).await {
                Err(error) if is_unknown(&error) => self.set_unknown(Newer::Shards),
                sent => return sent,
            }
        }
        let request = |url| shard_request(url, &shard).header_timeout(VALIDATION);
        self.fetch("/v1/shards", request).await?;
        Ok(())
    }

    async fn post_v2(&self, shard: &Bytes) -> Result<()> {
        let retry = *self.client().retry();
        let mut attempt = 1;
        loop {
            let request = |url| {
                shard_request(url, shard)
                    .header_timeout(VALIDATION)
                    .idle_timeout(SILENCE)
            };
            let response = self.execute("/v2/shards", request).await?;
            let error = match validated(response).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if attempt == ATTEMPTS || !error.is_retryable() {
                return Err(error);
            }
            tracing::info!(%error, attempt, "a shard was not registered; sending it again");
            let delay = retry.initial_backoff() * 2_u32.saturating_pow(attempt - 1);
            tokio::time::sleep(delay.min(retry.max_backoff())).await;
            attempt += 1;
        }
    }
}

fn shard_request(url: String, shard: &Bytes) -> Request {
    Request::post(url)
        .header("content-type", "application/octet-stream")
        .body(shard.clone())
        .idempotent(true)
        .operation("xet_post_shard")
}

async fn validated(response: Response) -> Result<()> {
    let mut events = response.ndjson::<Event>();
    while let Some(event) = events.try_next().await? {
        match event {
            Event::Result => return Ok(()),
            Event::Error { message, retryable } => {
                let message = format!(
                    "the Xet store does not accept the shard: {}",
                    message.escape_debug()
                );
                return Err(Error::new(ErrorKind::Upload, message).with_retryability(
                    if retryable {
                        Retryability::Always
                    } else {
                        Retryability::Never
                    },
                ));
            }
            Event::Progress => {}
        }
    }
    Err(Error::network(
        "the Xet store ended its response without saying whether it accepts the shard",
    ))
}
