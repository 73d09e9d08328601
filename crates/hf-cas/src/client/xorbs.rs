//! Sending xorbs.

use std::collections::HashMap;

use bytes::Bytes;
use hf_transport::{Error, RedirectMode, Request, Result, TokenMode, path};
use http::{Method, StatusCode, Uri};
use serde::Deserialize;

use super::cas::{CasClient, Newer};
use crate::{Hash, crc64_nvme};

/// Grants for one xorb, before it is sent to the store itself.
const MAX_GRANTS: u32 = 3;

/// What has become of a xorb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum XorbSent {
    /// It is new to the store.
    Inserted,
    /// The store has had it already.
    Existed,
}

#[derive(Deserialize)]
struct Inserted {
    was_inserted: bool,
}

/// Where a xorb may be sent.
#[derive(Deserialize)]
struct Grant {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
}

enum Granted {
    Sent(XorbSent),
    /// It must go to the store itself.
    No,
}

impl CasClient {
    /// Sends a xorb, which may be sent again without harm.
    ///
    /// It goes to the storage behind the store, by a grant: `POST /v1/xorb-grants/default/{hash}`, a `PUT` without the
    /// store's token, `POST /v1/xorb-commits/default/{hash}/grant/{id}`. Where the store has no grants, or the storage does
    /// not take it, it goes to the store itself: `POST /v1/xorbs/default/{hash}`. Each of these waits for its place in the
    /// client's [adaptive concurrency](hf_transport::Client::concurrency).
    ///
    /// # Errors
    /// What the store responds.
    pub async fn put_xorb(&self, hash: &Hash, data: Bytes) -> Result<XorbSent> {
        if self.is_known(Newer::Grants)
            && let Granted::Sent(sent) = self.put_by_grants(hash, &data).await?
        {
            return Ok(sent);
        }
        let store = self.token().await?;
        let permit = self.client().concurrency().acquire(store.url().uri()).await;
        permit.progress(data.len() as u64);
        let sent = self
            .fetch(&format!("/v1/xorbs/default/{hash}"), |url| {
                Request::post(url)
                    .header("content-type", "application/octet-stream")
                    .body(data.clone())
                    .idempotent(true)
                    .operation("xet_put_xorb")
            })
            .await;
        permit.finish(&sent);
        let inserted: Inserted = sent?.json()?;
        Ok(if inserted.was_inserted {
            XorbSent::Inserted
        } else {
            XorbSent::Existed
        })
    }

    async fn put_by_grants(&self, hash: &Hash, data: &Bytes) -> Result<Granted> {
        let body = serde_json::json!({
            "length": data.len(),
            // In decimals: numbers of JSON lose precision above 2^53 in many readers.
            "checksum": { "algo": "crc64nvme", "value": crc64_nvme(data).to_string() },
        });
        for _ in 0..MAX_GRANTS {
            let granted = self
                .fetch(&format!("/v1/xorb-grants/default/{hash}"), |url| {
                    Request::post(url)
                        .json(&body)
                        .idempotent(true)
                        .operation("xet_xorb_grant")
                })
                .await;
            let grant: Grant = match granted {
                Ok(response) if response.status() == StatusCode::OK => {
                    return Ok(Granted::Sent(XorbSent::Existed));
                }
                Ok(response) => response.json()?,
                Err(error) if is_unknown(&error) => {
                    self.set_unknown(Newer::Grants);
                    return Ok(Granted::No);
                }
                Err(error) => return Err(error),
            };
            match self.put_to_storage(&grant, data).await {
                Ok(()) => {}
                Err(error) if grant_refused(&error) => {
                    tracing::debug!(%error, "the storage refused a xorb; asking for another grant");
                    continue;
                }
                Err(error) => {
                    tracing::warn!(%error, "a xorb could not be sent to the storage; sending it to the store itself");
                    self.set_unknown(Newer::Grants);
                    return Ok(Granted::No);
                }
            }
            let id = path::segment(&grant.id);
            let committed = self
                .fetch(
                    &format!("/v1/xorb-commits/default/{hash}/grant/{id}"),
                    |url| {
                        Request::post(url)
                            .idempotent(true)
                            .operation("xet_xorb_commit")
                    },
                )
                .await;
            match committed {
                Ok(_) => return Ok(Granted::Sent(XorbSent::Inserted)),
                // It knows of no upload for this grant.
                Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Granted::No)
    }

    /// Sends a xorb where a grant says, with the headers that the grant asks for and no token of ours.
    async fn put_to_storage(&self, grant: &Grant, data: &Bytes) -> Result<()> {
        let wrong = |what: &str| Error::decode(format!("a grant of the Xet store has {what}"));
        // A path of its own would be another route.
        if matches!(grant.id.as_str(), "" | "." | "..") {
            return Err(wrong("an invalid id"));
        }
        let method = match grant.method.as_str() {
            "PUT" => Method::PUT,
            "POST" => Method::POST,
            _ => return Err(wrong("a method that is neither PUT nor POST")),
        };
        let url: Uri = self
            .client()
            .endpoint()
            .rewrite(&grant.url)
            .parse()
            .ok()
            .filter(super::store_url::is_web)
            .ok_or_else(|| wrong("a URL that is not one of http or https"))?;
        let mut request = Request::new(method, url.to_string())
            .token(TokenMode::None)
            .redirect(RedirectMode::None)
            .body(data.clone())
            .idempotent(true)
            .operation("xet_put_xorb");
        for (name, value) in &grant.headers {
            if !OF_CONNECTION
                .iter()
                .any(|own| own.eq_ignore_ascii_case(name))
            {
                request = request.header(name, value);
            }
        }
        let permit = self.client().concurrency().acquire(&url).await;
        permit.progress(data.len() as u64);
        let sent = self.client().fetch(request).await;
        permit.finish(&sent);
        match sent {
            Ok(_) => Ok(()),
            // An earlier attempt, of which no response came, has stored it.
            Err(error) if error.status() == Some(StatusCode::PRECONDITION_FAILED) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Headers that are the connection's own business.
const OF_CONNECTION: [&str; 4] = ["host", "content-length", "transfer-encoding", "connection"];

/// A store that does not have the route.
pub(super) fn is_unknown(error: &Error) -> bool {
    matches!(
        error.status(),
        Some(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED)
    )
}

/// Statuses of a storage that another grant may help against: a stalled body, an expired grant, another upload under way.
fn grant_refused(error: &Error) -> bool {
    matches!(
        error.status(),
        Some(StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN | StatusCode::CONFLICT)
    )
}
