//! Webhooks.

use std::collections::BTreeMap;

use hf_types::{WebhookDomain, WebhookInfo, WebhookWatchedItem};
use serde_json::{Map, Value};

use super::support::{exclusive, has_status, member, name_in_path, put};
use crate::call::{Context, Operation, Secret, SingleRequest};
use crate::{BufferedResponse, Call, Error, HfApi, Request, Result};

const WEBHOOKS: &str = "/api/settings/webhooks";

/// Creates a webhook, which calls a URL or runs a job when something that it
/// watches changes.
///
/// `POST /api/settings/webhooks`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::types::{WatchedType, WebhookWatchedItem};
/// let webhook = api
///     .create_webhook([WebhookWatchedItem::new(WatchedType::User, "me")])
///     .url("https://example.org/hook")
///     .domains(["repo"])
///     .await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` unless exactly one of `url` and `job_id` is given, or for
/// `secrets` without a job; `Unauthorized` without a token.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = WebhookInfo)]
pub struct CreateWebhookCall {
    #[call(context)]
    ctx: Context,
    /// The URL to call; instead of `job_id`.
    url: Option<String>,
    /// The job to run again; instead of `url`.
    job_id: Option<String>,
    /// The users, organizations and repositories to watch.
    #[call(arg)]
    watched: Vec<WebhookWatchedItem>,
    /// The kinds of changes: `repo`, `discussion`. By default, both.
    domains: Option<Vec<WebhookDomain>>,
    /// The text that is sent along, by which the receiver recognizes the Hub.
    secret: Option<Secret<String>>,
    /// The secret environment variables of the job.
    secrets: Option<Secret<BTreeMap<String, String>>>,
}

impl SingleRequest for CreateWebhookCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        exclusive(
            self.url.is_none() && self.job_id.is_none(),
            "a webhook needs a target: give `url` to call it, or `job_id` to run that job again",
        )?;
        let mut body = Map::new();
        body.insert("watched".to_owned(), watched(&self.watched));
        let domains = self.domains.as_deref().unwrap_or(WebhookDomain::KNOWN);
        body.insert("domains".to_owned(), texts(domains));
        let secret = self.secret.as_ref().map(Secret::expose);
        put(&mut body, "secret", secret.cloned());
        target(
            &mut body,
            self.url.as_deref(),
            self.job_id.as_deref(),
            self.secrets.as_ref().map(Secret::expose),
        )?;
        Ok(Request::post(WEBHOOKS).json(&body))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<WebhookInfo> {
        member(response.body(), "webhook")
    }
}

/// Returns a webhook by its id.
///
/// `GET /api/settings/webhooks/{webhook_id}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let webhook = api.get_webhook("654bbbc16f2ec14d77f109cc").await?;
/// println!("{:?}", webhook.url);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no webhook of this id; `Unauthorized` without a
/// token.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = WebhookInfo)]
pub struct GetWebhookCall {
    #[call(context)]
    ctx: Context,
    /// The id of the webhook.
    #[call(arg)]
    webhook_id: String,
}

impl SingleRequest for GetWebhookCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get(webhook(&self.webhook_id)?))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<WebhookInfo> {
        member(response.body(), "webhook")
    }
}

/// Lists the webhooks of the token's user.
///
/// `GET /api/settings/webhooks`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for webhook in api.list_webhooks().await? {
///     println!("{} {:?}", webhook.id, webhook.url);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Unauthorized` without a token.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<WebhookInfo>)]
pub struct ListWebhooksCall {
    #[call(context)]
    ctx: Context,
}

impl SingleRequest for ListWebhooksCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get(WEBHOOKS))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<Vec<WebhookInfo>> {
        response.json()
    }
}

/// Changes a webhook.
///
/// What is not set stays.
///
/// `POST /api/settings/webhooks/{webhook_id}`. If the Hub requires the watched
/// items and `watched` is not set, the webhook is read and the request repeated
/// with them.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.update_webhook("654bbbc16f2ec14d77f109cc").url("https://example.org/new").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no webhook of this id; `Validation` for both `url`
/// and `job_id`, or for `secrets` without a job.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = WebhookInfo)]
pub struct UpdateWebhookCall {
    #[call(context)]
    ctx: Context,
    /// The id of the webhook.
    #[call(arg)]
    webhook_id: String,
    /// The URL to call; instead of `job_id`.
    url: Option<String>,
    /// The job to run again; instead of `url`.
    job_id: Option<String>,
    /// The users, organizations and repositories to watch.
    watched: Option<Vec<WebhookWatchedItem>>,
    /// The kinds of changes: `repo`, `discussion`, or both.
    domains: Option<Vec<WebhookDomain>>,
    /// The text that is sent along, by which the receiver recognizes the Hub.
    secret: Option<Secret<String>>,
    /// The secret environment variables of the job.
    secrets: Option<Secret<BTreeMap<String, String>>>,
}

