//! `hf webhooks`.

use std::str::FromStr;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::args::{TokenArgs, YesArgs};
use crate::failure::{Done, Failure};
use crate::hub::{self, Hub, fact};
use crate::output::{Facts, Output};
use crate::prompt::confirm_async;
use crate::runtime;
use crate::variables::SecretArgs;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum WebhooksCommand {
    /// Create a webhook that sends to a URL, or starts a job.
    Create(CreateArgs),
    /// Delete a webhook.
    Delete {
        #[command(flatten)]
        webhook: WebhookArgs,
        #[command(flatten)]
        yes: YesArgs,
    },
    /// Disable a webhook.
    Disable(WebhookArgs),
    /// Enable a webhook.
    Enable(WebhookArgs),
    /// Print all that is known of a webhook.
    Info(WebhookArgs),
    /// List your webhooks.
    #[command(visible_alias = "ls")]
    List(TokenArgs),
    /// Change a webhook.
    Update(UpdateArgs),
}

#[derive(Debug, Args)]
pub(crate) struct WebhookArgs {
    /// The webhook.
    webhook_id: String,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Watch this: `model:user/name`, `dataset:...`, `space:...`, `bucket:...`, `user:NAME`, `org:NAME`. May be repeated.
    #[arg(long, value_name = "TYPE:NAME", required = true)]
    watch: Vec<Watched>,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    /// The webhook.
    webhook_id: String,
    /// Watch these instead of what is watched now: `model:user/name`, ... May be repeated.
    #[arg(long, value_name = "TYPE:NAME")]
    watch: Vec<Watched>,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The URL to send to.
    #[arg(long, conflicts_with = "job_id")]
    url: Option<String>,
    /// The job to start, each time as a new one.
    #[arg(long)]
    job_id: Option<String>,
    /// Watch changes of this kind only. May be repeated.
    #[arg(long, value_parser = ["repo", "discussion"])]
    domain: Vec<String>,
    /// A secret by which the receiver knows the sender.
    #[arg(long)]
    secret: Option<String>,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    token: TokenArgs,
}

/// What a webhook watches.
#[derive(Debug, Clone)]
struct Watched {
    kind: String,
    name: String,
}

impl FromStr for Watched {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const KINDS: [&str; 6] = ["bucket", "dataset", "model", "org", "space", "user"];
        match text.split_once(':') {
            Some((kind, name)) if KINDS.contains(&kind) && !name.is_empty() => Ok(Self {
                kind: kind.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err(format!(
                "expected TYPE:NAME, where TYPE is one of {}",
                KINDS.join(", ")
            )),
        }
    }
}

/// The attributes of Python's `WebhookInfo`, in their order.
const WEBHOOK: &[&str] = &[
    "id", "url", "job", "watched", "domains", "secret", "disabled",
];

pub(crate) fn run(command: WebhooksCommand, output: Output) -> Done {
    runtime::run(async move {
        match command {
            WebhooksCommand::Create(args) => create(&args, output).await,
            WebhooksCommand::Delete { webhook, yes } => {
                let question = format!("Delete webhook '{}'?", webhook.webhook_id);
                confirm_async(question, yes.yes, output).await?;
                on_one(&webhook, "delete_webhook", "Webhook deleted", output).await
            }
            WebhooksCommand::Disable(args) => {
                on_one(&args, "disable_webhook", "Webhook disabled", output).await
            }
            WebhooksCommand::Enable(args) => {
                on_one(&args, "enable_webhook", "Webhook enabled", output).await
            }
            WebhooksCommand::Info(args) => {
                let hub = Hub::connect(&args.token, output).await?;
                let webhook = hub
                    .call("get_webhook", hub::one("webhook_id", &args.webhook_id))
                    .await?;
                hub.dict(&Facts::fields(&webhook, WEBHOOK))
            }
            WebhooksCommand::List(token) => list(&token, output).await,
            WebhooksCommand::Update(args) => update(&args, output).await,
        }
    })
}

async fn on_one(args: &WebhookArgs, method: &str, message: &str, output: Output) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    hub.call(method, hub::one("webhook_id", &args.webhook_id))
        .await?;
    hub.result(message, &[("id", json!(args.webhook_id))])
}

async fn list(token: &TokenArgs, output: Output) -> Done {
    let hub = Hub::connect(token, output).await?;
    let webhooks = hub.call("list_webhooks", Value::Null).await?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let row = |webhook: &Value| {
        let watched = list(&webhook["watched"]).into_iter().map(|item| {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            format!("{}:{}", text("type"), text("name"))
        });
        Facts::from([
            ("id", webhook["id"].clone()),
            ("url", webhook["url"].as_str().unwrap_or("(job)").into()),
            ("disabled", webhook["disabled"].clone()),
            ("domains", list(&webhook["domains"]).into()),
            ("watched", watched.collect::<Vec<_>>().into()),
        ])
    };
    let webhooks = webhooks.as_array().map(Vec::as_slice).unwrap_or_default();
    hub.table(webhooks.iter().map(row).collect(), &[], "id")
}

async fn create(args: &CreateArgs, output: Output) -> Done {
    if args.target.url.is_none() && args.target.job_id.is_none() {
        return Err(Failure::usage("give --url or --job-id"));
    }
    let hub = Hub::connect(&args.target.token, output).await?;
    let arguments = arguments(&args.target, &args.watch, &hub)?;
    let webhook = hub.call("create_webhook", arguments).await?;
    hub.result("Webhook created", &[("id", fact(&webhook, "id"))])
}

async fn update(args: &UpdateArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.target.token, output).await?;
    let mut arguments = arguments(&args.target, &args.watch, &hub)?;
    arguments["webhook_id"] = json!(args.webhook_id);
    let webhook = hub.call("update_webhook", arguments).await?;
    hub.result("Webhook updated", &[("id", fact(&webhook, "id"))])
}

fn arguments(target: &Target, watch: &[Watched], hub: &Hub) -> Result<Value, Failure> {
    let secrets = target.secrets.read(&hub.api, hub.output)?;
    let missing = target.secrets.missing(&secrets);
    if !missing.is_empty() {
        return Err(Failure::usage(format!(
            "no value for {}: the environment has none",
            missing.join(", ")
        )));
    }
    if !secrets.is_empty() && target.job_id.is_none() {
        return Err(Failure::usage(
            "--secrets and --secrets-file are for a job: give --job-id",
        ));
    }
    let watched = watch
        .iter()
        .map(|item| json!({"type": item.kind, "name": item.name}));
    Ok(json!({
        "url": target.url,
        "job_id": target.job_id,
        "watched": (!watch.is_empty()).then(|| watched.collect::<Vec<_>>()),
        "domains": (!target.domain.is_empty()).then_some(&target.domain),
        "secret": target.secret,
        "secrets": secrets.to_json(),
    }))
}
