//! `hf buckets`.

mod change;
mod list;
mod remove;

use std::str::FromStr;

use clap::Subcommand;
use hf_api::types::{BucketId, HfUri, ValidationError};

use crate::copy::{self, CopyArgs, Side};
use crate::failure::{Done, Failure};
use crate::output::Output;
use crate::sync::{self, SyncArgs};
use crate::{repo_arg, runtime};

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum BucketsCommand {
    /// Copy files between this machine and buckets.
    Cp(CopyArgs),
    /// Create a bucket.
    Create(change::CreateArgs),
    /// Delete a bucket and all that is in it.
    Delete(change::DeleteArgs),
    /// Print what is known of a bucket.
    Info(change::InfoArgs),
    /// List buckets, or the files of one.
    #[command(visible_alias = "ls", disable_help_flag = true)]
    List(list::ListArgs),
    /// Rename a bucket, or move it to another namespace.
    Move(change::MoveArgs),
    /// Delete files of a bucket.
    #[command(visible_alias = "rm")]
    Remove(remove::RemoveArgs),
    /// Change who may see a bucket.
    Settings(change::SettingsArgs),
    /// Make a bucket like a local folder, or a local folder like a bucket.
    Sync(Box<SyncArgs>),
}

pub(crate) fn run(command: BucketsCommand, output: Output) -> Done {
    match command {
        BucketsCommand::Cp(args) => copy::run(&args, Some(Side::Bucket), output),
        BucketsCommand::Create(args) => runtime::run(change::create(args, output)),
        BucketsCommand::Delete(args) => change::delete(&args, output),
        BucketsCommand::Info(args) => runtime::run(change::info(args, output)),
        BucketsCommand::List(args) => list::run(&args, output),
        BucketsCommand::Move(args) => runtime::run(change::move_to(args, output)),
        BucketsCommand::Remove(args) => remove::run(&args, output),
        BucketsCommand::Settings(args) => runtime::run(change::settings(args, output)),
        BucketsCommand::Sync(args) => sync::run(&args, output),
    }
}

/// A bucket as people name it: `user/name[/path]`, `hf://buckets/user/name[/path]`, or the URL of its page.
#[derive(Debug, Clone)]
struct BucketArg {
    id: BucketId,
    /// Empty for the whole bucket.
    path: String,
}

impl FromStr for BucketArg {
    type Err = ValidationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: HfUri = if repo_arg::is_url(text) {
            let endpoint = std::env::var("HF_ENDPOINT").ok();
            HfUri::parse(text, endpoint.as_deref().filter(|url| !url.is_empty()))?
        } else {
            format!("hf://buckets/{text}").parse()?
        };
        if !uri.is_bucket() {
            return Err(ValidationError::new(
                "bucket",
                text,
                "it is a repository; expected `user/name` or `hf://buckets/user/name`",
            ));
        }
        Ok(Self {
            id: uri.id().parse()?,
            path: uri.path_in_repo().trim_end_matches('/').to_owned(),
        })
    }
}

impl BucketArg {
    /// Returns the id, where a path means nothing.
    fn whole(&self) -> Result<&BucketId, Failure> {
        if self.path.is_empty() {
            return Ok(&self.id);
        }
        Err(Failure::usage(format!(
            "`{}/{}` names more than a bucket",
            self.id, self.path
        )))
    }
}

/// Returns whether a path is this folder or file, or below it: the Hub compares only the first characters.
fn is_under(path: &str, prefix: &str) -> bool {
    prefix.is_empty()
        || path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_named_in_many_ways() {
        for (text, path) in [
            ("user/b", ""),
            ("user/b/logs/", "logs"),
            ("hf://buckets/user/b/logs/a.txt", "logs/a.txt"),
            ("https://huggingface.co/buckets/user/b", ""),
        ] {
            let bucket: BucketArg = text.parse().unwrap();
            assert_eq!(
                (bucket.id.as_str(), bucket.path.as_str()),
                ("user/b", path),
                "{text}"
            );
        }
        for wrong in ["b", "hf://models/user/m", "", "user/"] {
            assert!(wrong.parse::<BucketArg>().is_err(), "{wrong}");
        }
        assert!(is_under("logs/a", "logs") && is_under("logs", "logs") && is_under("a", ""));
        assert!(!is_under("logs.json", "logs"));
    }
}
