//! `hf buckets list`.

use clap::{ArgAction, Args};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

use super::{BucketArg, is_under};
use crate::args::TokenArgs;
use crate::failure::{Done, Failure};
use crate::listing::{BUCKET_FILE, Layout, print_files};
use crate::output::{Facts, Output, Table};
use crate::{runtime, session, text};

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// A namespace, whose buckets are listed, or a bucket (`user/name[/folder]`), whose files are. By default, your buckets.
    #[arg(value_name = "ARGUMENT")]
    argument: Option<String>,
    /// Print sizes as people read them.
    #[arg(short = 'h', long)]
    human_readable: bool,
    /// Print files as a tree.
    #[arg(long)]
    tree: bool,
    /// List the files of folders, too.
    #[arg(short = 'R', long)]
    recursive: bool,
    /// Only buckets with this in their names.
    #[arg(long)]
    search: Option<String>,
    #[command(flatten)]
    token: TokenArgs,
    /// Print help.
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

pub(super) fn run(args: &ListArgs, output: Output) -> Done {
    let argument = args.argument.as_deref().map(|argument| {
        let body = argument.strip_prefix("hf://buckets/").unwrap_or(argument);
        (argument, body.trim_end_matches('/'))
    });
    match argument {
        Some((argument, body)) if body.contains('/') => {
            if args.search.is_some() {
                return Err(Failure::usage(
                    "--search is for lists of buckets, not of files",
                ));
            }
            let bucket: BucketArg = argument.parse()?;
            runtime::run(files(args, bucket, output))
        }
        argument => {
            for (option, given) in [("--tree", args.tree), ("--recursive", args.recursive)] {
                if given {
                    return Err(Failure::usage(format!(
                        "{option} is for lists of files: name a bucket"
                    )));
                }
            }
            let namespace = argument.map(|(_, body)| body.to_owned());
            runtime::run(buckets(args, namespace, output))
        }
    }
}

async fn buckets(args: &ListArgs, namespace: Option<String>, output: Output) -> Done {
    let api = session::api(&args.token, output).await?;
    let buckets = api
        .list_buckets()
        .namespace(namespace)
        .search(args.search.clone())
        .await?;
    let columns = ["id", "private", "size", "total_files", "created_at"];
    let mut table = Table::new(columns, "id").right(["size"]);
    for bucket in &buckets {
        let mut facts = Facts::of(bucket)?;
        if args.human_readable
            && let Some(size) = bucket.size
        {
            facts.set("size", text::bytes(size));
            facts.set("size_bytes", size);
        }
        table.push(facts);
    }
    Ok(output.table(&table)?)
}

async fn files(args: &ListArgs, bucket: BucketArg, output: Output) -> Done {
    let api = session::api(&args.token, output).await?;
    let mut call = api.list_bucket_tree(&bucket.id).recursive(args.recursive);
    if !bucket.path.is_empty() {
        call = call.prefix(bucket.path.as_str());
    }
    let mut items: Vec<Value> = Vec::new();
    let mut entries = call.stream();
    while let Some(entry) = entries.try_next().await? {
        if is_under(entry.path(), &bucket.path) {
            items.push(json!(entry));
        }
    }
    let layout = Layout {
        human_readable: args.human_readable,
        tree: args.tree,
        recursive: args.recursive,
    };
    print_files(&items, BUCKET_FILE, layout, output)
}