impl UpdateWebhookCall {
    /// Returns the changes; with `now`, also what the Hub requires again.
    fn body(&self, now: Option<WebhookInfo>) -> Result<Map<String, Value>> {
        let mut body = Map::new();
        let (items, domains) = match now {
            Some(now) => (Some(now.watched), Some(now.domains)),
            None => (None, None),
        };
        let items = self.watched.as_ref().or(items.as_ref());
        let domains = self.domains.as_ref().or(domains.as_ref());
        put(&mut body, "watched", items.map(|items| watched(items)));
        put(&mut body, "domains", domains.map(|domains| texts(domains)));
        let secret = self.secret.as_ref().map(Secret::expose);
        put(&mut body, "secret", secret.cloned());
        target(
            &mut body,
            self.url.as_deref(),
            self.job_id.as_deref(),
            self.secrets.as_ref().map(Secret::expose),
        )?;
        Ok(body)
    }
}

impl Operation for UpdateWebhookCall {
    async fn run(self, api: HfApi) -> Result<WebhookInfo> {
        let target = webhook(&self.webhook_id)?;
        let update = |body: &Map<String, Value>| {
            Request::post(&target)
                .json(body)
                .operation("update_webhook")
        };
        let response = match api.fetch(update(&self.body(None)?)).await {
            Err(error) if self.watched.is_none() && has_status(&error, 400) => {
                let Ok(now) = api.get_webhook(&self.webhook_id).await else {
                    return Err(error);
                };
                api.fetch(update(&self.body(Some(now))?)).await?
            }
            response => response?,
        };
        member(response.body(), "webhook")
    }
}

/// Enables a webhook.
///
/// `POST /api/settings/webhooks/{webhook_id}/enable`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.enable_webhook("654bbbc16f2ec14d77f109cc").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no webhook of this id.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = WebhookInfo)]
pub struct EnableWebhookCall {
    #[call(context)]
    ctx: Context,
    /// The id of the webhook.
    #[call(arg)]
    webhook_id: String,
}

impl SingleRequest for EnableWebhookCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::post(format!("{}/enable", webhook(&self.webhook_id)?)).idempotent(true))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<WebhookInfo> {
        member(response.body(), "webhook")
    }
}

/// Disables a webhook.
///
/// It can be enabled again.
///
/// `POST /api/settings/webhooks/{webhook_id}/disable`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.disable_webhook("654bbbc16f2ec14d77f109cc").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no webhook of this id.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = WebhookInfo)]
pub struct DisableWebhookCall {
    #[call(context)]
    ctx: Context,
    /// The id of the webhook.
    #[call(arg)]
    webhook_id: String,
}

impl SingleRequest for DisableWebhookCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::post(format!("{}/disable", webhook(&self.webhook_id)?)).idempotent(true))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<WebhookInfo> {
        member(response.body(), "webhook")
    }
}

/// Deletes a webhook.
///
/// `DELETE /api/settings/webhooks/{webhook_id}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.delete_webhook("654bbbc16f2ec14d77f109cc").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no webhook of this id.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct DeleteWebhookCall {
    #[call(context)]
    ctx: Context,
    /// The id of the webhook.
    #[call(arg)]
    webhook_id: String,
}

impl SingleRequest for DeleteWebhookCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::delete(webhook(&self.webhook_id)?).idempotent(false))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

fn webhook(id: &str) -> Result<String> {
    Ok(format!("{WEBHOOKS}/{}", name_in_path("webhook_id", id)?))
}

fn watched(items: &[WebhookWatchedItem]) -> Value {
    items
        .iter()
        .map(|item| serde_json::json!({"type": item.r#type, "name": item.name}))
        .collect()
}

fn texts(domains: &[WebhookDomain]) -> Value {
    domains.iter().map(WebhookDomain::as_str).collect()
}

/// Puts the target of the webhook into the body.
fn target(
    body: &mut Map<String, Value>,
    url: Option<&str>,
    job_id: Option<&str>,
    secrets: Option<&BTreeMap<String, String>>,
) -> Result<()> {
    exclusive(
        url.is_some() && job_id.is_some(),
        "`url` and `job_id` exclude each other: give one of them",
    )?;
    put(body, "url", url);
    put(body, "jobSourceId", job_id);
    if let Some(secrets) = secrets {
        if job_id.is_none() {
            return Err(Error::validation(
                "`secrets` are those of a job: give `job_id` as well",
            ));
        }
        let secrets: Map<String, Value> = secrets
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        body.insert("secrets".to_owned(), secrets.into());
    }
    Ok(())
}

/// # Webhooks
impl HfApi {
    create_webhook!();
    get_webhook!();
    list_webhooks!();
    update_webhook!();
    enable_webhook!();
    disable_webhook!();
    delete_webhook!();
}

#[cfg(test)]
mod tests;
