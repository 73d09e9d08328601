//! `hf buckets create`, `delete`, `info`, `move` and `settings`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use hf_api::types::HfUri;
use serde_json::json;

use super::BucketArg;
use crate::args::{TokenArgs, YesArgs};
use crate::failure::{Done, Failure};
use crate::output::{Facts, Output};
use crate::{prompt, repo_arg, runtime, session};

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The bucket: `user/name`, or `name` in your own namespace.
    #[arg(value_name = "BUCKET_ID")]
    bucket: String,
    /// Make it private.
    #[arg(long)]
    private: bool,
    /// The storage region.
    #[arg(long, value_parser = PossibleValuesParser::new(["us", "eu"]))]
    region: Option<String>,
    /// Do not fail if it exists.
    #[arg(long)]
    exist_ok: bool,
    #[command(flatten)]
    token: TokenArgs,
}

pub(super) async fn create(args: CreateArgs, output: Output) -> Done {
    let id = if repo_arg::is_url(&args.bucket) || args.bucket.contains('/') {
        let bucket: BucketArg = args.bucket.parse()?;
        bucket.whole()?.to_string()
    } else {
        args.bucket
    };
    let api = session::api(&args.token, output).await?;
    let mut call = api
        .create_bucket(id)
        .region(args.region)
        .exist_ok(args.exist_ok);
    if args.private {
        call = call.private(true);
    }
    let url = call.await?;
    let facts = [
        ("uri", json!(url.uri().to_uri())),
        ("url", json!(url.url())),
    ];
    Ok(output.result("Bucket created", &facts)?)
}

#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    /// The bucket.
    #[arg(value_name = "BUCKET_ID")]
    bucket: BucketArg,
    #[command(flatten)]
    yes: YesArgs,
    /// Do not fail if it does not exist.
    #[arg(long)]
    missing_ok: bool,
    #[command(flatten)]
    token: TokenArgs,
}

pub(super) fn delete(args: &DeleteArgs, output: Output) -> Done {
    let id = args.bucket.whole()?;
    let question = format!("Are you sure you want to delete bucket '{id}'?");
    prompt::confirm(&question, args.yes.yes, output)?;
    runtime::run(async {
        session::api(&args.token, output)
            .await?
            .delete_bucket(id)
            .missing_ok(args.missing_ok)
            .await?;
        Ok(output.result("Bucket deleted", &[("bucket_id", json!(id))])?)
    })
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// The bucket.
    #[arg(value_name = "BUCKET_ID")]
    bucket: BucketArg,
    #[command(flatten)]
    token: TokenArgs,
}

pub(super) async fn info(args: InfoArgs, output: Output) -> Done {
    let id = args.bucket.whole()?;
    let api = session::api(&args.token, output).await?;
    let info = api.bucket_info(id).await?;
    Ok(output.dict(&Facts::of(&info)?, Some("id"))?)
}

#[derive(Debug, Args)]
pub(crate) struct MoveArgs {
    /// The bucket.
    #[arg(value_name = "FROM_ID")]
    from: BucketArg,
    /// Its new name.
    #[arg(value_name = "TO_ID")]
    to: BucketArg,
    #[command(flatten)]
    token: TokenArgs,
}

pub(super) async fn move_to(args: MoveArgs, output: Output) -> Done {
    let (from, to) = (args.from.whole()?, args.to.whole()?);
    session::api(&args.token, output)
        .await?
        .move_bucket(from, to)
        .await?;
    let facts = [("from_id", json!(from)), ("to_id", json!(to))];
    Ok(output.result("Bucket moved", &facts)?)
}

#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    /// The bucket.
    #[arg(value_name = "BUCKET_ID")]
    bucket: BucketArg,
    /// Make it private.
    #[arg(long)]
    private: bool,
    /// Make it public.
    #[arg(long, conflicts_with = "private")]
    public: bool,
    #[command(flatten)]
    token: TokenArgs,
}

pub(super) async fn settings(args: SettingsArgs, output: Output) -> Done {
    let id = args.bucket.whole()?;
    if !args.private && !args.public {
        return Err(Failure::usage(
            "there is nothing to change: give --private or --public",
        ));
    }
    session::api(&args.token, output)
        .await?
        .update_bucket_settings(id, args.private)
        .await?;
    let facts = [("bucket_id", json!(id)), ("private", json!(args.private))];
    Ok(output.result("Bucket settings updated", &facts)?)
}

/// Returns the URL of a file of a bucket.
pub(super) fn uri(bucket: &BucketArg, path: &str) -> Result<String, Failure> {
    let kind = hf_api::types::HfUriType::Bucket;
    Ok(HfUri::new(kind, bucket.id.as_str(), None, path)?.to_uri())
}
