//! `hf cat`.

use std::io::{self, Write as _};

use clap::Args;
use futures_util::StreamExt as _;
use hf_api::Error;
use http_body_util::BodyExt as _;

use crate::args::{RepoTypeArgs, RevisionArgs};
use crate::failure::{Done, Failure};
use crate::output::Output;
use crate::repo_arg::RepoArg;
use crate::runtime;
use crate::text::ByteSize;
use crate::transfer::TransferArgs;

/// Print a file of a repository, or a part of it, without keeping it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hf cat openai-community/gpt2 config.json
  hf cat hf://datasets/user/data@v1/train.csv --bytes 1K
  hf cat user/model model.safetensors --offset 8 --bytes 100")]
pub(crate) struct CatArgs {
    /// The repository, or the URL of the file.
    #[arg(value_name = "REPO_ID")]
    repo: RepoArg,
    /// The file.
    #[arg(value_name = "FILENAME")]
    name: Option<String>,
    #[command(flatten)]
    repo_type: RepoTypeArgs,
    #[command(flatten)]
    revision: RevisionArgs,
    /// Where to begin.
    #[arg(long, value_name = "BYTES", default_value = "0")]
    offset: ByteSize,
    /// How many bytes to print at most.
    #[arg(long, value_name = "BYTES")]
    bytes: Option<ByteSize>,
    #[command(flatten)]
    transfer: TransferArgs,
}

pub(crate) fn run(args: &CatArgs, output: Output) -> Done {
    let (repo_id, repo_type) = args.repo.resolve(&args.repo_type)?;
    let name = match (&args.name, args.repo.path.as_str()) {
        (Some(name), "") => name.clone(),
        (None, path) if !path.is_empty() => path.to_owned(),
        (None, _) => return Err(Failure::usage("the name of the file is missing")),
        (Some(_), _) => return Err(Failure::usage("the URL names a file already")),
    };
    let revision = args
        .revision
        .revision
        .clone()
        .or(args.repo.revision.clone());
    runtime::run(async {
        let api = args.transfer.api(output).await?;
        let file = api
            .open_file(repo_id, name)
            .repo_type(repo_type)
            .revision(revision)
            .await?;
        let start = args.offset.0;
        let end = args
            .bytes
            .map_or(u64::MAX, |ByteSize(bytes)| start.saturating_add(bytes));
        let mut body = file.range(start..end).await?.into_data_stream();
        let mut stdout = io::stdout().lock();
        while let Some(bytes) = body.next().await {
            stdout.write_all(&bytes.map_err(Error::from)?)?;
        }
        Ok(stdout.flush()?)
    })
}
