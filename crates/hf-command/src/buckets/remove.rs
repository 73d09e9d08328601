//! `hf buckets remove`.

use clap::Args;
use futures_util::TryStreamExt as _;
use hf_api::types::patterns::PatternSet;
use serde_json::json;

use super::{BucketArg, change, is_under};
use crate::args::{TokenArgs, YesArgs};
use crate::failure::{Done, Failure};
use crate::output::{Mode, Output, print};
use crate::{prompt, runtime, session, text};

#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// The file (`user/name/file`); with --recursive a folder, or the whole bucket.
    #[arg(value_name = "ARGUMENT")]
    target: BucketArg,
    /// Delete all files below the folder.
    #[arg(short = 'R', long)]
    recursive: bool,
    #[command(flatten)]
    yes: YesArgs,
    /// Only say what would be deleted.
    #[arg(long)]
    dry_run: bool,
    /// Only files that match this pattern. May be repeated.
    #[arg(long, value_name = "PATTERN", requires = "recursive")]
    include: Vec<String>,
    /// Leave files that match this pattern. May be repeated.
    #[arg(long, value_name = "PATTERN", requires = "recursive")]
    exclude: Vec<String>,
    #[command(flatten)]
    token: TokenArgs,
}

pub(super) fn run(args: &RemoveArgs, output: Output) -> Done {
    if args.target.path.is_empty() && !args.recursive {
        return Err(Failure::usage(format!(
            "`{}` names no file; --recursive deletes all files, and `hf buckets delete` the bucket",
            args.target.id
        )));
    }
    runtime::run(async {
        if args.recursive {
            many(args, output).await
        } else {
            one(args, output).await
        }
    })
}

async fn one(args: &RemoveArgs, output: Output) -> Done {
    let (id, path) = (&args.target.id, &args.target.path);
    if args.dry_run {
        return planned(args, std::slice::from_ref(path), "1 file", 0, output);
    }
    let question = format!("Remove '{path}' from '{id}'?");
    prompt::confirm_async(question, args.yes.yes, output).await?;
    session::api(&args.token, output)
        .await?
        .batch_bucket_files(id)
        .delete([path.clone()])
        .await?;
    let facts = [("path", json!(path)), ("bucket_id", json!(id))];
    Ok(output.result("File removed", &facts)?)
}

async fn many(args: &RemoveArgs, output: Output) -> Done {
    let id = &args.target.id;
    let api = session::api(&args.token, output).await?;
    let mut call = api.list_bucket_tree(id).recursive(true);
    if !args.target.path.is_empty() {
        call = call.prefix(args.target.path.as_str());
    }
    let include = (!args.include.is_empty()).then_some(&args.include);
    let patterns = PatternSet::new(include, Some(&args.exclude));
    let (mut paths, mut bytes) = (Vec::new(), 0_u64);
    let mut entries = call.stream();
    while let Some(entry) = entries.try_next().await? {
        let Some(file) = entry.into_file() else {
            continue;
        };
        if is_under(&file.path, &args.target.path) && patterns.matches(&file.path) {
            bytes = bytes.saturating_add(file.size.unwrap_or_default());
            paths.push(file.path);
        }
    }
    let size = text::bytes(bytes);
    let label = format!("{} file(s) totaling {size}", paths.len());
    if args.dry_run {
        return planned(args, &paths, &label, bytes, output);
    }
    let shown = matches!(output.mode, Mode::Human | Mode::Agent);
    if paths.is_empty() && shown {
        return Ok(print("No files to remove.\n")?);
    }
    if !paths.is_empty() {
        if shown && !args.yes.yes {
            let lines = paths.iter().flat_map(|path| ["  ", path, "\n"]);
            print(&lines.collect::<String>())?;
        }
        let question = format!("Remove {label} from '{id}'?");
        prompt::confirm_async(question, args.yes.yes, output).await?;
        api.batch_bucket_files(id).delete(paths.clone()).await?;
    }
    let facts = [
        ("bucket_id", json!(id)),
        ("files_deleted", json!(paths.len())),
        ("size", json!(size)),
        ("size_bytes", json!(bytes)),
    ];
    Ok(output.result(&format!("Removed {label} from '{id}'"), &facts)?)
}

/// What a dry run says.
fn planned(args: &RemoveArgs, paths: &[String], label: &str, bytes: u64, output: Output) -> Done {
    match output.mode {
        Mode::Human | Mode::Agent => {
            for path in paths {
                print(&format!("delete: {}\n", change::uri(&args.target, path)?))?;
            }
            Ok(print(&format!("(dry run) {label} would be removed.\n"))?)
        }
        Mode::Quiet => {
            let lines = paths.iter().flat_map(|path| [path.as_str(), "\n"]);
            Ok(print(&lines.collect::<String>())?)
        }
        Mode::Json => {
            let facts = [
                ("dry_run", json!(true)),
                ("bucket_id", json!(args.target.id)),
                ("paths", json!(paths)),
                ("size_bytes", json!(bytes)),
            ];
            Ok(output.result("", &facts)?)
        }
    }
}
